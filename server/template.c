#include "server/template.h"

bool
template_next(struct slice *rest, struct slice *text, struct slice *name)
{
	struct slice s = *rest;
	const char *start, *end;

	if (s.n == 0)
		return false;
	*text = s;
	*name = *rest = SLICE("");
	start = memmem(s.p, s.n, "{{", 2);
	if (start == NULL)
		return true;
	*text = slice_between(s.p, start);
	s = slice_between(start + 2, s.p + s.n);
	end = memmem(s.p, s.n, "}}", 2);
	if (end == NULL)
		return true;
	*name = slice_between(s.p, end);
	*rest = slice_between(end + 2, s.p + s.n);
	return true;
}
