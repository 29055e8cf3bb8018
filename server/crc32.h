/* CRC-32 of ISO-HDLC, as in zip (APPNOTE.TXT 4.4.7): x^32 + ... + 1.  Pure. */
#ifndef CRC32_H
#define CRC32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 16 KiB, filled in 10 us: each zip file has its own. */
struct crc32 {
	bool folds;	/* by carry-less multiplication, 64 bytes a step */
	uint32_t table[16][256];	/* the rest, 16 bytes a step */
};

/* Prepare the fastest way that this processor supports.  Clear folds to have
 * everything computed by the tables. */
void crc32_init(struct crc32 *c);

/* The checksum of bytes that have the checksum crc (0 for no bytes), followed
 * by p[0..n). */
uint32_t crc32_add(const struct crc32 *c, uint32_t crc, const char *p,
    size_t n);

#endif
