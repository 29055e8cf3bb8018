/* The body of one request that is being received, and its consumer. */
#ifndef UPLOAD_H
#define UPLOAD_H

#include "server/http_body.h"
#include "server/source.h"

/* Receives the content of a body, without its framing, as it arrives. */
struct consumer {
	/*
	 * Take bytes from the start of p[0..n); n is 0 once, at the body's end.
	 * Returns how many it took.  If it has no room for n, it takes fewer,
	 * and wakes client with source_wake() when there is room.  Returns -1
	 * if it has failed.
	 */
	ssize_t (*take)(struct consumer *self, const char *p, size_t n);
	void (*free)(struct consumer *self);
	struct source *client;	/* the connection; set before take() */
};

/* Discards a body.  It has no state, so all uploads share it. */
extern struct consumer upload_discard;

struct upload {
	struct http_body body;
	struct consumer *consumer;	/* owned, unless it is upload_discard */
	uint64_t taken;		/* bytes so far, framing included, */
	uint64_t most;		/* and the most there may be */
	size_t head_n;		/* of the request's head, which the connection
				   keeps in front of the body */
	size_t form_n;		/* or, for a short form, the bytes kept after
				   the head until the form is complete */
	bool tunnel;		/* it is a tunnel: bytes without an end */
	bool full;		/* the consumer has no room */
};

enum upload_state {
	UPLOAD_MORE,		/* more of the body will follow */
	UPLOAD_FULL,		/* the consumer will wake the connection */
	UPLOAD_ENDED,
	UPLOAD_TOO_LARGE,	/* more than most bytes */
	UPLOAD_BAD,		/* malformed, or the consumer failed */
};

void upload_begin(struct upload *u, const struct http_request *req,
    size_t head_n, struct consumer *consumer, uint64_t most);

/* Offer p[0..n) to the consumer.  *taken: bytes that were consumed. */
enum upload_state upload_take(struct upload *u, const char *p, size_t n,
    size_t *taken);

void upload_end(struct upload *u);

#endif
