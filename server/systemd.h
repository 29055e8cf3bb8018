/*
 * What systemd offers a service, without its library: listening sockets that
 * it has opened (sd_listen_fds(3)), and a place to say that we are ready
 * (sd_notify(3)).
 */
#ifndef SYSTEMD_H
#define SYSTEMD_H

#include "server/listener.h"

/*
 * Take the sockets that LISTEN_FDS counts, if LISTEN_PID is this process, and
 * record their addresses in opt as if -b had named them.  Takes the variables
 * out of the environment, and keeps the sockets from other programs.  Returns
 * how many there are, or -1 where one is no listening TCP socket or they do
 * not share a port: then l->failed says so.
 */
int systemd_take_sockets(struct listener *l, struct options *opt);

/*
 * A datagram socket to NOTIFY_SOCKET, to be opened before the sandbox; -1
 * without one.  The variable is taken out of the environment.
 */
int systemd_open_notify(void);

/* Send a state such as "READY=1".  Nothing happens if fd is -1. */
void systemd_notify(int fd, const char *state);

#endif
