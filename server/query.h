/* The query of a target: parameters, as forms send them.  Pure. */
#ifndef QUERY_H
#define QUERY_H

#include "server/slice.h"

/*
 * The value of the first parameter of this name in a query, which is empty or
 * starts with '?'.  Not decoded; empty if there is no such parameter.
 */
struct slice query_find(struct slice query, struct slice name);

#endif
