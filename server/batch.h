/* The responses of one connection that are sent with one call. */
#ifndef BATCH_H
#define BATCH_H

#include "server/transfer.h"

enum { BATCH_MAX = 64 };

/*
 * The unsent span of each transfer is in the worker's output.  The batch owns
 * the transfers and their bodies until batch_send().
 */
struct batch {
	int n;
	bool full;		/* send it before adding another transfer */
	size_t out_n;		/* bytes of output in spans so far */
	size_t in_end[BATCH_MAX];	/* of each request, in the input */
	struct transfer transfer[BATCH_MAX];
};

/* Start with an empty batch, output and scratch. */
static inline void
batch_begin(struct batch *b, struct worker *w)
{
	w->out.n = w->scratch.n = 0;
	b->n = 0;
	b->full = false;
	b->out_n = 0;
}

/* May one more transfer be added? */
static inline bool
batch_has_room(const struct batch *b, const struct worker *w)
{
	/* One per batch with -v: requests whose responses did not fit are
	 * parsed again, and would be traced twice. */
	int most = w->server->opt->trace != TRACE_OFF ? 1 : BATCH_MAX;

	return !b->full && b->n < most &&
	    w->out.cap - w->out.n >= RESPONSE_OUTPUT &&
	    w->scratch.cap - w->scratch.n >= RESPONSE_SCRATCH;
}

/* Add a transfer for a request that ends at offset in_end of the input.  The
 * caller fills in its entry and r. */
static inline struct transfer *
batch_add(struct batch *b, size_t in_end)
{
	b->in_end[b->n] = in_end;
	return &b->transfer[b->n++];
}

/*
 * Complete the transfer that was added last.  Its head is in the output from
 * head_at on; a body in memory is sent with the same call.  request is the head
 * of its request, for -v=curl.
 */
void batch_complete(struct batch *b, struct worker *w, size_t head_at,
    struct slice request);

/*
 * Send all transfers on fd with one call, which lowers *quota, and finish those
 * that were sent completely.  TRANSFER_WAITS: transfer[b->n - 1] has more to
 * send, and belongs to the caller; later ones were dropped, because their
 * requests are still in the input.  TRANSFER_FAILED: the same, but there is no
 * transfer if b->n is 0.
 */
enum transfer_state batch_send(struct batch *b, struct worker *w, int fd,
    size_t *quota);

#endif
