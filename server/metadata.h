/*
 * The header lines of a file (RFC 9110 section 8): its validators and its media
 * type, made once per iteration and kept in its struct resource.
 */
#ifndef METADATA_H
#define METADATA_H

#include "server/worker.h"

/*
 * Sets etag, modified and lines_304: validators and the other fields that a 304
 * repeats (section 15.4.5).  Where file times move once a tick, a file that has
 * just been written could change again and keep its time, so it gets no
 * validator.
 */
void metadata_validators(struct worker *w, struct resource *res);

/*
 * Call it after metadata_validators().  It sets lines, whole and type, and
 * reads a small file first, because its length changes if it has shrunk since
 * it was opened.  Returns 0, or -1 with errno.
 */
int metadata_complete(struct worker *w, struct resource *res);

#endif
