/* One connection: requests in, responses out, in order. */
#ifndef CONN_H
#define CONN_H

#include "server/conn_state.h"

/* Take over fd, a non-blocking socket.  The loop sets the timer's source. */
void conn_open(struct conn *c, const struct worker *w, int fd,
    const struct address *client);

/* The client has too many connections: send 503, then wait for its FIN. */
void conn_reject(struct conn *c, struct worker *w);

/* Does the worker's input have room for one conn_read()? */
bool conn_may_read(const struct worker *w);

/*
 * First half of an iteration: receive into the worker's input.  conn_step()
 * must follow in the same iteration.
 */
void conn_read(struct conn *c, struct worker *w);

/*
 * The client has sent its FIN while the connection waits for a source.  gone:
 * the connection has failed (EPOLLHUP, EPOLLERR).
 */
void conn_hang_up(struct conn *c, const struct worker *w, bool gone);

/*
 * Second half: answer complete requests and send what the socket takes, up to
 * a quota.  Returns bits of enum conn_want, and sets the deadline.  After
 * CONN_CLOSE call conn_close().
 */
unsigned conn_step(struct conn *c, struct worker *w);

/* The deadline has passed.  Returns what conn_step() does. */
unsigned conn_expire(struct conn *c, struct worker *w);

/* Does it only wait for a request?  Then another loop can take it over. */
bool conn_is_movable(const struct conn *c);

/* Is a response under way, other than a stream? */
bool conn_is_responding(const struct conn *c);

/*
 * It will be closed in favour of another: say so in the log, and to a client
 * whose request is not answered yet.  conn_close() must follow.
 */
void conn_evict(struct conn *c, struct worker *w);

/* Log the transfer under way, free all resources, close the socket. */
void conn_close(struct conn *c, struct worker *w, enum transfer_end end);

#endif
