#include "server/slice.h"

#include "server/ascii.h"

struct slice
slice_before_any(struct slice s, const char *stops)
{
	size_t n = 0;

	while (n < s.n && (s.p[n] == '\0' || strchr(stops, s.p[n]) == NULL))
		n++;
	return slice_first(s, n);
}

bool
slice_equal_nocase(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (a.p[i] != b.p[i] &&
		    ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	}
	return true;
}

bool
slice_starts_nocase(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n &&
	    slice_equal_nocase(slice_first(s, prefix.n), prefix);
}

bool
slice_ends_nocase(struct slice s, struct slice suffix)
{
	return s.n >= suffix.n &&
	    slice_equal_nocase(slice_skip(s, s.n - suffix.n), suffix);
}

bool
slice_take_number(struct slice *s, uint64_t most, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < s->n && ascii_is_digit(s->p[i]); i++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s->p[i] - '0'), &v) ||
		    v > most)
			v = most;
	}
	*s = slice_skip(*s, i);
	*out = v;
	return i > 0;
}

size_t
slice_count(struct slice s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

uint64_t
slice_hash(uint64_t hash, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * 0x100000001b3;
	return hash;
}

struct slice
slice_trim(struct slice s)
{
	while (s.n > 0 && ascii_is_blank(s.p[0]))
		s = slice_skip(s, 1);
	while (s.n > 0 && ascii_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

size_t
slice_utf8(struct slice s, uint32_t *cp)
{
	/* The smallest code point that needs so many bytes. */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = s.n > 0 ? (unsigned char)s.p[0] : 0xff;
	size_t n = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 :
	    first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
	uint32_t c;

	if (n == 0 || n > s.n)
		return 0;
	c = n == 1 ? first : first & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s.p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*cp = c;
	return n;
}

struct slice
slice_first_characters(struct slice s, size_t limit)
{
	size_t n = 0;

	for (; limit > 0 && n < s.n; limit--) {
		uint32_t cp;
		size_t length = slice_utf8(slice_skip(s, n), &cp);

		n += length > 0 ? length : 1;
	}
	return slice_first(s, n);
}

bool
slice_is_utf8(struct slice s)
{
	uint32_t cp;

	while (s.n > 0) {
		size_t n = slice_utf8(s, &cp);

		if (n == 0)
			return false;
		s = slice_skip(s, n);
	}
	return true;
}
