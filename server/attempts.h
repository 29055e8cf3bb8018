/*
 * Wrong keys, counted for each client, and for all together: guessing does not
 * get far.  Shared by all loops.
 */
#ifndef ATTEMPTS_H
#define ATTEMPTS_H

#include "server/client.h"

enum {
	ATTEMPTS_KEYS = 10,	/* different wrong keys of one client */
	ATTEMPTS_ALL = 100,	/* tries of all clients in a minute */
	ATTEMPTS_WAIT_S = 60,	/* then: for so long */
	ATTEMPTS_DELAY_NS = 1000000000,	/* each try beyond ATTEMPTS_ALL */
};

struct attempts;

/* NULL with ENOMEM. */
struct attempts *attempts_new(void);
void attempts_free(struct attempts *a);

/*
 * The client tried n wrong keys, given as hashes that tell them apart.  True if
 * it had tried ATTEMPTS_KEYS before and has to wait: this one does not count.
 */
bool attempts_add(struct attempts *a, const struct client *c,
    const uint64_t *key, int n, int64_t now_ns);

/* Have all clients together tried so often in the last minute that a further
 * try has to be delayed? */
bool attempts_are_many(const struct attempts *a, int64_t now_ns);

#endif
