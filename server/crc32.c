#include "server/crc32.h"

/*
 * table[k][i] is the checksum state of the byte i, followed by k zero bytes
 * (M. E. Kounavis and F. L. Berry, "A Systematic Approach to Building High
 * Performance Software-based CRC Generators", 2005).
 */
static void
fill_tables(struct crc32 *c)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t state = i;

		for (int bit = 0; bit < 8; bit++)
			state = state >> 1 ^ (state & 1 ? 0xedb88320 : 0);
		c->table[0][i] = state;
	}
	for (int k = 1; k < 16; k++)
		for (int i = 0; i < 256; i++) {
			uint32_t state = c->table[k - 1][i];

			c->table[k][i] = c->table[0][state & 0xff] ^ state >> 8;
		}
}

static inline uint32_t
load(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* The state that word leads to, with that many zero bytes after it. */
static inline uint32_t
look_up(const struct crc32 *c, uint32_t word, int zeros)
{
	return c->table[zeros + 3][word & 0xff] ^
	    c->table[zeros + 2][word >> 8 & 0xff] ^
	    c->table[zeros + 1][word >> 16 & 0xff] ^
	    c->table[zeros][word >> 24];
}

static uint32_t
add_by_table(const struct crc32 *c, uint32_t crc, const char *bytes, size_t n)
{
	const unsigned char *p = (const unsigned char *)bytes;

	crc = ~crc;
	for (; n >= 16; p += 16, n -= 16)
		crc = look_up(c, crc ^ load(p), 12) ^
		    look_up(c, load(p + 4), 8) ^
		    look_up(c, load(p + 8), 4) ^ look_up(c, load(p + 12), 0);
	for (; n > 0; p++, n--)
		crc = c->table[0][(crc ^ *p) & 0xff] ^ crc >> 8;
	return ~crc;
}

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

enum { LANE = sizeof(__m128i), STEP = 4 * LANE };

/*
 * Fold the 16 bytes of x into the 16 bytes of next, some bytes later.  by holds
 * two powers of the variable modulo the polynomial for this distance, one for
 * each half of x.
 */
__attribute__((target("pclmul"))) static inline __m128i
fold(__m128i x, __m128i by, __m128i next)
{
	return _mm_xor_si128(next, _mm_xor_si128(
	    _mm_clmulepi64_si128(x, by, 0x00),
	    _mm_clmulepi64_si128(x, by, 0x11)));
}

static inline __m128i
load_lane(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/*
 * V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using
 * PCLMULQDQ Instruction" (Intel, 2009): four lanes of 16 bytes are folded into
 * the next 64 bytes, at the end into each other.  The last lane has the same
 * checksum as all bytes before it.
 */
__attribute__((target("pclmul"))) static uint32_t
add_by_folding(const struct crc32 *c, uint32_t crc, const char *p, size_t n)
{
	const __m128i by_step = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
	const __m128i by_lane = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	__m128i x0, x1, x2, x3;
	char rest[LANE];

	if (n < STEP)
		return add_by_table(c, crc, p, n);
	x0 = _mm_xor_si128(load_lane(p), _mm_cvtsi32_si128((int)~crc));
	x1 = load_lane(p + LANE);
	x2 = load_lane(p + 2 * LANE);
	x3 = load_lane(p + 3 * LANE);
	for (p += STEP, n -= STEP; n >= STEP; p += STEP, n -= STEP) {
		x0 = fold(x0, by_step, load_lane(p));
		x1 = fold(x1, by_step, load_lane(p + LANE));
		x2 = fold(x2, by_step, load_lane(p + 2 * LANE));
		x3 = fold(x3, by_step, load_lane(p + 3 * LANE));
	}
	x1 = fold(x0, by_lane, x1);
	x2 = fold(x1, by_lane, x2);
	x3 = fold(x2, by_lane, x3);
	_mm_storeu_si128((__m128i *)(void *)rest, x3);
	/* The first bytes of rest contain the state: begin with state 0. */
	return add_by_table(c, add_by_table(c, 0xffffffff, rest, LANE), p, n);
}

/* __builtin_cpu_supports() would add 5 KiB and run whenever serve starts. */
static bool
can_fold(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_PCLMUL) != 0;
}

#else

static uint32_t
add_by_folding(const struct crc32 *c, uint32_t crc, const char *p, size_t n)
{
	return add_by_table(c, crc, p, n);
}

static bool
can_fold(void)
{
	return false;
}

#endif

void
crc32_init(struct crc32 *c)
{
	fill_tables(c);
	c->folds = can_fold();
}

uint32_t
crc32_add(const struct crc32 *c, uint32_t crc, const char *p, size_t n)
{
	return c->folds ? add_by_folding(c, crc, p, n) :
	    add_by_table(c, crc, p, n);
}
