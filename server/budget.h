/*
 * The memory that connections hold beyond their structure, in all loops: input,
 * fields saved for the log, listings, tables of archives, exchanges with
 * applications.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	BUDGET_TOTAL = 64 << 20,	/* bytes */
	/* The last bytes are for what every connection needs; listings,
	 * archives and saved log fields do without them. */
	BUDGET_RESERVE = 2 << 20,
	/* Above this, connections are closed to make room: evict.h. */
	BUDGET_SHORT = 54 << 20,
};

struct budget {
	atomic_size_t used;
};

/* Charge n bytes, without using the reserve.  False with ENOMEM. */
bool budget_take(struct budget *b, size_t n);

/* The same, with the reserve. */
bool budget_take_reserve(struct budget *b, size_t n);

/* Give back n bytes of either. */
void budget_return(struct budget *b, size_t n);

/* malloc(3) and free(3) of memory that is charged.  NULL with ENOMEM. */
void *budget_alloc(struct budget *b, size_t n);
void budget_free(struct budget *b, void *p);

/* The bytes that the budget was charged for p; 0 for NULL. */
size_t budget_size(const void *p);

#endif
