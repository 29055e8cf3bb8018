/* The memory of one connection, and its rank for eviction (evict.h). */
#ifndef CONN_USAGE_H
#define CONN_USAGE_H

#include "server/conn_state.h"
#include "server/evict.h"

/*
 * May it be closed in favour of another connection, and in which order?  *rate:
 * of its transfer in bytes/s, or -1.
 */
enum evict_class conn_evict_class(const struct conn *c, const struct worker *w,
    int64_t *rate);

/* Does it hold the entries of a listing? */
bool conn_has_listing(const struct conn *c);

/* Bytes of the budget that it holds. */
size_t conn_memory(const struct conn *c);

/*
 * The budget is short: let conn_step() refuse its listing or archive of which
 * nothing has been sent.  False if it has no such body.
 */
bool conn_deny(struct conn *c);

#endif
