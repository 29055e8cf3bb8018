/* One connection: requests in, responses out, in order. */
#ifndef CONN_H
#define CONN_H

#include "http.h"
#include "server/http_body.h"
#include "server/log.h"
#include "server/transfer.h"

/* What a connection waits for.  A bit set. */
enum conn_want {
	CONN_READ = 1,		/* input from the client */
	CONN_WRITE = 2,		/* socket space, or the next iteration */
	CONN_HANGUP = 4,	/* the client's FIN, while a source wakes it */
	CONN_CLOSE = 8,		/* nothing: close the connection */
	CONN_NEW = 16,		/* not in the epoll set yet */
};

/* At most 128 bytes, and no buffer while it is idle. */
struct conn {
	/* For the loop: */
	struct timer timer;		/* its deadline, then conn_expire() */
	struct conn *next_queued;
	uint8_t want;			/* enum conn_want */
	uint8_t watched;		/* the part of it that epoll has */
	bool queued;			/* for conn_step() */
	bool holds_slot;		/* in --max-conns-per-client */
	int fd;				/* -1: closed, but still queued */

	struct client client;
	bool owns_input : 1;	/* in is a buffer from the pool */
	bool eof : 1;		/* the client has sent its FIN */
	bool failed : 1;	/* the socket has failed */
	bool lingering : 1;	/* all is sent: waiting for the client's FIN */
	bool traced : 1;	/* -v has printed its address */
	bool held : 1;		/* the request in in is delayed: --key */
	bool released : 1;	/* the delay is over */
	uint32_t in_n;
	char *in;		/* input that is not processed yet */
	struct upload *upload;	/* body of the request at the start of in,
				   while it is incomplete; from the pool */
	int64_t started_ns;	/* when the head in in began to arrive, or
				   when lingering began */
	struct transfer *answer;	/* the one under way, or NULL */
};

/* Take over fd, a non-blocking socket.  The loop sets the timer's source. */
void conn_open(struct conn *c, const struct worker *w, int fd,
    const struct client *client);

/* The client has too many connections: send 503, then wait for its FIN. */
void conn_reject(struct conn *c, struct worker *w);

/* Does the worker's input have room for one conn_read()? */
bool conn_may_read(const struct worker *w);

/*
 * First half of an iteration: receive into the worker's input.  conn_step()
 * must follow in the same iteration.
 */
void conn_read(struct conn *c, struct worker *w);

/* The client has sent its FIN, or is gone, while a source is awaited. */
void conn_hang_up(struct conn *c, const struct worker *w, bool gone);

/*
 * Second half: answer complete requests and send what the socket takes, up to
 * a quota.  Returns bits of enum conn_want, and sets the deadline.  After
 * CONN_CLOSE call conn_close().
 */
unsigned conn_step(struct conn *c, struct worker *w);

/* The deadline has passed. */
unsigned conn_expire(struct conn *c, struct worker *w);

/* Is it between requests, or a stream?  Then closing it does no harm. */
bool conn_is_idle(const struct conn *c);

/* Is a response under way, other than a stream? */
bool conn_is_responding(const struct conn *c);

/*
 * The rate of the transfer in bytes/s.  -1 if there is no transfer, or if it is
 * too young to be closed in favour of another connection.
 */
int64_t conn_rate(const struct conn *c, const struct worker *w);

/* Log the transfer under way, free all resources, close the socket. */
void conn_close(struct conn *c, struct worker *w, enum transfer_end end);

#endif
