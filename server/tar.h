/*
 * The parts of a tar file: facts -> bytes.  Pure.  POSIX.1-2017, pax, "ustar
 * Interchange Format" and "pax Extended Header".
 */
#ifndef TAR_H
#define TAR_H

#include "server/buf.h"

enum {
	TAR_BLOCK = 512,
	/* Bytes of a header without its name and target: five blocks, which
	 * include keywords and padding. */
	TAR_HEADER_MAX = 5 * TAR_BLOCK,
};

enum tar_kind { TAR_FILE, TAR_FOLDER, TAR_LINK };

struct tar_entry {
	enum tar_kind kind;
	struct slice name;	/* a folder's ends in '/' */
	struct slice target;	/* of a link */
	uint64_t size;		/* of a file, bytes */
	unsigned mode;		/* permissions: 0 to 0777 */
	int64_t mtime;		/* seconds since 1970 */
};

/*
 * A header, after an extended header for values that do not fit.  The length
 * depends on size only from 8 GiB on.
 */
void tar_put_header(struct buf *b, const struct tar_entry *e);

/* Zeros that fill the last block of a file of size bytes. */
void tar_put_padding(struct buf *b, uint64_t size);

/* The end of the file. */
void tar_put_end(struct buf *b);

#endif
