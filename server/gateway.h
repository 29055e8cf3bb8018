/*
 * Passes a request on to an application: chooses the application (proxy.h) and
 * begins an exchange with it (upstream.h).
 */
#ifndef GATEWAY_H
#define GATEWAY_H

#include "server/body.h"
#include "server/worker.h"

/* An application, and the target that it gets. */
struct gateway_route {
	const struct proxy_app *app;
	/* As in struct proxy_request: */
	struct slice path, query, rest;
	bool is_mapped;
	int line;		/* of _redirects, or 0 */
};

/* The gateway_find functions and gateway_follow() return false if there is no
 * such application.  *route is valid only after true. */

/* The application whose PREFIX the path begins with: see proxy_find().  If it
 * does so only without its dot segments, gateway_pass() refuses it. */
bool gateway_find(const struct server *server, const struct http_request *req,
    struct gateway_route *route);

/* The application without a PREFIX, for paths that the folder does not have. */
bool gateway_find_fallback(const struct server *server,
    const struct http_request *req, struct gateway_route *route);

/*
 * The application that a line of _redirects with status 200 leads to.  path is
 * decoded, without --base; the target is built in the worker's scratch.  No
 * application if the target is too long.
 */
bool gateway_follow(struct worker *w, const struct http_request *req,
    const struct rules_redirect *rule, struct slice path,
    struct gateway_route *route);

/* The same for the first line that matches, whether or not the path exists. */
bool gateway_find_rule(struct worker *w, const struct http_request *req,
    struct gateway_route *route);

/* Is it a WebSocket request?  Other upgrades are not passed on. */
bool gateway_upgrades(const struct http_request *req);

/*
 * Begin an exchange as the body of *r, which owns it.  has_body: the request's
 * body will be passed to the exchange's consumer.  Returns 0, or the status to
 * refuse the request with: 400 (a path that may lead out of PREFIX), 405
 * (CONNECT and TRACE), 503 (no memory), 508 (the request has been here before).
 */
int gateway_pass(struct worker *w, const struct http_request *req,
    const struct address *client, const struct gateway_route *route,
    bool has_body, struct response *r);

#endif
