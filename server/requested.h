/* The paths that visitors have requested, as hashes.  Pure. */
#ifndef REQUESTED_H
#define REQUESTED_H

#include "server/slice.h"

enum { REQUESTED_MAX = 4096 };

/* Zeros at first.  A later path may overwrite an earlier one. */
struct requested {
	uint64_t hash[REQUESTED_MAX];
};

/*
 * Remember a path, without the slash at its end, and its parent folders.  path
 * is not empty.
 */
void requested_add(struct requested *r, struct slice path);

bool requested_has(const struct requested *r, struct slice path);

#endif
