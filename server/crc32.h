/* CRC-32 of ISO-HDLC, as in zip (APPNOTE.TXT 4.4.7): x^32 + ... + 1.  Pure. */
#ifndef CRC32_H
#define CRC32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The checksum of bytes that have the checksum crc (0 for no bytes), followed
 * by p[0..n).  Uses the fastest way that this processor supports.
 */
uint32_t crc32_add(uint32_t crc, const char *p, size_t n);

/* The same by tables, 16 bytes a step, on every processor. */
uint32_t crc32_by_table(uint32_t crc, const char *p, size_t n);

/*
 * The same by carry-less multiplication, 64 bytes a step.  Call it only if
 * crc32_can_fold() is true.
 */
uint32_t crc32_by_folding(uint32_t crc, const char *p, size_t n);
bool crc32_can_fold(void);

#endif
