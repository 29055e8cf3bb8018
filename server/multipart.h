/* Several ranges of a file in one body: multipart/byteranges. */
#ifndef MULTIPART_H
#define MULTIPART_H

#include "server/body.h"
#include "server/budget.h"
#include "server/range.h"

enum { MULTIPART_BOUNDARY = 32 };	/* hex digits: 128 random bits */

/*
 * Make the n parts and the closing line (RFC 9110 section 14.6, RFC 2046
 * section 5.1) for a file of size bytes and this media type.  Sets body's
 * length, parts (allocated, of the budget) and part_count, and the boundary.
 * Returns 0, or -1 with errno.
 */
int multipart_make(struct body *body, struct budget *budget,
    const struct range *range, int n, off_t size, struct slice type,
    char boundary[MULTIPART_BOUNDARY + 1]);

#endif
