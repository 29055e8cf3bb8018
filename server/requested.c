#include "server/requested.h"

void
requested_add(struct requested *r, struct slice path)
{
	uint64_t hash = SLICE_HASH;

	for (size_t i = 0; i < path.n; i++) {
		if (path.p[i] == '/')
			r->hash[hash % REQUESTED_MAX] = hash;
		hash = slice_hash(hash, slice_first(slice_skip(path, i), 1));
	}
	if (path.p[path.n - 1] != '/')
		r->hash[hash % REQUESTED_MAX] = hash;
}

bool
requested_has(const struct requested *r, struct slice path)
{
	uint64_t hash = slice_hash(SLICE_HASH, path);

	return r->hash[hash % REQUESTED_MAX] == hash;
}
