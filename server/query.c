#include "server/query.h"

bool
query_next(struct slice *rest, struct slice *parameter)
{
	const char *end;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, '&', rest->n);
	*parameter = end != NULL ? slice_between(rest->p, end) : *rest;
	*rest = slice_skip(*rest, parameter->n + (end != NULL));
	return true;
}

struct slice
query_find(struct slice query, struct slice name)
{
	struct slice parameter;

	slice_take_byte(&query, '?');
	while (query_next(&query, &parameter))
		if (slice_starts(parameter, name) &&
		    slice_starts(slice_skip(parameter, name.n), SLICE("=")))
			return slice_skip(parameter, name.n + 1);
	return SLICE("");
}
