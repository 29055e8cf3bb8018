/*
 * Counts wrong keys, of each client and of all clients together, to limit
 * guessing.  Shared by all loops.
 */
#ifndef ATTEMPTS_H
#define ATTEMPTS_H

#include "server/address.h"

enum {
	ATTEMPTS_KEYS = 10,	/* different wrong keys of one client, which
				   then waits for a minute */
	ATTEMPTS_ALL = 100,	/* tries of all clients in a minute */
	ATTEMPTS_DELAY_NS = 1000000000,	/* of each try after ATTEMPTS_ALL */
};

struct attempts;

/* NULL with ENOMEM. */
struct attempts *attempts_new(void);
void attempts_free(struct attempts *a);

/*
 * The client tried n wrong keys at now_ns (clock_monotonic()), given as hashes
 * to tell them apart.  True if it has tried ATTEMPTS_KEYS before and has to
 * wait: then these keys do not count.
 */
bool attempts_add(struct attempts *a, const struct address *c,
    const uint64_t *key, int n, int64_t now_ns);

/* Has the limit for all clients together been reached in this minute?  Then
 * delay each further try. */
bool attempts_are_many(const struct attempts *a, int64_t now_ns);

#endif
