/*
 * Choose the requests that go to an application, and rewrite the heads of
 * requests and responses.  Pure.
 */
#ifndef PROXY_H
#define PROXY_H

#include "server/buf.h"

enum { PROXY_VIA_LEN = 22 };	/* "serve-" and 16 hexadecimal digits */

/* One --proxy [PREFIX=]URL.  The slices point into its text. */
struct proxy_app {
	struct slice url;	/* as typed, for the log and for pages */
	struct slice prefix;	/* starts with '/'; empty: the application gets
				   requests for paths that the folder lacks */
	struct slice authority;	/* HOST[:PORT]; empty for a Unix socket */
	struct slice host;	/* without brackets and port */
	struct slice port;	/* digits; empty: 80 */
	struct slice socket;	/* path of a Unix socket; else empty */
	struct slice path;	/* replaces PREFIX, starts with '/'; empty: the
				   target is not changed */
};

enum proxy_syntax { PROXY_OK, PROXY_MALFORMED, PROXY_TLS };

/*
 * Read the value of --proxy.  PROXY_TLS: the URL is an https one.  text must
 * live as long as *app.
 */
enum proxy_syntax proxy_parse(struct slice text, struct proxy_app *app);

/* Is its host a name that must be looked up?  localhost need not be. */
bool proxy_is_name(const struct proxy_app *app);

/* Its TCP port; 0 for a Unix socket. */
unsigned proxy_port(const struct proxy_app *app);

/*
 * The application whose PREFIX, compared with path segment by segment and
 * percent-decoded, is the longest that matches.  path is the raw path of a
 * target and starts with '/'; base, "" or "/repo", precedes each PREFIX.  *rest
 * becomes the part of path after PREFIX, "" or "/...".  NULL if no PREFIX
 * matches.
 */
const struct proxy_app *proxy_find(const struct proxy_app *apps, size_t n,
    struct slice base, struct slice path, struct slice *rest);

/*
 * The application without PREFIX, or NULL; *rest becomes the part of path after
 * base.
 */
const struct proxy_app *proxy_find_fallback(const struct proxy_app *apps,
    size_t n, struct slice base, struct slice path, struct slice *rest);

/*
 * The application whose URL begins url, which is http://AUTHORITY[/PATH]: the
 * same authority, and the same first segments.  The longest URL counts.  *path
 * becomes the path of url.  NULL if there is no such application.
 */
const struct proxy_app *proxy_find_url(const struct proxy_app *apps, size_t n,
    struct slice url, struct slice *path);

/*
 * May this raw path be passed on?  Not with a malformed escape, an encoded NUL,
 * or a segment that is "." or ".." after decoding, where '\', "%2F", "%5C" and
 * the ';' of a parameter end a segment too: an application may resolve them,
 * and the result could be outside PREFIX.
 */
bool proxy_accepts_path(struct slice path);

/* A request that is passed on. */
struct proxy_request {
	const struct proxy_app *app;
	struct slice base;		/* before each PREFIX: "" or "/repo",
					   decoded */
	struct slice method;
	struct slice path, query;	/* of the target; query with its '?' */
	struct slice rest;		/* the part of path after PREFIX */
	bool is_mapped;			/* a rule has given the application's
					   own path: do not replace PREFIX */
	struct slice head;		/* as received, with its request line */
	bool names_fields;		/* its Connection names fields */
	struct slice host;		/* of the target or Host, with port */
	struct slice client;		/* its address, without a port */
	struct slice via;		/* pseudonym of this server */
	struct slice own_cookie;	/* a name to remove from Cookie */
	bool is_trusted;		/* the client is on a loopback address:
					   use its X-Forwarded fields */
	bool drops_authorization;	/* Authorization was for serve */
	bool upgrades;			/* to a WebSocket */
	bool closes;			/* the connection will not be reused */
};

/*
 * Write the head of the request for the application (RFC 9110 section 7.6),
 * without its framing fields and the empty line.  They follow when the body is
 * known.  Fields of the connection are left out, and those that Connection
 * names, but a client cannot remove Via, Cookie and the like in this way.
 */
void proxy_put_request(struct buf *b, const struct proxy_request *r);

/* Does the head ask for a WebSocket?  RFC 9110 section 7.8, RFC 6455. */
bool proxy_wants_websocket(struct slice head);

/* Is this a loop: does the value of Via, all lines joined, name this pseudonym?
 * RFC 9110 section 7.6.3. */
bool proxy_is_loop(struct slice value, struct slice via);

/* A reply of an application. */
struct proxy_reply {
	const struct proxy_app *app;
	struct slice base;
	struct slice head;	/* as received, with its status line */
	bool names_fields;	/* its Connection names fields */
	struct slice host;	/* of the request, with port */
	struct slice common;	/* complete lines of -H, which replace others */
	bool upgrades;		/* 101: keep Connection and Upgrade */
};

/*
 * Write the field lines of the application's reply for the client, then the
 * lines of -H, without framing fields, Connection and the empty line.  A
 * Location or cookie path that leads into the application is mapped back to
 * PREFIX.
 */
void proxy_put_reply_fields(struct buf *b, const struct proxy_reply *r);

#endif
