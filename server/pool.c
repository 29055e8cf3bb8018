#include "server/pool.h"

#include <stdlib.h>

/* Most heads that arrive in pieces fit the first, small files the second. */
static const size_t buffer_size[POOL_SIZES] = {
	POOL_SMALL, 40 << 10, POOL_MAX,
};

enum { SPARES_MAX = 64 };	/* free buffers kept per size */

struct pool_buffer {
	struct pool_buffer *next;
	size_t kind;
	char bytes[];
};

void
pool_free(struct pool *pool)
{
	for (size_t i = 0; i < POOL_SIZES; i++) {
		struct pool_buffer *b = pool->spare[i], *next;

		for (; b != NULL; b = next) {
			next = b->next;
			free(b);
		}
	}
}

void *
pool_get(struct pool *pool, size_t n)
{
	struct pool_buffer *b;
	size_t kind = 0;

	while (buffer_size[kind] < n)
		kind++;
	b = pool->spare[kind];
	if (b != NULL) {
		pool->spare[kind] = b->next;
		pool->spares[kind]--;
		return b->bytes;
	}
	b = malloc(sizeof(*b) + buffer_size[kind]);
	if (b == NULL)
		return NULL;
	b->kind = kind;
	return b->bytes;
}

void
pool_put(struct pool *pool, void *p)
{
	struct pool_buffer *b;

	if (p == NULL)
		return;
	b = (void *)((char *)p - offsetof(struct pool_buffer, bytes));
	if (pool->spares[b->kind] == SPARES_MAX) {
		free(b);
		return;
	}
	b->next = pool->spare[b->kind];
	pool->spare[b->kind] = b;
	pool->spares[b->kind]++;
}
