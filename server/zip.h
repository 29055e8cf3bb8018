/*
 * The parts of a zip file: facts -> bytes.  Files are stored, not compressed.
 * Pure.  PKWARE's APPNOTE.TXT, 6.3.10.
 */
#ifndef ZIP_H
#define ZIP_H

#include "server/buf.h"

enum {
	ZIP_NAME_MAX = 0xffff,	/* bytes */
	/* Bytes of a header or a descriptor, without the name. */
	ZIP_PART_MAX = 96,
};

struct zip_entry {
	struct slice name;	/* a folder's ends in '/' */
	uint64_t size;		/* bytes */
	uint64_t offset;	/* of its local header in the file */
	uint32_t crc;
	unsigned mode;		/* permissions: 0 to 0777 */
	bool crc_follows;	/* the local header is written before the CRC is
				   known: a descriptor follows the bytes */
	int64_t mtime;		/* seconds since 1970 */
	int32_t zone;		/* offset of local time from UTC, seconds */
};

/* The header before the bytes of a file (4.3.7).  Its length depends neither on
 * crc nor, below 4 GiB, on size. */
void zip_put_local(struct buf *b, const struct zip_entry *e);

/* The descriptor after the bytes, if e->crc_follows (4.3.9). */
void zip_put_descriptor(struct buf *b, const struct zip_entry *e);

/* The header in the table at the end of the file, one per entry (4.3.12). */
void zip_put_central(struct buf *b, const struct zip_entry *e);

/* The end of the file (4.3.14 to 4.3.16).  Its table has count entries, starts
 * at offset at, and has size bytes. */
void zip_put_end(struct buf *b, uint64_t count, uint64_t at, uint64_t size);

#endif
