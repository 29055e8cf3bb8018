#include "server/list.h"

/* Take the bytes before the next separator that is not in a quoted string. */
static struct slice
take_until(struct slice *rest, char separator)
{
	struct slice taken;
	bool quoted = false;
	size_t i = 0;

	for (; i < rest->n && (quoted || rest->p[i] != separator); i++) {
		if (rest->p[i] == '"')
			quoted = !quoted;
		else if (quoted && rest->p[i] == '\\' && i + 1 < rest->n)
			i++;
	}
	taken = slice_trim(slice_first(*rest, i));
	*rest = slice_skip(*rest, i < rest->n ? i + 1 : i);
	return taken;
}

bool
list_next(struct slice *rest, struct slice *element)
{
	while (rest->n > 0) {
		*element = take_until(rest, ',');
		if (element->n > 0)
			return true;
	}
	return false;
}

struct slice
list_take_part(struct slice *rest)
{
	return take_until(rest, ';');
}
