/* Content-Disposition: RFC 6266.  Pure. */
#ifndef DISPOSITION_H
#define DISPOSITION_H

#include "server/buf.h"

enum { DISPOSITION_NAME_MAX = 200 };	/* bytes of a name that are kept */

/*
 * Append the value for a download that is to be saved as name with ending:
 * attachment; filename="x.zip".  What such a string cannot hold becomes '_'
 * there, and if that changes the name, filename* has it in UTF-8 (RFC 8187).
 * A path in it is never one: slashes are '_' in both.
 */
void disposition_put(struct buf *b, struct slice name, struct slice ending);

#endif
