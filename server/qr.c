/* Sections and tables named here are those of ISO/IEC 18004:2015. */
#include "server/qr.h"

#include <limits.h>
#include <stdlib.h>

enum {
	VERSIONS = 10,
	MASKS = 8,
	CODEWORDS_MAX = 346,
	ECC_MAX = 30,		/* error correction codewords of one block */
	BYTE_MODE = 4,
	LEVEL_L = 1,
};

/* Table 9, level L.  Blocks differ in length by at most one codeword. */
static const struct version {
	int codewords;		/* data and error correction */
	int ecc;		/* error correction codewords of each block */
	int blocks;
	int align[3];		/* table E.1; the last ones are 0 if unused */
} versions[VERSIONS + 1] = {
	[1] = { 26, 7, 1, { 0 } },
	[2] = { 44, 10, 1, { 6, 18 } },
	[3] = { 70, 15, 1, { 6, 22 } },
	[4] = { 100, 20, 1, { 6, 26 } },
	[5] = { 134, 26, 1, { 6, 30 } },
	[6] = { 172, 18, 2, { 6, 34 } },
	[7] = { 196, 20, 2, { 6, 22, 38 } },
	[8] = { 242, 24, 2, { 6, 24, 42 } },
	[9] = { 292, 30, 2, { 6, 26, 46 } },
	[10] = { 346, 18, 4, { 6, 28, 50 } },
};

/* A code under construction. */
struct canvas {
	struct qr *q;
	int version;
	/* Modules that hold no data: patterns, format, version. */
	bool fixed[QR_SIZE_MAX][QR_SIZE_MAX];
};

/* ---- codewords: sections 7.4 to 7.6 ---- */

static int
data_codewords(int version)
{
	const struct version *v = &versions[version];

	return v->codewords - v->ecc * v->blocks;
}

/* Bits of the count of characters: table 3. */
static int
count_bits(int version)
{
	return version < 10 ? 8 : 16;
}

/* The smallest version that holds the text, or 0. */
static int
choose_version(size_t n)
{
	for (int v = 1; v <= VERSIONS; v++)
		if (4 + (size_t)count_bits(v) + 8 * n <=
		    8 * (size_t)data_codewords(v))
			return v;
	return 0;
}

static void
put_bits(unsigned char *out, size_t *at, unsigned value, int bits)
{
	while (bits-- > 0) {
		unsigned bit = value >> bits & 1;

		out[*at / 8] |= (unsigned char)(bit << (7 - *at % 8));
		++*at;
	}
}

/* The text, and padding up to the version's size.  out is all zeros. */
static void
encode_text(unsigned char *out, int version, struct slice text)
{
	static const unsigned char padding[2] = { 0xec, 0x11 };
	size_t at = 0, end = (size_t)data_codewords(version);

	put_bits(out, &at, BYTE_MODE, 4);
	put_bits(out, &at, (unsigned)text.n, count_bits(version));
	for (size_t i = 0; i < text.n; i++)
		put_bits(out, &at, (unsigned char)text.p[i], 8);
	/* The terminator is four zeros, which complete the last byte. */
	for (size_t i = at / 8 + 1, k = 0; i < end; i++, k++)
		out[i] = padding[k % 2];
}

/* In GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1. */
static unsigned char
multiply(unsigned a, unsigned b)
{
	unsigned product = 0;

	for (; b > 0; b >>= 1) {
		if (b & 1)
			product ^= a;
		a = a << 1 ^ (a & 0x80 ? 0x11d : 0);
	}
	return (unsigned char)product;
}

/*
 * The coefficients of (x - 1)(x - 2)(x - 4)... with n factors (annex A), the
 * highest power first, without its leading 1.
 */
static void
make_generator(unsigned char *g, int n)
{
	unsigned char root = 1;

	memset(g, 0, (size_t)n);
	g[n - 1] = 1;
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < n; k++) {
			g[k] = multiply(g[k], root);
			if (k + 1 < n)
				g[k] ^= g[k + 1];
		}
		root = multiply(root, 2);
	}
}

/* The remainder of data x^n by the generator. */
static void
make_ecc(unsigned char *ecc, int n, const unsigned char *data,
    int data_n)
{
	unsigned char g[ECC_MAX];

	make_generator(g, n);
	memset(ecc, 0, (size_t)n);
	for (int i = 0; i < data_n; i++) {
		unsigned char factor = data[i] ^ ecc[0];

		memmove(ecc, ecc + 1, (size_t)n - 1);
		ecc[n - 1] = 0;
		for (int k = 0; k < n; k++)
			ecc[k] ^= multiply(g[k], factor);
	}
}

/* Interleave the codewords of the blocks.  Longer blocks come last. */
static void
make_codewords(unsigned char *out, int version, const unsigned char *data)
{
	const struct version *v = &versions[version];
	int data_n = data_codewords(version), n = v->blocks;
	int least = data_n / n, at = 0;

	for (int i = 0; i < n; i++) {
		int size = least + (i >= n - data_n % n);
		unsigned char ecc[ECC_MAX];

		make_ecc(ecc, v->ecc, data + at, size);
		for (int k = 0; k < least; k++)
			out[k * n + i] = data[at + k];
		if (size > least)
			out[least * n + i - (n - data_n % n)] =
			    data[at + least];
		for (int k = 0; k < v->ecc; k++)
			out[data_n + k * n + i] = ecc[k];
		at += size;
	}
}

