/*
 * From the path of a request to its response: --base, rules, files, folders,
 * and the page that is sent for a missing path.
 */
#ifndef ANSWER_PATH_H
#define ANSWER_PATH_H

#include "server/builder.h"
#include "server/gateway.h"

/* Answer the path of rb, by a rule of _redirects or a file. */
void answer_site(struct builder *rb);

/*
 * Set rb->path to the part of rb->url_path beneath --base.  False if it is not
 * beneath it: then the request has been answered.
 */
bool answer_enter_base(struct builder *rb);

/* Decode the path of the request into rb->url_path.  Returns 0, or the status
 * to refuse it with. */
int answer_decode_path(struct builder *rb);

/*
 * Does an application get the request because it is OPTIONS, and a rule leads
 * there or the folder does not have its path?  Then *route says which one.
 */
bool answer_leaves_options(struct builder *rb, struct gateway_route *route);

#endif
