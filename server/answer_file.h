/* Responses with a file, or a part of one: conditions, ranges, caching. */
#ifndef ANSWER_FILE_H
#define ANSWER_FILE_H

#include "server/builder.h"

/*
 * The status for an errno: 503 if a resource has run out, 403 for EFBIG (too
 * many files for a zip), else 500.
 */
int answer_status_of(int error);

/* Answer for a file or folder that exists but cannot be read; error is the
 * errno. */
void answer_unreadable(struct builder *rb, int error);

/* An existing file: 200, 206, 304, 412 or 416 (RFC 9110 section 15). */
void answer_file(struct builder *rb, struct resource *res);

/*
 * Send a file of the site as the page for another status, such as 404.html.  It
 * gets no validators, ranges or --max-age, because the missing page may exist
 * soon.
 */
void answer_file_as(struct builder *rb, struct resource *res, int status);

#endif
