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
	uint64_t taken;		/* bytes so far, framing included */
	uint64_t limit;		/* of taken */
	size_t head_n;		/* of the request's head, which the connection
				   keeps in front of the body */
	size_t form_n;		/* the length of a short form, which is kept
				   after the head until it is complete; or 0 */
	int64_t started_ns;	/* when the head was complete; later by the time
				   that the consumer had no room */
	int64_t full_ns;	/* since when the consumer has no room */
	bool tunnel;		/* bytes without an end, after an upgrade */
	bool full;		/* the consumer has no room */
};

enum upload_state {
	UPLOAD_MORE,		/* more of the body will follow */
	UPLOAD_FULL,		/* the consumer will wake the connection */
	UPLOAD_ENDED,
	UPLOAD_TOO_LARGE,	/* more than limit bytes */
	UPLOAD_BAD,		/* malformed */
	UPLOAD_FAILED,		/* the consumer has failed */
};

/* Times are nanoseconds of CLOCK_MONOTONIC. */
void upload_begin(struct upload *u, const struct http_request *req,
    size_t head_n, struct consumer *consumer, uint64_t limit, int64_t now_ns);

/* Offer p[0..n) to the consumer.  *taken: how many bytes of p were used. */
enum upload_state upload_take(struct upload *u, const char *p, size_t n,
    size_t *taken, int64_t now_ns);

/*
 * The time at which the body is too slow if no more of it arrives: after 10
 * seconds, or when its average falls below 1 KiB/s, whichever is later.
 * INT64_MAX if it waits for its consumer, or has no end.  kept: bytes of a form
 * so far.
 */
int64_t upload_deadline(const struct upload *u, size_t kept);

/* At that time input was waiting to be read: give the client 10 seconds
 * more. */
void upload_excuse(struct upload *u, size_t kept, int64_t now_ns);

/* Free the consumer. */
void upload_end(struct upload *u);

#endif
