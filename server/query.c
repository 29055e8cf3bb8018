#include "server/query.h"

struct slice
query_find(struct slice query, struct slice name)
{
	slice_take_byte(&query, '?');
	while (query.n > 0) {
		const char *end = memchr(query.p, '&', query.n);
		struct slice one = end != NULL ? slice_between(query.p, end) :
		    query;

		if (slice_starts(one, name) &&
		    slice_starts(slice_skip(one, name.n), SLICE("=")))
			return slice_skip(one, name.n + 1);
		query = slice_skip(query, one.n + (end != NULL));
	}
	return SLICE("");
}
