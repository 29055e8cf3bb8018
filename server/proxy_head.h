/*
 * Rewrite the head of a request for an application, and that of its reply for
 * the client.  Pure.
 */
#ifndef PROXY_HEAD_H
#define PROXY_HEAD_H

#include "server/proxy.h"

enum { PROXY_VIA_LEN = 22 };	/* "serve-" and 16 hexadecimal digits */

/* A request that is passed on. */
struct proxy_request {
	const struct proxy_app *app;
	struct slice base;		/* before each PREFIX: "" or "/repo",
					   decoded */
	struct slice method;
	int minor;			/* of its version: HTTP/1.minor */
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
	bool drops_referer;		/* Referer has the key */
	bool upgrades;			/* to a WebSocket */
	bool closes;			/* the connection will not be reused */
};

/*
 * Write the head of the request for the application (RFC 9110 section 7.6),
 * without its framing fields and the empty line, which follow when the body is
 * known.  Fields of the connection are left out, and those that Connection
 * names, except Via, Cookie and the like, which a client cannot remove.
 */
void proxy_head_put_request(struct buf *b, const struct proxy_request *r);

/* Does the head ask for a WebSocket?  RFC 9110 section 7.8, RFC 6455. */
bool proxy_head_wants_websocket(struct slice head);

/* Does the value of Via, all lines joined, name this pseudonym?  Then the
 * request has come back (RFC 9110 section 7.6.3). */
bool proxy_head_is_loop(struct slice value, struct slice via);

/* Read the value of Max-Forwards (RFC 9110 section 7.6.2), which counts for
 * OPTIONS.  False if it is no number. */
bool proxy_head_read_forwards(struct slice value, uint64_t *left);

/* Append the values of all fields with the wanted name, as one list.  Returns
 * whether there is a value. */
bool proxy_head_put_values(struct buf *b, struct slice head,
    struct slice wanted);

/* A reply of an application. */
struct proxy_reply {
	const struct proxy_app *app;
	struct slice base;
	struct slice head;	/* as received, with its status line */
	bool names_fields;	/* its Connection names fields */
	struct slice host;	/* of the request, with port */
	struct slice common;	/* complete lines of -H, which replace others */
	struct slice date;	/* a line to add if the reply has no Date */
	bool upgrades;		/* 101: keep Connection and Upgrade */
};

/*
 * Write the field lines of the application's reply for the client, then date
 * and the lines of -H, without framing fields, Connection and the empty line.
 * A Location or cookie path that leads into the application is mapped back to
 * PREFIX.
 */
void proxy_head_put_reply(struct buf *b, const struct proxy_reply *r);

#endif
