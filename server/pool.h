/* Buffers that outlive an iteration, from the free lists of one loop. */
#ifndef POOL_H
#define POOL_H

#include "server/budget.h"

enum {
	POOL_SIZES = 6,
	POOL_SMALL = 512,	/* bytes of the smallest buffer */
	POOL_MAX = 160 << 10,	/* bytes of the largest buffer */
};

struct pool_buffer;

struct pool {
	struct budget *budget;	/* counts the buffers in use; the caller sets
				   it */
	struct pool_buffer *spare[POOL_SIZES];
	unsigned spares[POOL_SIZES];
};

/* Free the spare buffers. */
void pool_free(struct pool *pool);

/*
 * A buffer of at least n bytes; n is at most POOL_MAX.  NULL with ENOMEM, also
 * if the budget is used up.
 */
void *pool_get(struct pool *pool, size_t n);

/* The bytes of the budget that p, a buffer or NULL, takes. */
size_t pool_size(const void *p);

/* Put a buffer back; NULL is ignored. */
void pool_put(struct pool *pool, void *p);

#endif
