/*
 * Which loop serves a connection.  For a new client the kernel wakes the first
 * of the loops that are idle, which is the same one for most clients.  So a loop
 * with more connections than another hands some over, while they are between
 * two requests and need an epoll_ctl(2) anyway.  A connection that ends with its
 * first response stays where it was accepted.
 */
#ifndef BALANCE_H
#define BALANCE_H

#include "server/loop_state.h"

/* Let other loops hand connections to l.  Each one wakes ready(), which calls
 * balance_take() until it returns false. */
void balance_join(struct loop *l,
    void (*ready)(struct source *s, struct worker *w, uint32_t events));

/* The end of that: call balance_take() once more. */
void balance_leave(struct loop *l);

/* After both. */
void balance_free(struct loop *l);

/* A connection begins (1) or ceases (-1) to be in the epoll set of l. */
void balance_count(struct loop *l, int n);

/*
 * A loop with fewer connections than l, which is to have the next one; NULL: l
 * keeps it.  A new connection goes only if the difference is large, because it
 * may be a short one.
 */
struct loop *balance_find(struct loop *l, bool is_new);

/*
 * Hand over *c, which is in no epoll set and no timer wheel.  Afterwards peer
 * has it in its epoll set, and counts it.  False: it does not take it.
 */
bool balance_give(struct loop *peer, const struct conn *c);

/* Take a connection that was handed to l.  False if there are no more. */
bool balance_take(struct loop *l, struct conn *c);

#endif
