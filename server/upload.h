/* The body of one request on its way in, and who takes it. */
#ifndef UPLOAD_H
#define UPLOAD_H

#include "server/http_body.h"
#include "server/source.h"

/* Takes the content of a body, without its framing, as it arrives. */
struct consumer {
	/*
	 * Take bytes from the start of p[0..n); n is 0 once, at the body's end.
	 * Returns how many it took: fewer than n if it has no room, and then it
	 * wakes client, by source_wake(), when there is some.  -1: it has
	 * failed.
	 */
	ssize_t (*take)(struct consumer *self, const char *p, size_t n);
	void (*free)(struct consumer *self);
	struct source *client;	/* the connection; set before take() */
};

/* Reads past a body.  It has no state: all uploads may share it. */
extern struct consumer upload_discard;

struct upload {
	struct http_body body;
	struct consumer *consumer;	/* owned, but upload_discard */
	uint64_t taken;		/* bytes so far, framing included, */
	uint64_t most;		/* and how many there may be */
	size_t head_n;		/* of the request's head, which the connection
				   keeps in front of the body's bytes */
	size_t form_n;		/* or, of a short form, the bytes that are kept
				   behind the head until all are there */
	bool tunnel;		/* bytes without an end, once it is one */
	bool full;		/* the consumer has no room */
};

enum upload_state {
	UPLOAD_MORE,		/* of the body is to come */
	UPLOAD_FULL,		/* its consumer will wake the connection */
	UPLOAD_ENDED,
	UPLOAD_TOO_LARGE,	/* more than most bytes */
	UPLOAD_BAD,		/* not well formed, or its consumer failed */
};

void upload_begin(struct upload *u, const struct http_request *req,
    size_t head_n, struct consumer *consumer, uint64_t most);

/* Offer p[0..n) to the consumer.  *taken: bytes that are used up. */
enum upload_state upload_take(struct upload *u, const char *p, size_t n,
    size_t *taken);

void upload_end(struct upload *u);

#endif
