/*
 * The interface of systemd to a service, without its library: listening sockets
 * that it has opened (sd_listen_fds(3)), and messages such as readiness
 * (sd_notify(3)).
 */
#ifndef SYSTEMD_H
#define SYSTEMD_H

#include "server/listener.h"

/*
 * Take the sockets that LISTEN_FDS counts, if LISTEN_PID is this process, and
 * record their addresses in opt as if -b had named them; without any,
 * l->inherited is false.  Removes the variables from the environment, and sets
 * close-on-exec on the sockets.  Ends the program if one is not a listening TCP
 * socket, if they have different ports, or if opt chooses addresses or a port.
 */
void systemd_take_sockets(struct listener *l, struct options *opt);

/*
 * Open a datagram socket to NOTIFY_SOCKET, before the sandbox starts; -1
 * without NOTIFY_SOCKET.  Removes the variable from the environment.
 */
int systemd_open_notify(void);

/* Send a state such as "READY=1".  Does nothing if fd is -1. */
void systemd_notify(int fd, const char *state);

#endif
