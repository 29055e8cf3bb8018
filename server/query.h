/* The query of a target: parameters, as forms send them.  Pure. */
#ifndef QUERY_H
#define QUERY_H

#include "server/slice.h"

/* Take the next parameter and the '&' after it from a query without its '?', or
 * from a form.  It may be empty.  False at the end. */
bool query_next(struct slice *rest, struct slice *parameter);

/*
 * The value of the first parameter of this name in a query, with its '?', or in
 * a form.  Not decoded; .p is NULL if there is no such parameter.
 */
struct slice query_find(struct slice query, struct slice name);

#endif
