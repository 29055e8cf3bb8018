/* The answers of one connection that leave in one send. */
#ifndef BATCH_H
#define BATCH_H

#include "server/transfer.h"

enum { BATCH_MAX = 64 };

/* One of them: it stands in the turn's output, unsent. */
struct mark {
	struct exchange x;
	struct response r;
	size_t in_end;		/* of its request, in the input */
	size_t head_end, out_end;
};

struct batch {
	int n;
	bool has_last;
	bool full;		/* send first, then go on */
	struct transfer last;	/* what follows the last mark's bytes */
	struct mark mark[BATCH_MAX];
};

/* None so far.  Empties the turn's output and scratch. */
void batch_begin(struct batch *b, struct worker *w);

/* May one more be added? */
bool batch_has_room(const struct batch *b, const struct worker *w);

/* The next one, for a request that ends at in_end: make its response in r. */
struct mark *batch_add(struct batch *b, size_t in_end);

/*
 * Complete the one added last, whose head stands in the output from head_at on.
 * Bodies that are in memory go behind their heads, into the same send; of
 * others the head goes, and the rest waits in b->last.
 */
void batch_put(struct batch *b, struct worker *w, size_t head_at);

/*
 * One send on fd for all; *share is lowered.  Those that left whole are logged.
 * TRANSFER_WAITS: *a is the answer of the mark b->n - 1, to go on with; those
 * behind it are given up, for their requests are still in the input.
 * TRANSFER_FAILED: likewise, but if b->n is 0 there is none.
 */
enum transfer_state batch_send(struct batch *b, struct worker *w, int fd,
    size_t *share, struct transfer *a);

#endif
