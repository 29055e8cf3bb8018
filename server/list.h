/* Lists in field values, RFC 9110 sections 5.6.1 and 5.6.6.  Pure. */
#ifndef LIST_H
#define LIST_H

#include "server/slice.h"

/*
 * Take the next element of a comma-separated list, trimmed, from *rest.  Commas
 * in quoted strings do not count, and empty elements are skipped.  False at the
 * end of the list.
 */
bool list_next(struct slice *rest, struct slice *element);

/*
 * Take the bytes of an element before the next semicolon, trimmed: its name
 * first, then its parameters.  *rest moves past the semicolon.
 */
struct slice list_take_part(struct slice *rest);

#endif
