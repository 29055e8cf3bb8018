/* One connection: bytes in and bytes out, in order. */
#ifndef CONN_H
#define CONN_H

#include "http.h"
#include "server/http_body.h"
#include "server/log.h"
#include "server/transfer.h"

/* What a connection waits for: bits. */
enum conn_want {
	CONN_READ = 1,		/* bytes of the client */
	CONN_WRITE = 2,		/* room in the socket, or: it has more to do */
	CONN_HANGUP = 4,	/* the client's end.  A source wakes it */
	CONN_CLOSE = 8,		/* nothing: close it */
	CONN_NEW = 16,		/* epoll does not know it yet */
};

/* At most 128 bytes, and no buffer while it is idle. */
struct conn {
	/* The loop's. */
	struct timer timer;		/* its deadline, then conn_expire() */
	struct conn *next_queued;
	uint8_t want;			/* what it wants, */
	uint8_t watched;		/* and what epoll has been told */
	bool queued;			/* to be stepped */
	bool holds_slot;		/* of --max-conns-per-client */
	int fd;				/* -1: closed, but still queued */

	struct client client;
	bool owns_input : 1;	/* in is a buffer of the pool */
	bool eof : 1;		/* the client will send no more */
	bool failed : 1;	/* the socket has failed */
	bool lingering : 1;	/* all is sent: waiting for the client's end */
	bool traced : 1;	/* its address was traced */
	bool held : 1;		/* the request in in waits, to slow guesses, */
	bool released : 1;	/* and has waited */
	uint32_t in_n;
	char *in;		/* received and not yet dealt with */
	struct upload *upload;	/* the body of the request that starts there,
				   if that has not arrived yet; of the pool */
	int64_t started_ns;	/* first byte of the head that is in in; since
				   when it is lingering */
	struct transfer *answer;	/* the one not yet sent whole, or NULL */
};

/* Take over fd, a non-blocking socket.  The timer's source is the loop's. */
void conn_open(struct conn *c, const struct worker *w, int fd,
    const struct client *client);

/* Too many of this client: send 503, and then only wait for the end. */
void conn_reject(struct conn *c, struct worker *w);

/* Is there room in the worker's input for what one conn_read() may bring? */
bool conn_may_read(const struct worker *w);

/*
 * First half of an iteration: receive into the worker's input.  conn_step()
 * must follow in the same iteration.
 */
void conn_read(struct conn *c, struct worker *w);

/* While it waits for a source: the client has sent its end, or is gone. */
void conn_hang_up(struct conn *c, const struct worker *w, bool gone);

/*
 * Second half: answer whole requests and send what the socket takes, up to a
 * quota.  Returns bits of enum conn_want, and sets the deadline.  After
 * CONN_CLOSE call conn_close().
 */
unsigned conn_step(struct conn *c, struct worker *w);

/* The deadline has passed. */
unsigned conn_expire(struct conn *c, struct worker *w);

/* Between two requests, or a stream: it may be closed without harm. */
bool conn_is_idle(const struct conn *c);

/* Is a response under way, other than a stream? */
bool conn_is_responding(const struct conn *c);

/*
 * Bytes/s that its transfer's client takes; -1 if it has none, or one that is
 * not yet old enough to make room for another connection.
 */
int64_t conn_rate(const struct conn *c, const struct worker *w);

/* Log what was under way, give back what it holds, close the socket. */
void conn_close(struct conn *c, struct worker *w, enum transfer_end end);

#endif
