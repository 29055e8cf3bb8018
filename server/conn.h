/* One connection: bytes in and bytes out, in order. */
#ifndef CONN_H
#define CONN_H

#include "http.h"
#include "server/http_body.h"
#include "server/log.h"
#include "server/worker.h"

enum conn_want {
	CONN_NEW,	/* nothing yet */
	CONN_READ,	/* wake me when bytes come */
	CONN_WRITE,	/* when the socket takes bytes, or: I have more to do */
	CONN_CLOSE,
};

struct transfer;

/* Under 128 bytes, and no buffer while it is idle. */
struct conn {
	/* The loop's. */
	struct conn *next, **link;	/* in a slot of the timer wheel */
	uint32_t due;			/* tick of that slot */
	uint8_t want;			/* enum conn_want, as epoll knows it */
	bool counted;			/* among its client's connections */

	/* For the loop to read. */
	int fd;
	int64_t deadline_ns;		/* monotonic; then conn_expire() */

	bool borrowed;		/* in is a buffer of the turn's pool */
	bool ended;		/* the client will send no more */
	bool broken;		/* the socket has failed */
	bool lingering;		/* all is said: only waiting for its end */
	bool met;		/* its address was traced */
	struct client client;
	uint32_t in_n, head_n;	/* head_n: a head that waits for its body */
	char *in;		/* read and not yet dealt with */
	struct http_body body;
	uint32_t body_n;	/* bytes of the body read past */
	int64_t started_ns;	/* first byte of the head that is in in; since
				   when it is lingering */
	struct transfer *answer;	/* not all sent; else NULL */
};

/* Take over fd, a non-blocking socket. */
void conn_open(struct conn *c, const struct worker *w, int fd,
    const struct client *client);

/* Too many of this client: say 503, and then only wait for the end. */
void conn_reject(struct conn *c, struct worker *w);

/* Is there room in the turn's input for what one conn_read() may bring? */
bool conn_may_read(const struct worker *w);

/*
 * First half of a turn: read what is there into the turn's input.  conn_step()
 * must follow in the same turn.
 */
void conn_read(struct conn *c, struct worker *w);

/*
 * Second half: answer what is whole, send what the socket takes, up to a share.
 * Says what it waits for and sets c->deadline_ns.  After CONN_CLOSE call
 * conn_close().
 */
enum conn_want conn_step(struct conn *c, struct worker *w);

/* The deadline has passed. */
enum conn_want conn_expire(struct conn *c, struct worker *w);

/* Is it a stream with nothing to send?  With news, call conn_step(). */
bool conn_is_waiting_stream(const struct conn *c);

/* Between two requests, or a stream: it may be closed without harm. */
bool conn_is_idle(const struct conn *c);

/* Log what was under way, give back what it holds, close the socket. */
void conn_close(struct conn *c, struct worker *w);

#endif
