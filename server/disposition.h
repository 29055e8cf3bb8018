/* Content-Disposition: RFC 6266.  Pure. */
#ifndef DISPOSITION_H
#define DISPOSITION_H

#include "server/buf.h"

enum { DISPOSITION_NAME_MAX = 200 };	/* bytes; longer names are cut */

/*
 * Append the value for a download to be saved as name and ending: attachment;
 * filename="x.zip".  Bytes that are not ASCII, '%' (RFC 6266 appendix D), and
 * characters that file names cannot have on every system become '_'.  If this
 * changes the name, filename* has it in UTF-8 (RFC 8187), where only the last
 * of these become '_'.  Slashes do in both, so that the name is never a path.
 */
void disposition_put(struct buf *b, struct slice name, struct slice ending);

#endif
