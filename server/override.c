#include "server/override.h"

static bool
is_name(struct slice name, const char *other)
{
	return slice_equal_nocase(name, slice_of(other));
}

/* Does -H set this field? */
static bool
is_set_by_user(const struct server *server, struct slice name)
{
	const struct options *opt = server->opt;

	for (int i = 0; i < opt->header_count; i++)
		if (slice_equal_nocase(opt->headers[i].name, name))
			return true;
	return false;
}

static bool
is_allowed(const struct server *server, struct slice name,
    enum override_body body)
{
	if (is_set_by_user(server, name) || is_name(name, "Content-Type"))
		return false;
	if (is_name(name, "Cache-Control"))
		return body == OVERRIDE_FILE && server->live == NULL;
	/* A URL with the key must not reach other sites. */
	if (server->key != NULL && is_name(name, "Referrer-Policy"))
		return false;
	return body != OVERRIDE_OWN ||
	    !is_name(name, "Content-Security-Policy");
}

/* Do the changes remove the line of this field?  Not Vary: it gets values. */
static bool
is_replaced(const struct server *server, struct slice name,
    const struct rules_change *change, unsigned count,
    enum override_body body)
{
	for (unsigned i = 0; i < count; i++)
		if (slice_equal_nocase(change[i].name, name))
			return (change[i].value.n == 0 ||
			    !is_name(name, "Vary")) &&
			    is_allowed(server, name, body);
	return false;
}

/* Take the line at *at, with its CR LF. */
static struct slice
next_line(const struct buf *out, size_t *at)
{
	const char *start = out->p + *at;
	const char *end = memchr(start, '\n', out->n - *at);
	struct slice line = slice_between(start, end + 1);

	*at += line.n;
	return line;
}

/* Remove the replaced lines.  If the head was complete, also remove its empty
 * line and return true. */
static bool
drop_lines(const struct server *server, struct buf *out, size_t from,
    const struct rules_change *change, unsigned count,
    enum override_body body)
{
	size_t at = from, to;

	next_line(out, &at);		/* the status line */
	for (to = at; at < out->n;) {
		struct slice line = next_line(out, &at);
		const char *colon = memchr(line.p, ':', line.n);

		if (colon == NULL) {
			out->n = to;
			return true;
		}
		if (is_replaced(server, slice_between(line.p, colon), change,
		    count, body))
			continue;
		memmove(out->p + to, line.p, line.n);
		to += line.n;
	}
	out->n = to;
	return false;
}

void
override_head(const struct server *server, struct buf *out, size_t from,
    const struct rules_change *change, unsigned count, enum override_body body)
{
	bool complete = drop_lines(server, out, from, change, count, body);

	for (unsigned i = 0; i < count; i++) {
		if (change[i].value.n == 0 ||
		    !is_allowed(server, change[i].name, body))
			continue;
		buf_put(out, change[i].name);
		buf_lit(out, ": ");
		buf_put(out, change[i].value);
		buf_lit(out, "\r\n");
	}
	if (complete)
		buf_lit(out, "\r\n");
}

const struct rules_change *
override_type(const struct server *server, const struct rules_change *change,
    unsigned count)
{
	struct slice type = SLICE("Content-Type");

	for (unsigned i = 0; i < count; i++)
		if (slice_equal_nocase(change[i].name, type))
			return is_set_by_user(server, type) ? NULL : &change[i];
	return NULL;
}
