/* A request that goes on to an application: from struct http_request to an
 * exchange of upstream.h. */
#ifndef GATEWAY_H
#define GATEWAY_H

#include "server/body.h"
#include "server/worker.h"

/* An application, and what follows its PREFIX in the path. */
struct gateway_route {
	const struct proxy_app *app;	/* NULL: none */
	struct slice rest;
};

/* The application whose PREFIX the path is beneath. */
struct gateway_route gateway_find(const struct server *server,
    const struct http_request *req);

/* The one without PREFIX, for what the folder does not have. */
struct gateway_route gateway_find_fallback(const struct server *server,
    const struct http_request *req);

/* Does it ask for a WebSocket?  Other upgrades are not passed on. */
bool gateway_upgrades(const struct http_request *req);

/*
 * Begin an exchange as the body of *r; has_body: its consumer will get the
 * request's body.  Returns 0, or the status to refuse
 * with: 400 (a path that may lead out of PREFIX), 405 (CONNECT and TRACE), 503,
 * 508 (the request has been here before).
 */
int gateway_pass(struct worker *w, const struct http_request *req,
    const struct client *client, const struct gateway_route *route,
    bool has_body, struct response *r);

#endif
