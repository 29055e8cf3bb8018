/* Answers that are a file, or a part of one: conditions, ranges, caching. */
#ifndef ANSWER_FILE_H
#define ANSWER_FILE_H

#include "server/builder.h"

/*
 * The status for an errno: 503 where something has run out, 403 for EFBIG,
 * else 500.
 */
int answer_status_of(int error);

/* What the folder has cannot be read, for this errno. */
void answer_unreadable(struct builder *m, int error);

/* A file that was found: 200, 206, 304, 412 or 416 (RFC 9110 section 15). */
void answer_file(struct builder *m, struct resource *res);

/*
 * A file of the site as the page for another status.  Validators, ranges and
 * --max-age are for pages that were asked for by their own path.
 */
void answer_file_as(struct builder *m, struct resource *res, int status);

#endif
