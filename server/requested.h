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

/* Was path, without a slash at its end, requested, or a path in it?  False also
 * if a later path has overwritten it. */
bool requested_has(const struct requested *r, struct slice path);

#endif
