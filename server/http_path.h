/* From the path of a target to the names it stands for.  Pure. */
#ifndef HTTP_PATH_H
#define HTTP_PATH_H

#include <sys/types.h>

#include "server/slice.h"

/*
 * Percent-decode a path once, then take out its dot segments and doubled
 * slashes (RFC 3986 section 5.2.4; ".." at the top stays there).  out must hold
 * path.n + 2 bytes; it is NUL-terminated, starts with one '/', and ends in '/'
 * if the path names a folder by its form ("/a/", "/a/.", "/a/b/..").  Returns
 * the length without the NUL, -400 for a NUL or a bad escape, -404 for an
 * encoded slash.  Bytes that are not UTF-8 are kept.
 */
ssize_t http_decode_path(struct slice path, char *out);

/*
 * The byte that "%XX" at the start of s stands for (RFC 3986 section 2.1), or
 * -1 if s starts with no such escape.
 */
int http_decode_escape(struct slice s);

#endif
