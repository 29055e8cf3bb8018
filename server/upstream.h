/*
 * Connections to applications, and the exchanges on them: a request out, a
 * reply in.  Each loop has its own; the connections come from connector.h.
 */
#ifndef UPSTREAM_H
#define UPSTREAM_H

#include "server/proxy_head.h"
#include "server/reply.h"
#include "server/source.h"
#include "server/upload.h"
#include "server/worker.h"

/* All exchanges of one loop. */
struct upstreams;

/* One exchange. */
struct upstream;

/*
 * connector_fd is the loop's socket to the process that connects; loop_count
 * loops share the connections that one application may have.  NULL with errno.
 */
struct upstreams *upstreams_new(struct worker *w, int connector_fd,
    int loop_count);
void upstreams_free(struct upstreams *all);

/* The properties of a request that are known before its body. */
struct upstream_request {
	struct proxy_request proxy;
	unsigned app;			/* number of proxy.app */
	int minor;			/* the client's HTTP/1.x */
	bool is_head;			/* a reply has no body */
	bool keep_alive;		/* the client's connection */
	bool may_repeat;		/* an idempotent method, section 9.2.2
					   of RFC 9110 */
	bool chunked;			/* the client's body is chunked; else
					   length counts */
	uint64_t length;
	bool has_length;		/* the client sent one, even if it is 0:
					   some applications require it */
};

/*
 * Make an exchange.  It sends nothing before upstream_read() or before its
 * consumer takes bytes, so it may be ended and made again.  Slices are copied
 * if they must outlive the call.  NULL if there is no memory.
 */
struct upstream *upstream_begin(struct upstreams *all,
    const struct upstream_request *r);

/* Set the source to wake when there is more of the reply, or room for more of
 * the body. */
void upstream_set_client(struct upstream *u, struct source *client);

/*
 * The consumer of the request's body, or of the client's bytes in a tunnel.
 * The caller frees it, before or after upstream_end().  If the reply or the
 * exchange ends before the body, it drops the rest of the body.
 */
struct consumer *upstream_consumer(struct upstream *u);

/* Does the request ask for a tunnel?  Is the exchange one now? */
bool upstream_upgrades(const struct upstream *u);
bool upstream_is_tunnel(const struct upstream *u);

enum upstream_state {
	UPSTREAM_PIECE,		/* *piece has bytes, or is the end */
	UPSTREAM_WAITS,		/* the client will be woken */
	UPSTREAM_REFUSED,	/* there is no reply, or only an interim one:
				   answer with *status */
	UPSTREAM_BROKEN,	/* it ended within a body: close the
				   connection */
};

/*
 * Put the next piece of the reply, with head and framing, into p, which has
 * REPLY_SPACE bytes.  Of a long body, up to limit bytes (piece->sent) may go
 * straight to the client's socket, to.
 */
enum upstream_state upstream_read(struct upstream *u, int to, size_t limit,
    char *p, struct reply_piece *piece, int *status);

/* The application, as --proxy named it. */
struct slice upstream_url(const struct upstream *u);

/* The Accept field of the request, its lines joined in b. */
struct slice upstream_accept(const struct upstream *u, struct buf *b);

/* The status of the final reply, or 0 before its head has arrived. */
int upstream_status(const struct upstream *u);

/* Must the client's connection close after the reply?  Does only that end its
 * body? */
bool upstream_closes(const struct upstream *u);
bool upstream_until_close(const struct upstream *u);

/* errno of UPSTREAM_REFUSED, for the log. */
int upstream_error(const struct upstream *u);

/* The time from the first byte sent to the last received, in nanoseconds; -1
 * if nothing was sent. */
int64_t upstream_duration(const struct upstream *u);

/*
 * Give up the exchange: upstream_read() will return UPSTREAM_REFUSED with this
 * status.  False if the final reply has begun.
 */
bool upstream_refuse(struct upstream *u, int status);

/* The bytes of the budget that u takes. */
size_t upstream_memory(const struct upstream *u);

/* End the exchange, in any state. */
void upstream_end(struct upstream *u);

#endif
