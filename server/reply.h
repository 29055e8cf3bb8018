/*
 * The reply of an application: from the bytes on its connection to the bytes
 * for the client, with a head and framing of our own.
 */
#ifndef REPLY_H
#define REPLY_H

#include "server/http_body.h"
#include "server/http_response.h"
#include "server/link.h"
#include "server/proxy_head.h"

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
	struct http_response parsed;	/* its slices are valid only during a
					   call */
	bool closes;		/* the client's connection ends with it */
	bool until_close;	/* and only that ends the body */
	bool has_begun;		/* at least one byte has arrived */
	bool has_head;		/* and a whole head, maybe an interim one */
	size_t surplus;		/* bytes after the end of the reply */
	int64_t received_ns;	/* its last byte, by worker_log_clock(); or 0 */
	int error;		/* errno of REPLY_FAILED */
	char *partial;		/* the start of a head, from the worker's pool;
				   the caller puts it back */

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
	size_t sent;			/* bytes of body that were spliced to
					   the client's socket before p */
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

/* Write the first line of a chunk of n bytes in front of data, in at most
 * REPLY_CHUNK_LINE bytes.  Returns its start. */
enum { REPLY_CHUNK_LINE = 16 };
char *reply_put_chunk_line(char *data, size_t n);

/*
 * A pipe that takes the bytes of long bodies from socket to socket.  All
 * replies of a loop use it: it is empty between two calls.
 */
struct reply_pipe {
	int in, out;		/* the two ends; -1: no pipe, so copy instead */
};

/* Make the pipe.  Call it before the sandbox.  On failure both ends are -1. */
void reply_pipe_init(struct reply_pipe *pipe);
void reply_pipe_free(struct reply_pipe *pipe);

/* Does the body have a known length, of which enough is left that splice(2)
 * saves time? */
bool reply_can_splice(const struct reply *r, const struct reply_pipe *pipe);

/*
 * As reply_read(), for a long body: move at most limit bytes to the client's
 * socket, to.  p gets the bytes that have left the link, but do not fit there.
 */
enum reply_result reply_splice(struct reply *r, struct link *link,
    struct reply_pipe *pipe, int to, size_t limit, char *p,
    struct reply_piece *piece);

#endif
