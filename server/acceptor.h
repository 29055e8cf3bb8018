/* The listening sockets that a loop watches: accept clients, or let them
 * wait. */
#ifndef ACCEPTOR_H
#define ACCEPTOR_H

#include "server/loop_state.h"

/* Watch the listening sockets.  -1 with errno. */
int acceptors_init(struct loop *l);

/* Accept the clients whose arrival this iteration has reported. */
void acceptors_accept(struct loop *l);

/* Accept no clients for PAUSE_MS, or ever again if the loop is stopping.  They
 * stay in the kernel's queue. */
void acceptors_pause(struct loop *l);

/* After the pause: accept again, if there is room. */
void acceptors_resume(struct loop *l);

/* Close the connection to the client that waits for a slot, if any. */
void acceptors_forget_waiting(struct loop *l);

#endif
