/*
 * The connections of one loop: their memory, their events, the queue of those
 * with work to do, and which are evicted in favour of others.
 */
#ifndef CONNS_H
#define CONNS_H

#include "server/loop_state.h"

/* Begin and stop taking over connections from other loops. */
void conns_join(struct loop *l);
void conns_leave(struct loop *l);

/* Take one of the slots of --max-conns.  False if all are taken. */
bool conns_reserve(struct loop *l);

/*
 * Open a connection in a reserved slot for fd, a non-blocking socket of client
 * that evict_add_conn() has counted, and queue its first request.  If memory
 * has run out, close fd, and give back the slot and the count.
 */
void conns_admit(struct loop *l, int fd, const struct address *client);

/*
 * The second half of an iteration: handle the input that the first half has
 * read.  Connections that this wakes wait for the next call.
 */
void conns_process(struct loop *l);

/* The connection with the next deadline after that of c; see timer_after(). */
struct conn *conns_after(struct loop *l, struct conn *c);

/* Close c, and give back all that it held. */
void conns_drop(struct loop *l, struct conn *c, enum transfer_end end);

/*
 * Begin to close the best candidate of all loops in favour of a newcomer whose
 * address has this weight (evict.h).  True if this loop has closed it; else
 * another loop may, later.
 */
bool conns_evict(struct loop *l, enum evict_kind kind, size_t newcomer_weight);

/* Take part in the search for that candidate.  True if this loop closed it. */
bool conns_take_part(struct loop *l);

/* Free the memory of the connections.  All must be closed. */
void conns_free(struct loop *l);

#endif
