#include "server/pool.h"

#include <stdint.h>
#include <stdlib.h>

/* Most heads that arrive in pieces fit the first size, most exchanges with
 * applications the second, one recv(2) of pipelined requests the fourth, a
 * small file the fifth. */
static const size_t buffer_size[POOL_SIZES] = {
	POOL_SMALL, 1 << 10, 4 << 10, 16 << 10, 40 << 10, POOL_MAX,
};

/* How many free buffers of each size a loop keeps: about 1 MiB in all. */
static const unsigned spares_max[POOL_SIZES] = { 64, 64, 16, 8, 8, 4 };

struct pool_buffer {
	struct pool_buffer *next;
	size_t size_class;	/* index in buffer_size */
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
		pool->spare[i] = NULL;
		pool->spares[i] = 0;
	}
}

static size_t
class_bytes(size_t size_class)
{
	return sizeof(struct pool_buffer) + buffer_size[size_class];
}

static struct pool_buffer *
take_spare(struct pool *pool, size_t size_class)
{
	struct pool_buffer *b = pool->spare[size_class];

	if (b != NULL) {
		pool->spare[size_class] = b->next;
		pool->spares[size_class]--;
	}
	return b;
}

void *
pool_get(struct pool *pool, size_t n)
{
	struct pool_buffer *b;
	size_t size_class = 0;

	while (buffer_size[size_class] < n)
		size_class++;
	if (!budget_take_reserve(pool->budget, class_bytes(size_class)))
		return NULL;
	b = take_spare(pool, size_class);
	if (b == NULL)
		b = malloc(class_bytes(size_class));
	if (b == NULL) {
		budget_return(pool->budget, class_bytes(size_class));
		return NULL;
	}
	b->size_class = size_class;
	return b->bytes;
}

static struct pool_buffer *
buffer_of(const void *p)
{
	return (struct pool_buffer *)((char *)(uintptr_t)p -
	    offsetof(struct pool_buffer, bytes));
}

size_t
pool_size(const void *p)
{
	return p != NULL ? class_bytes(buffer_of(p)->size_class) : 0;
}

void
pool_put(struct pool *pool, void *p)
{
	struct pool_buffer *b;

	if (p == NULL)
		return;
	b = buffer_of(p);
	budget_return(pool->budget, class_bytes(b->size_class));
	if (pool->spares[b->size_class] == spares_max[b->size_class]) {
		free(b);
		return;
	}
	b->next = pool->spare[b->size_class];
	pool->spare[b->size_class] = b;
	pool->spares[b->size_class]++;
}
