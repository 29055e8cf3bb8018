#include "server/sha256.h"

enum { BLOCK = 64 };

static const uint32_t round_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t
rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t
read_word(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
write_word(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (24 - 8 * i));
}

/* The message schedule: FIPS 180-4 section 6.2.2, step 1. */
static void
expand(uint32_t w[64], const unsigned char *block)
{
	for (int i = 0; i < 16; i++)
		w[i] = read_word(block + 4 * i);
	for (int i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + w[i - 7] +
		    (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
		    (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
}

/* Steps 2 to 4.  The working variables a to h are not moved from one to the
 * next: in round i the k-th of them is v[(k - i) mod 8]. */
static void
add_block(uint32_t state[8], const unsigned char *block)
{
	uint32_t w[64], v[8];

	expand(w, block);
	memcpy(v, state, sizeof(v));
	for (unsigned i = 0; i < 64; i++) {
		uint32_t a = v[-i & 7], b = v[(1 - i) & 7], c = v[(2 - i) & 7];
		uint32_t e = v[(4 - i) & 7], f = v[(5 - i) & 7];
		uint32_t g = v[(6 - i) & 7];
		uint32_t t1 = v[(7 - i) & 7] + ((e & f) ^ (~e & g)) +
		    (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
		    round_constants[i] + w[i];
		uint32_t t2 = ((a & b) ^ (a & c) ^ (b & c)) +
		    (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22));

		v[(3 - i) & 7] += t1;
		v[(7 - i) & 7] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		state[i] += v[i];
}

/* The rest of the message, a 1 bit, zeros, and the length in bits. */
static void
add_last(uint32_t state[8], struct slice rest, size_t length)
{
	unsigned char block[2 * BLOCK] = { 0 };
	size_t end = rest.n + 1 + 8 <= BLOCK ? BLOCK : 2 * BLOCK;

	if (rest.n > 0)
		memcpy(block, rest.p, rest.n);
	block[rest.n] = 0x80;
	write_word(block + end - 8, (uint32_t)((uint64_t)length >> 29));
	write_word(block + end - 4, (uint32_t)(length << 3));
	for (size_t i = 0; i < end; i += BLOCK)
		add_block(state, block + i);
}

void
sha256(struct slice s, unsigned char digest[SHA256_BYTES])
{
	uint32_t state[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	size_t length = s.n;

	for (; s.n >= BLOCK; s.p += BLOCK, s.n -= BLOCK)
		add_block(state, (const unsigned char *)s.p);
	add_last(state, s, length);
	for (int i = 0; i < 8; i++)
		write_word(digest + 4 * i, state[i]);
}
