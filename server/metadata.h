/*
 * The header lines of a file (RFC 9110 section 8): its validators and its media
 * type, made once a turn and kept in its struct resource.
 */
#ifndef METADATA_H
#define METADATA_H

#include "server/worker.h"

/*
 * Sets etag, modified and lines_304: validators, and what else a 304 repeats
 * (section 15.4.5).  Where file times move once a tick, a file of this very
 * moment could change again without a trace: it gets no validator.
 */
void metadata_validators(struct worker *w, struct resource *res);

/*
 * After that: sets lines and type, and reads a small file, since one that
 * has shrunk meanwhile gets another length.  0, or -1 with errno.
 */
int metadata_complete(struct worker *w, struct resource *res);

#endif
