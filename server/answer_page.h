/* Responses with an error page, which page.h writes. */
#ifndef ANSWER_PAGE_H
#define ANSWER_PAGE_H

#include "server/builder.h"
#include "server/accept.h"
#include "server/page.h"

/* Allow, RFC 9110 section 10.2.1. */
void answer_put_allow(struct builder *rb);

/* Send a page in this format. */
void answer_page_as(struct builder *rb, struct page *page,
    enum accept_format format);

/* Describe a page for this status, about the path of rb. */
struct page answer_page_about(const struct builder *rb, int status);

/* Send a page in the format that the client prefers. */
void answer_page(struct builder *rb, struct page *page);

/* Send the usual page for a status. */
void answer_error(struct builder *rb, int status);

/* 403: the Host of the request is not one of ours. */
void answer_wrong_host(struct builder *rb);

#endif
