/* Decodes the path of a request target.  Pure. */
#ifndef HTTP_PATH_H
#define HTTP_PATH_H

#include <sys/types.h>

#include "server/slice.h"

/*
 * Percent-decode a path once, then remove its dot segments and repeated slashes
 * (RFC 3986 section 5.2.4; ".." at the top stays there).  out must have room
 * for path.n + 2 bytes.  The result is NUL-terminated, starts with one '/', and
 * ends in '/' if the form of the path is that of a folder ("/a/", "/a/.",
 * "/a/b/..").  Returns the length without the NUL, -400 for a NUL or a bad
 * escape, -404 for an encoded slash.  Bytes that are not UTF-8 are kept.
 */
ssize_t http_decode_path(struct slice path, char *out);

/*
 * Decode the "%XX" at the start of s (RFC 3986 section 2.1).  Returns the byte,
 * or -1 if s does not start with such an escape.
 */
int http_decode_escape(struct slice s);

/*
 * Take the next segment of *rest, without the slashes before it.  False, with
 * an empty segment, at the end.
 */
bool http_next_segment(struct slice *rest, struct slice *segment);

#endif
