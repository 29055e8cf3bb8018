/* Byte ranges, RFC 9110 section 14.  Pure. */
#ifndef RANGE_H
#define RANGE_H

#include <sys/types.h>

#include "server/buf.h"

enum { RANGE_MAX = 32 };	/* parts of one response */

struct range {
	off_t first, last;	/* positions, both included */
};

/*
 * Read a Range value (section 14.2) for a representation of size bytes.
 * Unsatisfiable parts are dropped, overlapping and touching ones are merged,
 * the rest stay in the order of the request.  Returns how many are in r, 0 to
 * send the whole representation (another unit, malformed, more than RANGE_MAX),
 * or -416 if no part can be satisfied.
 */
int range_parse(struct slice value, off_t size, struct range r[RANGE_MAX]);

/* Append "Content-Range: bytes 0-99/1234" and CR LF, section 14.4. */
void range_put_content(struct buf *b, struct range range, off_t size);

#endif