/* ---- patterns: section 6.3 ---- */

static void
set_fixed(struct canvas *c, int row, int column, bool dark)
{
	if (row < 0 || column < 0 || row >= c->q->size || column >= c->q->size)
		return;
	c->q->dark[row][column] = dark;
	c->fixed[row][column] = true;
}

/* Squares in squares around a centre; dark has a bit for each distance. */
static void
draw_squares(struct canvas *c, int row, int column, int radius, unsigned dark)
{
	for (int y = -radius; y <= radius; y++) {
		for (int x = -radius; x <= radius; x++) {
			int far = abs(x) > abs(y) ? abs(x) : abs(y);

			set_fixed(c, row + y, column + x, dark >> far & 1);
		}
	}
}

static void
draw_alignment(struct canvas *c)
{
	const int *at = versions[c->version].align;
	int n = at[0] == 0 ? 0 : at[2] == 0 ? 2 : 3;

	for (int i = 0; i < n; i++) {
		for (int k = 0; k < n; k++) {
			/* These three corners have finders. */
			if ((i == 0 && (k == 0 || k == n - 1)) ||
			    (i == n - 1 && k == 0))
				continue;
			draw_squares(c, at[i], at[k], 2, 5);
		}
	}
}

static void
draw_patterns(struct canvas *c)
{
	int last = c->q->size - 1;

	for (int i = 0; i <= last; i++) {
		set_fixed(c, 6, i, i % 2 == 0);
		set_fixed(c, i, 6, i % 2 == 0);
	}
	/* The finders, each with its light separator. */
	draw_squares(c, 3, 3, 4, 0xb);
	draw_squares(c, 3, last - 3, 4, 0xb);
	draw_squares(c, last - 3, 3, 4, 0xb);
	draw_alignment(c);
}

/* value, followed by its BCH remainder, which has this many bits. */
static unsigned
add_remainder(unsigned value, unsigned generator, int bits)
{
	unsigned rest = value;

	for (int i = 0; i < bits; i++)
		rest = rest << 1 ^ (rest >> (bits - 1) & 1 ? generator : 0);
	return value << bits | rest;
}

/* Section 7.9: the level and the mask, in two places. */
static void
draw_format(struct canvas *c, int mask)
{
	unsigned bits = 0x5412 ^
	    add_remainder(LEVEL_L << 3 | (unsigned)mask, 0x537, 10);
	int size = c->q->size;

	for (int i = 0; i < 15; i++) {
		bool dark = bits >> i & 1;
		/* Skip the timing pattern. */
		int skip = i < 8 ? i + (i > 5) : 14 - i + (i == 8);

		if (i < 8)
			set_fixed(c, skip, 8, dark);
		else
			set_fixed(c, 8, skip, dark);
		if (i < 8)
			set_fixed(c, 8, size - 1 - i, dark);
		else
			set_fixed(c, size - 15 + i, 8, dark);
	}
	set_fixed(c, size - 8, 8, true);
}

/* Section 7.10. */
static void
draw_version(struct canvas *c)
{
	unsigned bits = add_remainder((unsigned)c->version, 0x1f25, 12);

	if (c->version < 7)
		return;
	for (int i = 0; i < 18; i++) {
		bool dark = bits >> i & 1;
		int near = i / 3, far = c->q->size - 11 + i % 3;

		set_fixed(c, near, far, dark);
		set_fixed(c, far, near, dark);
	}
}

/*
 * Section 7.7.3: bits go up and down in columns of two, from the right.  Any
 * remaining modules are light.
 */
static void
draw_codewords(struct canvas *c, const unsigned char *words)
{
	int size = c->q->size, bits = 8 * versions[c->version].codewords;
	bool up = true;

	for (int right = size - 1, bit = 0; right > 0; right -= 2, up = !up) {
		if (right == 6)		/* the timing pattern */
			right = 5;
		for (int i = 0; i < 2 * size; i++) {
			int row = up ? size - 1 - i / 2 : i / 2;
			int column = right - i % 2;

			if (c->fixed[row][column] || bit == bits)
				continue;
			c->q->dark[row][column] =
			    words[bit / 8] >> (7 - bit % 8) & 1;
			bit++;
		}
	}
}

/* ---- masks: section 7.8 ---- */

static bool
is_masked(int mask, int row, int column)
{
	int product = row * column;

	switch (mask) {
	case 0: return (row + column) % 2 == 0;
	case 1: return row % 2 == 0;
	case 2: return column % 3 == 0;
	case 3: return (row + column) % 3 == 0;
	case 4: return (row / 2 + column / 3) % 2 == 0;
	case 5: return product % 2 + product % 3 == 0;
	case 6: return (product % 2 + product % 3) % 2 == 0;
	default: return ((row + column) % 2 + product % 3) % 2 == 0;
	}
}

