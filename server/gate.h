/* The listening sockets of one loop: accept clients, or let them wait. */
#ifndef GATE_H
#define GATE_H

#include "server/loop_state.h"

/* Watch the listening sockets.  -1 with errno. */
int gates_init(struct loop *l);

/* Accept the clients whose arrival this iteration has reported. */
void gates_accept(struct loop *l);

/* Stop accepting for PAUSE_MS; a loop that is stopping never resumes.  New
 * clients stay in the kernel's queue. */
void gates_pause(struct loop *l);

/* After the pause: accept again, if there is room. */
void gates_resume(struct loop *l);

/* Close the connection to the client that waits for a slot, if any. */
void gates_forget_waiting(struct loop *l);

#endif
