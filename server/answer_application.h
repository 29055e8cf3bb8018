/* Responses of an application (gateway.h): only with --proxy. */
#ifndef ANSWER_APPLICATION_H
#define ANSWER_APPLICATION_H

#include "server/builder.h"
#include "server/gateway.h"

/* Pass the request on, with its body if m->relays_body. */
void answer_application(struct builder *m, const struct gateway_route *route);

/* May an application get it, if the folder does not have its path? */
bool answer_may_be_for_application(struct worker *w,
    const struct http_request *req);

/* Is it beneath a PREFIX, or a method that files do not support? */
bool answer_is_for_application(struct worker *w,
    const struct http_request *req, struct gateway_route *route);

/* Is the path missing in the folder, while an application may have it? */
bool answer_is_left_to_application(const struct builder *m,
    const struct resource *res, struct gateway_route *route);

#endif
