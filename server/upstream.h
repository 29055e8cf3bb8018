/*
 * Connections to applications, and the exchanges on them: a request out, a
 * reply in.  Each loop has its own; the connections come from connector.h.
 */
#ifndef UPSTREAM_H
#define UPSTREAM_H

#include "server/proxy.h"
#include "server/source.h"
#include "server/upload.h"
#include "server/worker.h"

/* All of one loop. */
struct upstreams;

/* One exchange. */
struct upstream;

/*
 * connector_fd is the loop's socket to the process that connects; loop_count
 * loops share what one application may have.  NULL with errno.
 */
struct upstreams *upstreams_new(struct worker *w, int connector_fd,
    int loop_count);
void upstreams_free(struct upstreams *all);

/* What is known of a request before its body. */
struct upstream_request {
	struct proxy_request proxy;	/* body, closes and via are filled in */
	unsigned app;			/* number of proxy.app */
	int minor;			/* the client's HTTP/1.x */
	bool is_head;			/* a reply has no body */
	bool keep_alive;		/* the client's connection */
	bool may_repeat;		/* an idempotent method, RFC 9110 9.2.2 */
	bool chunked;			/* the client's body; else length */
	uint64_t length;
};

/*
 * Make an exchange.  Nothing is sent before upstream_read() or
 * its consumer takes bytes, so it may be ended and made again.  What the slices
 * point to is copied where it must outlive the call.  NULL with ENOMEM.
 */
struct upstream *upstream_begin(struct upstreams *all,
    const struct upstream_request *r);

/* This source is woken when there is more of the reply, or room for more of
 * the body. */
void upstream_set_client(struct upstream *u, struct source *client);

/*
 * Takes the body of the request, or in a tunnel the client's bytes, until
 * upstream_end().  A reply may come before the body's end, and then the rest of
 * the body is taken and dropped.
 */
struct consumer *upstream_consumer(struct upstream *u);

/* Does it ask for a tunnel; has it become one? */
bool upstream_upgrades(const struct upstream *u);
bool upstream_is_tunnel(const struct upstream *u);

/* What the next piece for the client is. */
struct upstream_piece {
	char *p;			/* within the space */
	size_t n;
	size_t body_from, body_to;	/* of them are body */
	bool is_end;			/* the reply is complete */
};

enum upstream_state {
	UPSTREAM_PIECE,		/* *piece has bytes, or the end */
	UPSTREAM_WAITS,		/* waiter will be woken */
	UPSTREAM_REFUSED,	/* there is no reply: *status to answer with */
	UPSTREAM_BROKEN,	/* it ended within a body: cut the connection */
};

/*
 * The next piece of the reply, head and framing included, into p, which has
 * UPSTREAM_SPACE bytes.
 */
enum { UPSTREAM_SPACE = 160 << 10 };
enum upstream_state upstream_read(struct upstream *u, char *p,
    struct upstream_piece *piece, int *status);

/* The application, as --proxy named it. */
struct slice upstream_url(const struct upstream *u);

/* Of the reply, once its head has come; close: the client's connection must
 * end with it. */
int upstream_status(const struct upstream *u);
bool upstream_closes(const struct upstream *u);

/* errno of UPSTREAM_REFUSED, for the log. */
int upstream_error(const struct upstream *u);

/* The time from the first byte sent to the last received, in nanoseconds; -1
 * if nothing was sent. */
int64_t upstream_duration(const struct upstream *u);

/* The end of the exchange, at whatever point it is. */
void upstream_end(struct upstream *u);

#endif