/* Applying a mask twice removes it. */
static void
apply_mask(struct canvas *c, int mask)
{
	for (int row = 0; row < c->q->size; row++)
		for (int column = 0; column < c->q->size; column++)
			if (!c->fixed[row][column])
				c->q->dark[row][column] ^=
				    is_masked(mask, row, column);
}

/* The module at this place of line i, a row or a column.  Beyond the ends,
 * modules are light. */
static bool
module(const struct qr *q, bool column, int i, int at)
{
	if (at < 0 || at >= q->size)
		return false;
	return column ? q->dark[at][i] : q->dark[i][at];
}

/* Runs of five or more modules of one colour. */
static int
run_penalty(const struct qr *q, bool column, int i)
{
	int run = 0, points = 0;

	for (int at = 0; at < q->size; at++) {
		bool same = at > 0 && module(q, column, i, at) ==
		    module(q, column, i, at - 1);

		run = same ? run + 1 : 1;
		if (run == 5)
			points += 3;
		else if (run > 5)
			points++;
	}
	return points;
}

static bool
is_light(const struct qr *q, bool column, int i, int from)
{
	for (int at = from; at < from + 4; at++)
		if (module(q, column, i, at))
			return false;
	return true;
}

/* Patterns like a finder: dark 1:1:3:1:1, with four light modules beside it. */
static int
finder_penalty(const struct qr *q, bool column, int i)
{
	int points = 0;

	for (int at = 0; at + 7 <= q->size; at++) {
		unsigned bits = 0;

		for (int k = 0; k < 7; k++)
			bits = bits << 1 | module(q, column, i, at + k);
		if (bits == 0x5d && (is_light(q, column, i, at - 4) ||
		    is_light(q, column, i, at + 7)))
			points += 40;
	}
	return points;
}

/* Squares of two by two in one colour. */
static int
block_penalty(const struct qr *q)
{
	int points = 0;

	for (int row = 0; row + 1 < q->size; row++) {
		for (int column = 0; column + 1 < q->size; column++) {
			const bool *a = &q->dark[row][column];
			const bool *b = &q->dark[row + 1][column];

			if (a[0] == a[1] && a[0] == b[0] && a[0] == b[1])
				points += 3;
		}
	}
	return points;
}

/* 10 for each full 5 % by which the share of dark modules differs from half. */
static int
balance_penalty(const struct qr *q)
{
	int all = q->size * q->size, dark = 0;

	for (int row = 0; row < q->size; row++)
		for (int column = 0; column < q->size; column++)
			dark += q->dark[row][column];
	return abs(20 * dark - 10 * all) / all * 10;
}

static int
penalty(const struct qr *q)
{
	int points = block_penalty(q) + balance_penalty(q);

	for (int i = 0; i < q->size; i++)
		for (int column = 0; column <= 1; column++)
			points += run_penalty(q, column, i) +
			    finder_penalty(q, column, i);
	return points;
}

static void
choose_mask(struct canvas *c)
{
	int best = 0, least = INT_MAX;

	for (int mask = 0; mask < MASKS; mask++) {
		int points;

		draw_format(c, mask);
		apply_mask(c, mask);
		points = penalty(c->q);
		apply_mask(c, mask);
		if (points < least) {
			least = points;
			best = mask;
		}
	}
	draw_format(c, best);
	apply_mask(c, best);
}

bool
qr_make(struct qr *q, struct slice text)
{
	unsigned char data[CODEWORDS_MAX] = { 0 }, words[CODEWORDS_MAX];
	struct canvas c = { .q = q, .version = choose_version(text.n) };

	if (c.version == 0)
		return false;
	*q = (struct qr){ .size = 17 + 4 * c.version };
	encode_text(data, c.version, text);
	make_codewords(words, c.version, data);
	draw_patterns(&c);
	/* Before the data, which must skip these modules. */
	draw_format(&c, 0);
	draw_version(&c);
	draw_codewords(&c, words);
	choose_mask(&c);
	return true;
}

/* ---- on a terminal ---- */

int
qr_width(const struct qr *q)
{
	return q->size + 2 * QR_QUIET;
}

static bool
is_dark(const struct qr *q, int row, int column)
{
	return row >= 0 && row < q->size && module(q, false, row, column);
}

void
qr_draw(const struct qr *q, struct buf *b)
{
	static const char *const cell[2][2] = {
		{ " ", "\u2584" }, { "\u2580", "\u2588" },
	};

	/* The side is odd: start one row higher so that rows form pairs. */
	for (int row = 1 - QR_QUIET; row < q->size + QR_QUIET; row += 2) {
		/* Colours 16 and 231 are the same in all themes. */
		buf_lit(b, "\033[38;5;16;48;5;231m");
		for (int at = -QR_QUIET; at < q->size + QR_QUIET; at++)
			buf_text(b, cell[is_dark(q, row, at)]
			    [is_dark(q, row + 1, at)]);
		buf_lit(b, "\033[0m\n");
	}
}
