#include "server/answer_application.h"

#include "server/answer_page.h"
#include "server/gateway.h"

/* No head is built here: the application's reply has one. */
void
answer_application(struct builder *m, const struct gateway_route *route)
{
	int status = gateway_pass(m->w, m->req, m->peer, route,
	    m->relays_body, m->r);

	if (status != 0)
		answer_error(m, status);
}

bool
answer_is_for_application(struct worker *w, const struct http_request *req,
    struct gateway_route *route)
{
	*route = gateway_find(w->server, req);
	if (route->app != NULL || (req->method != HTTP_UNKNOWN &&
	    req->method != HTTP_NOT_ALLOWED))
		return route->app != NULL;
	*route = gateway_find_rule(w, req);
	if (route->app == NULL)
		*route = gateway_find_fallback(w->server, req);
	return route->app != NULL;
}

bool
answer_may_be_for_application(struct worker *w, const struct http_request *req)
{
	return gateway_find(w->server, req).app != NULL ||
	    gateway_find_rule(w, req).app != NULL ||
	    gateway_find_fallback(w->server, req).app != NULL;
}

bool
answer_is_left_to_application(const struct builder *m,
    const struct resource *res, struct gateway_route *route)
{
	if (res->kind == RESOURCE_FILE ||
	    (res->kind == RESOURCE_NONE && res->status != 404))
		return false;
	*route = gateway_find_fallback(m->w->server, m->req);
	return route->app != NULL;
}
