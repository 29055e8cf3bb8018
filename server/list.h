/* Lists in field values, RFC 9110 sections 5.6.1 and 5.6.6.  Pure. */
#ifndef LIST_H
#define LIST_H

#include "server/slice.h"

/*
 * The next element of a comma-separated list, trimmed, from *rest, which moves
 * past it.  Commas inside quoted strings do not count; empty elements are
 * passed over.  False at the end of the list.
 */
bool list_next(struct slice *rest, struct slice *element);

/*
 * The bytes before the next semicolon of an element, trimmed: its name, then
 * one parameter after the other.  *rest moves past the semicolon.
 */
struct slice list_take_part(struct slice *rest);

#endif
