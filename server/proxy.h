/*
 * Which requests go to an application, and what is changed of their heads on
 * the way there and back.  Pure.
 */
#ifndef PROXY_H
#define PROXY_H

#include "server/buf.h"

enum { PROXY_VIA_LEN = 22 };	/* "serve-" and 16 hexadecimal digits */

/* One --proxy [PREFIX=]URL.  The slices point into its text. */
struct proxy_app {
	struct slice url;	/* as typed, for the log and for pages */
	struct slice prefix;	/* starts with '/'; empty: the application gets
				   what the folder does not have */
	struct slice authority;	/* HOST[:PORT]; empty for a Unix socket */
	struct slice host;	/* without brackets and port */
	struct slice port;	/* digits; empty: 80 */
	struct slice socket;	/* path of a Unix socket; else empty */
	struct slice path;	/* replaces PREFIX, starts with '/'; empty: the
				   target stays as it came */
};

enum proxy_syntax { PROXY_OK, PROXY_MALFORMED, PROXY_TLS };

/*
 * Read the value of --proxy.  PROXY_TLS: the URL is an https one.  text must
 * live as long as *app.
 */
enum proxy_syntax proxy_parse(struct slice text, struct proxy_app *app);

/* Is its host a name that has to be looked up?  localhost is none. */
bool proxy_is_name(const struct proxy_app *app);

/* Its TCP port; 0 for a Unix socket. */
unsigned proxy_port(const struct proxy_app *app);

/*
 * The application whose PREFIX, compared with path segment by segment and
 * percent-decoded, is the longest that matches.  path is the raw path of a
 * target and starts with '/'; base, "" or "/repo", stands before each PREFIX.
 * *rest becomes what follows PREFIX, "" or "/...".  NULL: none.
 */
const struct proxy_app *proxy_find(const struct proxy_app *apps, size_t n,
    struct slice base, struct slice path, struct slice *rest);

/*
 * The application without PREFIX, or NULL; *rest becomes what follows base in
 * path.
 */
const struct proxy_app *proxy_find_fallback(const struct proxy_app *apps,
    size_t n, struct slice base, struct slice path, struct slice *rest);

/*
 * May this raw path be passed on?  Not with a malformed escape, an encoded
 * NUL, or a segment that is "." or ".." after decoding, where '\', "%2F",
 * "%5C" and the ';' of a parameter end a segment too: an application may
 * resolve them and leave what PREFIX stands for.
 */
bool proxy_accepts_path(struct slice path);

/* A request that is passed on. */
struct proxy_request {
	const struct proxy_app *app;
	struct slice base;		/* before each PREFIX: "" or "/repo" */
	struct slice method;
	struct slice path, query;	/* of the target; query with its '?' */
	struct slice rest;		/* of path, behind PREFIX */
	struct slice head;		/* as it came, with its request line */
	struct slice host;		/* of the target or Host, with port */
	struct slice client;		/* its address, without a port */
	struct slice via;		/* pseudonym of this server */
	struct slice own_cookie;	/* name that is taken out of Cookie */
	bool is_trusted;		/* the client is on a loopback address:
					   its X-Forwarded fields count */
	bool drops_authorization;	/* it was meant for serve */
	bool upgrades;			/* to a WebSocket */
	bool closes;			/* the connection is not used again */
};

/*
 * Write the head of the request for the application (RFC 9110 section 7.6), but
 * for its framing fields and the empty line, which follow when its body is
 * known.
 * The connection's own fields are left out, and those that it names, except
 * for names that would change the meaning of the request.
 */
void proxy_put_request(struct buf *b, const struct proxy_request *r);

/* Does the head ask for a WebSocket?  RFC 9110 section 7.8, RFC 6455. */
bool proxy_wants_websocket(struct slice head);

/* Has the request been here before: does its Via name this pseudonym? */
bool proxy_is_loop(struct slice head, struct slice via);

/* Was this exchange with an application that PREFIX's path was taken from? */
struct proxy_reply {
	const struct proxy_app *app;
	struct slice base;
	struct slice head;	/* as it came, with its status line */
	struct slice host;	/* of the request, with port */
	struct slice common;	/* whole header lines of -H, which replace */
	bool upgrades;		/* 101: Connection and Upgrade pass */
};

/*
 * Write the field lines of the application's reply that the client gets,
 * without framing fields, Connection and the empty line, then the lines of
 * -H.  A Location or cookie path that leads into the application is mapped
 * back to PREFIX.
 */
void proxy_put_reply_fields(struct buf *b, const struct proxy_reply *r);

#endif
