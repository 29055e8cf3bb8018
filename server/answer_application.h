/* Answers that an application gives (gateway.h). */
#ifndef ANSWER_APPLICATION_H
#define ANSWER_APPLICATION_H

#include "server/builder.h"
#include "server/gateway.h"

/* Pass the request on.  has_body: its body, if it has one, goes with it. */
void answer_application(struct builder *m, const struct gateway_route *route,
    bool has_body);

/* Is it beneath a PREFIX, or by a method that files do not know? */
bool answer_is_for_application(const struct worker *w,
    const struct http_request *req, struct gateway_route *route);

/* Does the folder have nothing at this path, and an application may? */
bool answer_is_left_to_application(const struct builder *m,
    const struct resource *res, struct gateway_route *route);

#endif
