/*
 * Notes about responses for the owner of the server, not for the visitor.  They
 * are built in the worker's scratch buffer, and only if the log has notes.
 */
#ifndef NOTE_H
#define NOTE_H

#include "server/body.h"
#include "server/range.h"
#include "server/worker.h"

/* text: static, with its parentheses. */
void note_text(const struct worker *w, struct response *r, struct slice text);

/* With FILE: say that only this file is served. */
void note_single_file(struct worker *w, struct response *r);

/* The reason for a 404. */
void note_reason(struct worker *w, struct response *r,
    const struct resource *res);

/* The application that sent the response. */
void note_application(struct worker *w, struct response *r, struct slice url);

/* The request was for a host that serve does not answer to. */
void note_host(struct worker *w, struct response *r, struct slice host);

/* The target of a redirect. */
void note_target(struct worker *w, struct response *r, struct slice target);

/* There is a file at path, but the request was for base + path. */
void note_missing_base(struct worker *w, struct response *r,
    struct slice path, struct slice base);

/* The request was not beneath base, the value of --base. */
void note_outside_base(struct worker *w, struct response *r,
    struct slice base);

/* The line of _redirects that applied. */
void note_rule(struct worker *w, struct response *r, int line);

/* The range that is sent. */
void note_range(struct worker *w, struct response *r, struct range range);

/* A page of another website sent the request; origin is empty if not known. */
void note_refused_site(struct worker *w, struct response *r,
    struct slice origin);

/* The Referer names another website: a browser may keep its pages from using
 * the response. */
void note_other_site(struct worker *w, struct response *r,
    const struct http_request *req, struct slice origin);

#endif
