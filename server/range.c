#include "server/range.h"

/*
 * A request for more parts than this is answered with the whole at once: each
 * is compared with all before it, which must stay cheap.
 */
enum { PARTS_MAX = 4 * RANGE_MAX };

/*
 * The digits at the start of *s, which moves past them.  A number too large
 * becomes INT64_MAX, which is past the end of any file.  False without a digit.
 */
static bool
take_number(struct slice *s, off_t *out)
{
	off_t v = 0;
	size_t i = 0;

	for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, s->p[i] - '0', &v))
			v = INT64_MAX;
	}
	s->p += i;
	s->n -= i;
	*out = v;
	return i > 0;
}

static bool
take_hyphen(struct slice *s)
{
	if (s->n == 0 || s->p[0] != '-')
		return false;
	s->p++;
	s->n--;
	return true;
}

/*
 * One range-spec, section 14.1.1.  Returns 1 with *r inside of size, 0 if it is
 * not satisfiable, -1 if it is malformed.  A suffix of an empty representation
 * is satisfiable, but no Content-Range could name it: *r is empty then (its
 * last before its first).
 */
static int
parse_spec(struct slice s, off_t size, struct range *r)
{
	off_t n;

	if (take_hyphen(&s)) {
		if (!take_number(&s, &n) || s.n > 0)
			return -1;
		r->first = n < size ? size - n : 0;
		r->last = size - 1;
		return n > 0;
	}
	if (!take_number(&s, &r->first) || !take_hyphen(&s))
		return -1;
	r->last = INT64_MAX;
	if (s.n > 0 && (!take_number(&s, &r->last) || s.n > 0))
		return -1;
	if (r->last < r->first)
		return -1;
	if (r->last >= size)
		r->last = size - 1;
	return r->first < size;
}

/* Do they overlap, or does one start where the other ends? */
static bool
touch(const struct range *a, const struct range *b)
{
	return a->first <= b->last + 1 && b->first <= a->last + 1;
}

/*
 * Add a part to n others that do not touch each other, making one of those that
 * it touches, at the place of the first of them.  A union touches only what one
 * of its halves did, so one pass will do.  Returns how many there are now.
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

	if (value.n < unit.n ||
	    !slice_equal_nocase((struct slice){ value.p, unit.n }, unit))
		return 0;
	value.p += unit.n;
	value.n -= unit.n;
	while (http_list_next(&value, &spec)) {
		int one = parse_spec(spec, size, &part);

		if (one == -1 || ++specs > PARTS_MAX)
			return 0;
		if (one == 1)
			n = add_part(parts, n, part);
	}
	if (specs > 0 && n == 0)
		return -416;
	if (n > RANGE_MAX || size == 0)
		return 0;
	memcpy(r, parts, (size_t)n * sizeof(*r));
	return n;
}
