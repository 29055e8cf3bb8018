/* The state of one connection, shared by conn.c, request.c and the loop. */
#ifndef CONN_STATE_H
#define CONN_STATE_H

#include "server/search.h"
#include "server/transfer.h"

/* The events that a connection waits for, as bits. */
enum conn_want {
	CONN_READ = 1,		/* input from the client */
	CONN_WRITE = 2,		/* socket space, or the next iteration */
	CONN_HANGUP = 4,	/* the client's FIN, while a source wakes it */
	CONN_CLOSE = 8,		/* no event: close the connection */
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
	int fd;				/* -1: closed, or in another loop */

	struct address client;
	uint16_t bucket;		/* of its address, evict.h */
	bool owns_input : 1;	/* in is a buffer from the pool */
	bool eof : 1;		/* all input was read, up to the client's FIN */
	bool hung_up : 1;	/* the FIN came, maybe behind unread input */
	bool failed : 1;	/* the socket has failed */
	bool reset : 1;		/* close it with a reset, in place of a FIN */
	bool lingering : 1;	/* all is sent: waiting for the client's FIN */
	bool traced : 1;	/* -v has printed its address */
	bool held : 1;		/* --key: its first request is delayed */
	bool released : 1;	/* the delay is over */
	bool has_listing : 1;	/* counted in evict.h */
	bool in_excess : 1;	/* of --max-conns-per-client: only a proxy may
				   use it */
	bool forwarded : 1;	/* the peer is a proxy for other clients */
	uint32_t in_n;
	uint32_t memory;		/* of the budget, for evict.h */
	char *in;		/* input that is not processed yet */
	struct upload *upload;	/* body of the request at the start of in,
				   while it is incomplete; from the pool */
	int64_t started_ns;	/* when the head at the start of in began to
				   arrive, the last request was answered, the
				   last piece of an upload arrived, or lingering
				   began */
	struct transfer *answer;	/* the one under way, or NULL */
	struct search *search;	/* of the request at the start of in, which
				   needs a disk, or NULL */
};

#endif
