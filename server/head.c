#include "server/head.h"

#include <endian.h>

#include "server/ascii.h"
#include "server/list.h"

/* Bytes of a token, RFC 9110 section 5.6.2. */
static const bool tchar[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
	['!'] = true, ['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true,
	['\''] = true, ['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true,
	['^'] = true, ['_'] = true, ['`'] = true, ['|'] = true, ['~'] = true,
};

/*
 * Search eight bytes at once for one that is below least, or DEL.  The lowest
 * byte of the result with its high bit set is at the place of the first one.
 * Higher bytes may be wrong: a subtraction borrows from them.
 */
static inline uint64_t
find_delimiters(uint64_t x, unsigned least)
{
	const uint64_t each = 0x0101010101010101;
	uint64_t below = (x - each * least) & ~x;
	uint64_t del = x ^ each * 0x7f;

	return (below | ((del - each) & ~del)) & each * 0x80;
}

/* The first byte that is below least or DEL, or the end. */
static inline const char *
skip_text(const char *p, const char *end, unsigned least)
{
	while (end - p >= 8) {
		uint64_t x, stops;

		memcpy(&x, p, sizeof(x));
		stops = find_delimiters(le64toh(x), least);
		if (stops != 0)
			return p + __builtin_ctzll(stops) / 8;
		p += 8;
	}
	while (p < end && (unsigned char)*p >= least && *p != 0x7f)
		p++;
	return p;
}

/* The first byte that no field value has, or the end.  A value consists of
 * VCHAR, obs-text, SP and HTAB (RFC 9110 section 5.5). */
static inline const char *
skip_value(const char *p, const char *end)
{
	p = skip_text(p, end, 0x20);
	while (p < end && *p == '\t')
		p = skip_text(p + 1, end, 0x20);
	return p;
}

static inline const char *
skip_token(const char *p, const char *end)
{
	while (p < end && tchar[(unsigned char)*p])
		p++;
	return p;
}

const char *
head_skip_token(const char *p, const char *end)
{
	return skip_token(p, end);
}

const char *
head_skip_visible(const char *p, const char *end)
{
	return skip_text(p, end, 0x21);
}

static inline int
take_line_end(struct head_reader *in)
{
	char ending = '\n';

	if (in->p < in->end && *in->p == '\r')
		ending = *in->p++;
	if (in->p == in->end)
		return 0;
	if (*in->p++ != '\n')
		return -400;
	if (in->first_end == 0)
		in->first_end = ending;
	return in->first_end == ending ? 1 : -400;
}

int
head_take_line_end(struct head_reader *in)
{
	return take_line_end(in);
}

int
head_take_text(struct head_reader *in, struct slice *text)
{
	const char *start = in->p, *p = skip_value(start, in->end);

	*text = slice_between(start, p);
	in->p = p;
	return take_line_end(in);
}

/*
 * name ":" value, RFC 9112 section 5.  Blanks are not allowed before the name,
 * where they fold a line, or before the colon, where they hide the field from
 * some recipients.
 */
int
head_take_field(struct head_reader *in, struct slice *name,
    struct slice *value)
{
	const char *start = in->p, *p, *end;
	int r;

	if (start == in->end)
		return 0;
	if (*start == '\r' || *start == '\n')
		return take_line_end(in);
	if (in->fields++ == HEAD_FIELDS_MAX)
		return -431;
	p = skip_token(start, in->end);
	if (p == in->end)
		return 0;
	if (*p != ':' || p == start)
		return -400;
	*name = slice_between(start, p++);
	while (p < in->end && ascii_is_blank(*p))
		p++;
	start = p;
	p = skip_value(p, in->end);
	for (end = p; end > start && ascii_is_blank(end[-1]); end--)
		;
	*value = slice_between(start, end);
	in->p = p;
	r = take_line_end(in);
	return r == 1 ? HEAD_FIELD : r;
}

struct slice
head_fields(struct slice head)
{
	const char *first = (const char *)memchr(head.p, '\n', head.n) + 1;

	return slice_between(first, head.p + head.n);
}

bool
head_next_field(struct slice *rest, struct slice *name, struct slice *value)
{
	const char *colon, *end;

	if (rest->n == 0 || *rest->p == '\r' || *rest->p == '\n')
		return false;
	colon = memchr(rest->p, ':', rest->n);
	end = colon == NULL ? NULL : memchr(colon, '\n',
	    (size_t)(rest->p + rest->n - colon));
	if (end == NULL)
		return false;
	*name = slice_between(rest->p, colon);
	*rest = slice_between(end + 1, rest->p + rest->n);
	if (end[-1] == '\r')
		end--;
	*value = slice_trim(slice_between(colon + 1, end));
	return true;
}

void
head_read_connection(struct head_reader *in, struct slice value)
{
	struct slice option;

	while (list_next(&value, &option)) {
		if (slice_equal_nocase(option, SLICE("close")))
			in->close = true;
		else if (slice_equal_nocase(option, SLICE("keep-alive")))
			in->keep_alive = true;
		else if (slice_equal_nocase(option, SLICE("upgrade")))
			in->upgrade = true;
		else
			in->names_fields = true;
	}
}

bool
head_parse_length(struct slice value, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < value.n; i++) {
		uint64_t digit = (uint64_t)(value.p[i] - '0');

		if (!ascii_is_digit(value.p[i]) ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return false;
	}
	*out = v;
	return value.n > 0;
}

bool
head_is_token(struct slice s)
{
	return s.n > 0 && skip_token(s.p, s.p + s.n) == s.p + s.n;
}

bool
head_is_field_value(struct slice s)
{
	return s.n == 0 || skip_value(s.p, s.p + s.n) == s.p + s.n;
}
