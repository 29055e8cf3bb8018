#include "server/budget.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

/* In front of the bytes that the caller gets. */
struct block {
	_Alignas(max_align_t) size_t size;
	_Alignas(max_align_t) char bytes[];
};

static bool
take(struct budget *b, size_t n, size_t most)
{
	if (atomic_fetch_add(&b->used, n) + n <= most)
		return true;
	atomic_fetch_sub(&b->used, n);
	errno = ENOMEM;
	return false;
}

bool
budget_take(struct budget *b, size_t n)
{
	return take(b, n, BUDGET_TOTAL - BUDGET_RESERVE);
}

bool
budget_take_reserve(struct budget *b, size_t n)
{
	return take(b, n, BUDGET_TOTAL);
}

void
budget_return(struct budget *b, size_t n)
{
	atomic_fetch_sub(&b->used, n);
}

static struct block *
block_of(const void *p)
{
	return (struct block *)((char *)(uintptr_t)p -
	    offsetof(struct block, bytes));
}

void *
budget_alloc(struct budget *b, size_t n)
{
	size_t size = sizeof(struct block) + n;
	struct block *block;

	if (!budget_take(b, size))
		return NULL;
	block = malloc(size);
	if (block == NULL) {
		budget_return(b, size);
		return NULL;
	}
	block->size = size;
	/* cppcheck-suppress memleak ; budget_free() finds the block */
	return block->bytes;
}

void
budget_free(struct budget *b, void *p)
{
	if (p == NULL)
		return;
	budget_return(b, block_of(p)->size);
	free(block_of(p));
}

size_t
budget_size(const void *p)
{
	return p != NULL ? block_of(p)->size : 0;
}
