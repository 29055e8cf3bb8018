#include "server/answer_application.h"

#include "server/answer_page.h"
#include "server/gateway.h"
#include "server/note.h"

/* No head is built here: the application's reply has one. */
void
answer_application(struct builder *rb, const struct gateway_route *route)
{
	int status = gateway_pass(rb->w, rb->req, rb->peer, route,
	    rb->relays_body, rb->r);

	if (status != 0)
		answer_error(rb, status);
	if (route->line > 0)
		note_rule(rb->w, rb->r, route->line);
}

bool
answer_is_for_application(struct worker *w, const struct http_request *req,
    struct gateway_route *route)
{
	if (gateway_find(w->server, req, route))
		return true;
	if (req->method != HTTP_UNKNOWN && req->method != HTTP_NOT_ALLOWED)
		return false;
	return gateway_find_rule(w, req, route) ||
	    gateway_find_fallback(w->server, req, route);
}

bool
answer_may_be_for_application(struct worker *w, const struct http_request *req)
{
	struct gateway_route route;

	return gateway_find(w->server, req, &route) ||
	    gateway_find_rule(w, req, &route) ||
	    gateway_find_fallback(w->server, req, &route);
}
