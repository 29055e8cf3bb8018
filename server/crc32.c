#include "server/crc32.h"

/*
 * POWERS(k, ...) are x^(32 + 8k) to x^(39 + 8k) modulo the polynomial, bits
 * reversed.  The checksum is linear: that of a byte and k zero bytes is the sum
 * of the powers for the bits of the byte.  So eight numbers define each of the
 * 16 tables of 256 numbers.
 */
#define TABLES(X) \
	X(0xedb88320, 0x76dc4190, 0x3b6e20c8, 0x1db71064, \
	    0x0edb8832, 0x076dc419, 0xee0e612c, 0x77073096), \
	X(0x3b83984b, 0xf0794f05, 0x958424a2, 0x4ac21251, \
	    0xc8d98a08, 0x646cc504, 0x32366282, 0x191b3141), \
	X(0xe1351b80, 0x709a8dc0, 0x384d46e0, 0x1c26a370, \
	    0x0e1351b8, 0x0709a8dc, 0x0384d46e, 0x01c26a37), \
	X(0xed59b63b, 0x9b14583d, 0xa032af3e, 0x5019579f, \
	    0xc5b428ef, 0x8f629757, 0xaa09c88b, 0xb8bc6765), \
	X(0xb1e6b092, 0x58f35849, 0xc1c12f04, 0x60e09782, \
	    0x30704bc1, 0xf580a6c0, 0x7ac05360, 0x3d6029b0), \
	X(0x1eb014d8, 0x0f580a6c, 0x07ac0536, 0x03d6029b, \
	    0xec53826d, 0x9b914216, 0x4dc8a10b, 0xcb5cd3a5), \
	X(0x8816eaf2, 0x440b7579, 0xcfbd399c, 0x67de9cce, \
	    0x33ef4e67, 0xf44f2413, 0x979f1129, 0xa6770bb4), \
	X(0x533b85da, 0x299dc2ed, 0xf9766256, 0x7cbb312b, \
	    0xd3e51bb5, 0x844a0efa, 0x4225077d, 0xccaa009e), \
	X(0x6655004f, 0xde920307, 0x82f182a3, 0xacc04271, \
	    0xbbd8a218, 0x5dec510c, 0x2ef62886, 0x177b1443), \
	X(0xe6050901, 0x9eba07a0, 0x4f5d03d0, 0x27ae81e8, \
	    0x13d740f4, 0x09eba07a, 0x04f5d03d, 0xefc26b3e), \
	X(0x77e1359f, 0xd64819ef, 0x869c8fd7, 0xaef6c4cb, \
	    0xbac3e145, 0xb0d97382, 0x586cb9c1, 0xc18edfc0), \
	X(0x60c76fe0, 0x3063b7f0, 0x1831dbf8, 0x0c18edfc, \
	    0x060c76fe, 0x03063b7f, 0xec3b9e9f, 0x9ba54c6f), \
	X(0xa06a2517, 0xbd8d91ab, 0xb37e4bf5, 0xb407a6da, \
	    0x5a03d36d, 0xc0b96a96, 0x605cb54b, 0xdd96d985), \
	X(0x8373efe2, 0x41b9f7f1, 0xcd6478d8, 0x66b23c6c, \
	    0x33591e36, 0x19ac8f1b, 0xe16ec4ad, 0x9d0fe176), \
	X(0x4e87f0bb, 0xcafb7b7d, 0x88c53e9e, 0x44629f4f, \
	    0xcf89cc87, 0x8a7c6563, 0xa886b191, 0xb9fbdbe8), \
	X(0x5cfdedf4, 0x2e7ef6fa, 0x173f7b7d, 0xe6273e9e, \
	    0x73139f4f, 0xd4314c87, 0x87a02563, 0xae689191)

#define BIT(i, bit, power) ((i) & (bit) ? (power) : 0u)
#define ENTRY(i, a, b, c, d, e, f, g, h) \
	(BIT(i, 128, a) ^ BIT(i, 64, b) ^ BIT(i, 32, c) ^ BIT(i, 16, d) ^ \
	    BIT(i, 8, e) ^ BIT(i, 4, f) ^ BIT(i, 2, g) ^ BIT(i, 1, h))
#define ENTRIES4(i, ...) \
	ENTRY(i, __VA_ARGS__), ENTRY(i + 1, __VA_ARGS__), \
	ENTRY(i + 2, __VA_ARGS__), ENTRY(i + 3, __VA_ARGS__)
#define ENTRIES16(i, ...) \
	ENTRIES4(i, __VA_ARGS__), ENTRIES4(i + 4, __VA_ARGS__), \
	ENTRIES4(i + 8, __VA_ARGS__), ENTRIES4(i + 12, __VA_ARGS__)
#define ENTRIES64(i, ...) \
	ENTRIES16(i, __VA_ARGS__), ENTRIES16(i + 16, __VA_ARGS__), \
	ENTRIES16(i + 32, __VA_ARGS__), ENTRIES16(i + 48, __VA_ARGS__)
#define TABLE(...) { \
	ENTRIES64(0, __VA_ARGS__), ENTRIES64(64, __VA_ARGS__), \
	ENTRIES64(128, __VA_ARGS__), ENTRIES64(192, __VA_ARGS__) }

static const uint32_t table[16][256] = { TABLES(TABLE) };

static inline uint32_t
load(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* The part of word, which is followed by so many other bytes of its step. */
static inline uint32_t
look_up(uint32_t word, int zeros)
{
	return table[zeros + 3][word & 0xff] ^
	    table[zeros + 2][word >> 8 & 0xff] ^
	    table[zeros + 1][word >> 16 & 0xff] ^ table[zeros][word >> 24];
}

uint32_t
crc32_by_table(uint32_t crc, const char *bytes, size_t n)
{
	const unsigned char *p = (const unsigned char *)bytes;

	crc = ~crc;
	for (; n >= 16; p += 16, n -= 16)
		crc = look_up(crc ^ load(p), 12) ^ look_up(load(p + 4), 8) ^
		    look_up(load(p + 8), 4) ^ look_up(load(p + 12), 0);
	for (; n > 0; p++, n--)
		crc = table[0][(crc ^ *p) & 0xff] ^ crc >> 8;
	return ~crc;
}

#if defined(__x86_64__)

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
__attribute__((target("pclmul"))) uint32_t
crc32_by_folding(uint32_t crc, const char *p, size_t n)
{
	const __m128i by_step = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
	const __m128i by_lane = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	__m128i x0, x1, x2, x3;
	char rest[LANE];

	if (n < STEP)
		return crc32_by_table(crc, p, n);
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
	return crc32_by_table(crc32_by_table(0xffffffff, rest, LANE), p, n);
}

bool
crc32_can_fold(void)
{
	return __builtin_cpu_supports("pclmul");
}

#else

uint32_t
crc32_by_folding(uint32_t crc, const char *p, size_t n)
{
	return crc32_by_table(crc, p, n);
}

bool
crc32_can_fold(void)
{
	return false;
}

#endif

uint32_t
crc32_add(uint32_t crc, const char *p, size_t n)
{
	return crc32_can_fold() ? crc32_by_folding(crc, p, n) :
	    crc32_by_table(crc, p, n);
}
