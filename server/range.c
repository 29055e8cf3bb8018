#include "server/range.h"

#include "server/list.h"

/*
 * A request for more parts than this gets the whole file at once: each part is
 * compared with all before it, which must stay cheap.
 */
enum { PARTS_MAX = 4 * RANGE_MAX };

/* A number that is too large becomes INT64_MAX: past the end of any file. */
static bool
take_position(struct slice *s, off_t *out)
{
	uint64_t v;
	bool digits = slice_take_number(s, INT64_MAX, &v);

	*out = (off_t)v;
	return digits;
}

/*
 * One range-spec, section 14.1.1.  Returns 1 with *r inside of size, 0 if it is
 * not satisfiable, -1 if it is malformed.  A suffix of an empty representation
 * is satisfiable, but Content-Range cannot express it: *r is then empty (its
 * last is before its first).
 */
static int
parse_spec(struct slice s, off_t size, struct range *r)
{
	off_t n;

	if (slice_take_byte(&s, '-')) {
		if (!take_position(&s, &n) || s.n > 0)
			return -1;
		r->first = n < size ? size - n : 0;
		r->last = size - 1;
		return n > 0;
	}
	if (!take_position(&s, &r->first) || !slice_take_byte(&s, '-'))
		return -1;
	r->last = INT64_MAX;
	if (s.n > 0 && (!take_position(&s, &r->last) || s.n > 0))
		return -1;
	if (r->last < r->first)
		return -1;
	if (r->last >= size)
		r->last = size - 1;
	return r->first < size;
}

/* Do a and b overlap, or does one start right after the other? */
static bool
touch(const struct range *a, const struct range *b)
{
	return a->first <= b->last + 1 && b->first <= a->last + 1;
}

/*
 * Add a part to n others that do not touch each other.  Those that it touches
 * are merged with it, at the position of the first.  A union touches only parts
 * that one of its halves touched, so one pass is enough.  Returns the number of
 * parts.
 */
static int
add_part(struct range *r, int n, struct range part)
{
	int place = n, kept = 0;

	for (int i = 0; i < n; i++) {
		if (!touch(&r[i], &part)) {
			r[kept++] = r[i];
			continue;
		}
		if (r[i].first < part.first)
			part.first = r[i].first;
		if (r[i].last > part.last)
			part.last = r[i].last;
		if (place == n)
			place = kept++;
	}
	if (place == n)
		place = kept++;
	r[place] = part;
	return kept;
}

int
range_parse(struct slice value, off_t size, struct range r[RANGE_MAX])
{
	const struct slice unit = SLICE("bytes=");
	struct range parts[PARTS_MAX], part;
	struct slice spec;
	int specs = 0, n = 0;

	if (!slice_starts_nocase(value, unit))
		return 0;
	value = slice_skip(value, unit.n);
	while (list_next(&value, &spec)) {
		int status = parse_spec(spec, size, &part);

		if (status == -1 || ++specs > PARTS_MAX)
			return 0;
		if (status == 1)
			n = add_part(parts, n, part);
	}
	if (specs > 0 && n == 0)
		return -416;
	if (n > RANGE_MAX || size == 0)
		return 0;
	memcpy(r, parts, (size_t)n * sizeof(*r));
	return n;
}

void
range_put_content(struct buf *b, struct range range, off_t size)
{
	buf_lit(b, "Content-Range: bytes ");
	buf_number(b, (uint64_t)range.first);
	buf_byte(b, '-');
	buf_number(b, (uint64_t)range.last);
	buf_byte(b, '/');
	buf_number(b, (uint64_t)size);
	buf_lit(b, "\r\n");
}
