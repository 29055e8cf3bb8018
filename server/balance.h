/*
 * Spreads connections over the loops.  For a new client the kernel wakes the
 * first of the loops that are idle, which is the same for most clients.  So a
 * loop with more connections than another hands some over, while they are
 * between two requests and need an epoll_ctl(2) anyway.  A connection that ends
 * with its first response stays where it was accepted.
 */
#ifndef BALANCE_H
#define BALANCE_H

#include "server/loop_state.h"

/* Let other loops hand connections to l.  Each of them causes an event for
 * ready(), which calls balance_take() until it returns false. */
void balance_join(struct loop *l,
    void (*ready)(struct source *s, struct worker *w, uint32_t events));

/* From now on no loop hands connections to l.  Then call balance_take() until
 * it returns false. */
void balance_leave(struct loop *l);

/* Undo balance_join(), after balance_leave(). */
void balance_free(struct loop *l);

/* A connection was added (1) to the epoll set of l, or removed (-1). */
void balance_count(struct loop *l, int n);

/*
 * Find a loop that has fewer connections than l and should get the next one.
 * NULL: l keeps it.  is_new: it was just accepted.  Then it moves only if the
 * difference is large, because many connections are short.  Call it only if
 * there are two loops or more.
 */
struct loop *balance_find(struct loop *l, bool is_new);

/*
 * Hand *c over, which is in no epoll set and no timer wheel.  Afterwards it is
 * in the epoll set of peer, which counts it.  False if peer does not take it.
 */
bool balance_give(struct loop *peer, const struct conn *c);

/* Take a connection that was handed to l.  False if there is no other. */
bool balance_take(struct loop *l, struct conn *c);

#endif
