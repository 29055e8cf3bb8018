#include "server/http_path.h"

#include "server/ascii.h"

int
http_decode_escape(struct slice s)
{
	int high, low;

	if (s.n < 3 || s.p[0] != '%')
		return -1;
	high = ascii_hex_value(s.p[1]);
	low = ascii_hex_value(s.p[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/*
 * Decode a segment up to its '/' into out.  Returns the number of bytes taken
 * from s; *end is the end of the decoded bytes.
 */
static ssize_t
decode_segment(struct slice s, char *out, char **end)
{
	size_t i = 0;

	for (; i < s.n && s.p[i] != '/'; i++) {
		int c = (unsigned char)s.p[i];

		if (c == '%') {
			c = http_decode_escape(slice_skip(s, i));
			if (c == '/')
				return -404;
			i += 2;
		}
		if (c <= 0)
			return -400;
		*out++ = (char)c;
	}
	*end = out;
	return (ssize_t)i;
}

/* The end of out..p without its last segment; the top folder stays. */
static char *
parent(const char *out, char *p)
{
	if (p - out > 1) {
		do
			p--;
		while (p[-1] != '/');
	}
	return p;
}

ssize_t
http_decode_path(struct slice path, char *out)
{
	size_t i = path.n > 0 && path.p[0] == '/' ? 1 : 0;
	char *p = out, *end;

	/* Whenever a segment starts, p follows a slash. */
	for (*p++ = '/';; i++) {
		ssize_t taken = decode_segment(slice_skip(path, i), p, &end);
		struct slice segment;

		if (taken < 0)
			return taken;
		i += (size_t)taken;
		segment = slice_between(p, end);
		if (slice_equal(segment, SLICE(".."))) {
			p = parent(out, p);
		} else if (segment.n > 0 && !slice_equal(segment, SLICE("."))) {
			p = end;
			if (i < path.n)
				*p++ = '/';
		}
		if (i == path.n)
			break;
	}
	*p = '\0';
	return p - out;
}

bool
http_next_segment(struct slice *rest, struct slice *segment)
{
	while (slice_take_byte(rest, '/'))
		;
	*segment = slice_before(*rest, '/');
	*rest = slice_skip(*rest, segment->n);
	return segment->n > 0;
}
