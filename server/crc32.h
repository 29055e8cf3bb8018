/* CRC-32 of ISO-HDLC, as zip has it (APPNOTE.TXT 4.4.7): x^32 + ... + 1. Pure. */
#ifndef CRC32_H
#define CRC32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The checksum of bytes whose first part has the checksum crc (0 for nothing),
 * and whose rest is p[0..n).  The fastest way that this processor knows.
 */
uint32_t crc32_add(uint32_t crc, const char *p, size_t n);

/* The same through tables, 16 bytes a step, on every processor. */
uint32_t crc32_by_table(uint32_t crc, const char *p, size_t n);

/*
 * The same by carry-less multiplication, 64 bytes a step: only where
 * crc32_can_fold() is true.
 */
uint32_t crc32_by_folding(uint32_t crc, const char *p, size_t n);
bool crc32_can_fold(void);

#endif
