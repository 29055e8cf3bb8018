/* The responses of one connection that leave in one send. */
#ifndef BATCH_H
#define BATCH_H

#include "server/transfer.h"

enum { BATCH_MAX = 64 };

/*
 * Each transfer's span stands in the worker's output, unsent.  The batch owns
 * the transfers, and so their bodies, until batch_send().
 */
struct batch {
	int n;
	bool full;		/* send it before you add another */
	size_t out_n;		/* bytes of output in spans so far */
	size_t in_end[BATCH_MAX];	/* of each request, in the input */
	struct transfer transfer[BATCH_MAX];
};

/* Start with an empty batch, output and scratch. */
void batch_begin(struct batch *b, struct worker *w);

/* May one more be added? */
bool batch_has_room(const struct batch *b, const struct worker *w);

/* Add one for a request that ends at in_end: fill in its x and r. */
struct transfer *batch_add(struct batch *b, size_t in_end);

/*
 * Complete the transfer added last, whose head stands in the output from
 * head_at on.  A body that is in memory follows its head into the same send.
 * request is its request's head, for -v=curl.
 */
void batch_put(struct batch *b, struct worker *w, size_t head_at,
    struct slice request);

/*
 * Send them all on fd with one call; *quota is lowered.  Finishes those that
 * left whole.  TRANSFER_WAITS: transfer[b->n - 1], now the caller's, has more
 * to send; those behind it were dropped, for their requests are still in the
 * input.  TRANSFER_FAILED: the same, but there is no transfer if b->n is 0.
 */
enum transfer_state batch_send(struct batch *b, struct worker *w, int fd,
    size_t *quota);

#endif
