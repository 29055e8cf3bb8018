/*
 * The memory that connections hold beyond their structure, in all loops: input,
 * kept fields of the log, listings, tables of archives, exchanges.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	BUDGET_TOTAL = 64 << 20,	/* bytes */
	/* The last bytes are for what every connection needs; listings,
	 * archives and kept fields do without them. */
	BUDGET_RESERVE = 2 << 20,
	BUDGET_SHORT = 54 << 20,	/* from here on room is made: room.h */
};

struct budget {
	atomic_size_t used;
};

/* Take n bytes, but not of the reserve.  False with ENOMEM. */
bool budget_take(struct budget *b, size_t n);

/* The same, of the reserve too. */
bool budget_take_reserve(struct budget *b, size_t n);

void budget_return(struct budget *b, size_t n);

/* malloc(3) and free(3) of memory that counts.  NULL with ENOMEM. */
void *budget_alloc(struct budget *b, size_t n);
void budget_free(struct budget *b, void *p);

/* The bytes that p was charged to the budget; 0 for NULL. */
size_t budget_size(const void *p);

#endif
