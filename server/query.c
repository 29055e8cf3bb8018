#include "server/query.h"

bool
query_next(struct slice *rest, struct slice *parameter)
{
	if (rest->n == 0)
		return false;
	*parameter = slice_take_until(rest, '&');
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
	return (struct slice){ 0 };
}
