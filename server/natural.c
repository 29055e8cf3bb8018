#include "server/natural.h"

#include "server/ascii.h"

/* The bytes of UTF-8 sort in the order of the code points. */
static inline int
rank(char c)
{
	return (unsigned char)ascii_lower(c);
}

/*
 * How many bytes at the start can be skipped: they are equal, and no number
 * continues after them.
 */
static size_t
common_start(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n, i = 0;
	uint64_t x, y;

	for (; n - i >= sizeof(x); i += sizeof(x)) {
		memcpy(&x, a.p + i, sizeof(x));
		memcpy(&y, b.p + i, sizeof(y));
		if (x != y)
			break;
	}
	while (i < n && a.p[i] == b.p[i])
		i++;
	while (i > 0 && ascii_is_digit(a.p[i - 1]))
		i--;
	return i;
}

/* Compare the runs of digits at the start of both, and move both past them. */
static int
compare_numbers(struct slice *a, struct slice *b)
{
	int order = 0;

	while (slice_take_byte(a, '0'))
		;
	while (slice_take_byte(b, '0'))
		;
	for (;; *a = slice_skip(*a, 1), *b = slice_skip(*b, 1)) {
		bool more_a = a->n > 0 && ascii_is_digit(a->p[0]);
		bool more_b = b->n > 0 && ascii_is_digit(b->p[0]);

		/* The longer run is larger, else the first difference
		 * counts. */
		if (!more_a || !more_b)
			return more_a != more_b ? more_a - more_b : order;
		if (order == 0)
			order = a->p[0] - b->p[0];
	}
}

static int
compare_bytes(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

int
natural_compare(struct slice a, struct slice b)
{
	size_t same = common_start(a, b);
	struct slice x = slice_skip(a, same), y = slice_skip(b, same);

	while (x.n > 0 && y.n > 0) {
		int order;

		if (ascii_is_digit(x.p[0]) && ascii_is_digit(y.p[0])) {
			order = compare_numbers(&x, &y);
		} else {
			order = rank(x.p[0]) - rank(y.p[0]);
			x = slice_skip(x, 1);
			y = slice_skip(y, 1);
		}
		if (order != 0)
			return order;
	}
	if (x.n != y.n)
		return x.n < y.n ? -1 : 1;
	return compare_bytes(a, b);
}
