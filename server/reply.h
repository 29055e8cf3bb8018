/*
 * The reply of an application: from the bytes on its connection to the bytes
 * for the client, with a head and framing of our own.
 */
#ifndef REPLY_H
#define REPLY_H

#include "server/http_body.h"
#include "server/http_response.h"
#include "server/link.h"
#include "server/proxy.h"

enum reply_state {
	REPLY_HEAD,		/* not complete, or only 1xx so far */
	REPLY_BODY,
	REPLY_TUNNEL,		/* after 101: bytes, both ways */
	REPLY_ENDED,		/* set by the caller */
};

struct reply {
	/* Of the request; the caller sets them: */
	struct worker *w;
	const struct proxy_app *app;
	struct slice base, host;
	int minor;		/* the client's HTTP/1.x */
	bool is_head;		/* the reply has no body */
	bool keep_alive;	/* the client's connection */
	bool upgrades;		/* 101 is a valid reply */

	/* Set by reply_read(): */
	enum reply_state state;
	struct http_response parsed;	/* its slices dangle after a call */
	bool closes;		/* the client's connection ends with it */
	bool has_begun;		/* at least one byte has arrived */
	bool has_interim;	/* a 103 was sent to the client */
	size_t unasked;		/* bytes after the end of the reply */
	int64_t received_ns;	/* when its last byte arrived; or 0 */
	int error;		/* errno of REPLY_FAILED */
	char *partial;		/* the start of a head; the caller puts it back
				   into the worker's pool */

	/* For reply.c only: */
	struct link *link;
	bool request_ended;	/* the client has sent all of its body */
	bool out_chunked;	/* the client gets chunks */
	size_t partial_n;
	struct http_body framing;
};

/* The next piece for the client. */
struct reply_piece {
	char *p;			/* within the space */
	size_t n;
	size_t body_from, body_to;	/* these bytes are body */
	bool is_end;			/* the reply is complete */
};

enum reply_result {
	REPLY_PIECE,		/* *piece has bytes, or is the end */
	REPLY_WAITS,		/* the link has no more bytes now */
	REPLY_FAILED,		/* it is incomplete or malformed */
};

/*
 * Read from link, which is readable, and put the next piece, with head and
 * framing, into p, which has REPLY_SPACE bytes.  RFC 9112 sections 6 and 7.
 */
enum { REPLY_SPACE = 160 << 10 };
enum reply_result reply_read(struct reply *r, struct link *link,
    bool request_ended, char *p, struct reply_piece *piece);

#endif
