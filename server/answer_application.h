/* With --proxy: which requests get the response of an application. */
#ifndef ANSWER_APPLICATION_H
#define ANSWER_APPLICATION_H

#include "server/builder.h"
#include "server/gateway.h"

/*
 * Pass the request on (gateway_pass()), with its body if rb->relays_body.  If
 * that fails, answer with an error.
 */
void answer_application(struct builder *rb, const struct gateway_route *route);

/*
 * Could an application get the request?  Some only get it after the folder was
 * found not to have its path.
 */
bool answer_may_be_for_application(struct worker *w,
    const struct http_request *req);

/*
 * Does an application get the request, whatever is in the folder?  It does if
 * the path is beneath a PREFIX, or if files do not support the method; then
 * *route says which application.
 */
bool answer_is_for_application(struct worker *w,
    const struct http_request *req, struct gateway_route *route);

#endif
