/*
 * The process that connects to applications: the loops are confined and can
 * neither make nor connect a socket.  It is asked for an application by its
 * number, connects without blocking, and hands the socket over (SCM_RIGHTS,
 * unix(7)).  Split off before the sandbox, and itself confined to this.
 */
#ifndef CONNECTOR_H
#define CONNECTOR_H

#include "server/docroot.h"
#include "server/options.h"

struct connector {
	pid_t pid;		/* 0: there is no --proxy, so no process */
	int control;		/* hangs up when the process has ended */
	int *loop;		/* one socket for each event loop, allocated */
	int loop_count;
};

/*
 * Split the process off if opt has a --proxy, and wait until it has looked up
 * all names; one that is not found is a warning on stderr.  It becomes the
 * owner of the folder where it is root, and confines itself.  0, or -1 with
 * errno.
 */
int connector_split(struct connector *c, const struct options *opt,
    const struct docroot *docroot, int loop_count);

/* Ask for a connection to application number app.  0, or -1 with errno. */
int connector_request(int loop_fd, unsigned app);

/*
 * The next answer on loop_fd: 1, and *app is its application, *socket a
 * connected non-blocking socket or -1, and then *error says why.  0 where no
 * answer waits, -1 when the process has ended.
 */
int connector_receive(int loop_fd, unsigned *app, int *socket, int *error);

/* The end: the process ends as its sockets close.  Waits for it. */
void connector_close(struct connector *c);

#endif
