#include "server/disposition.h"

/* Cut a name that is too long, between two characters. */
static struct slice
cut_name(struct slice name)
{
	size_t n = DISPOSITION_NAME_MAX;

	if (name.n <= n)
		return name;
	while (n > 0 && (name.p[n] & 0xc0) == 0x80)
		n--;
	return slice_first(name, n);
}

/* Is c allowed in a quoted string, and in a file name on every system? */
static bool
is_safe(uint32_t c)
{
	return c >= 0x20 && c != 0x7f && (c > 0x7f || c == ' ' ||
	    strchr("\"*/:<>?\\|%", (int)c) == NULL);
}

static void
put_fallback(struct buf *b, struct slice name)
{
	uint32_t cp;

	while (name.n > 0) {
		size_t n = slice_utf8(name, &cp);

		buf_byte(b, n == 1 && is_safe(cp) ? (char)cp : '_');
		name = slice_skip(name, n > 0 ? n : 1);
	}
}

/* Escape all bytes but attr-char; buf_url() escapes a few more. */
static void
put_extended(struct buf *b, struct slice name)
{
	uint32_t cp;

	while (name.n > 0) {
		size_t n = slice_utf8(name, &cp);
		struct slice one = slice_first(name, n > 0 ? n : 1);

		buf_url(b, n > 0 && (is_safe(cp) || cp == '%') ? one :
		    SLICE("_"));
		name = slice_skip(name, one.n);
	}
}

void
disposition_put(struct buf *b, struct slice name, struct slice ending)
{
	size_t from;

	name = cut_name(name);
	buf_lit(b, "attachment; filename=\"");
	from = b->n;
	put_fallback(b, name);
	if (slice_equal(buf_since(b, from), name)) {
		buf_put(b, ending);
		buf_byte(b, '"');
		return;
	}
	buf_put(b, ending);
	buf_lit(b, "\"; filename*=UTF-8''");
	put_extended(b, name);
	buf_put(b, ending);
}
