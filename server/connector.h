/*
 * The process that connects to applications: the loops are confined and can
 * neither make nor connect a socket.  A loop sends it the number of an
 * application; it connects without blocking and sends the socket back
 * (SCM_RIGHTS, unix(7)).  It is split off before the sandbox, and has a sandbox
 * of its own.
 */
#ifndef CONNECTOR_H
#define CONNECTOR_H

#include "server/docroot.h"
#include "server/options.h"

struct connector {
	pid_t pid;		/* 0: there is no --proxy, so no process */
	int control;		/* hangs up when the process ends */
	int loop[OPTIONS_THREADS_MAX];	/* one socket for each event loop */
	int loop_count;
};

/*
 * Split the process off if opt has a --proxy, and wait until it has looked up
 * all names.  A name that is not found causes a warning on stderr.  If the
 * process is root, it becomes the owner of the folder; then it confines itself.
 * 0, or -1 with errno.
 */
int connector_split(struct connector *c, const struct options *opt,
    const struct docroot *docroot, int loop_count);

/*
 * Ask for a connection to application number app, its index in opt->proxies.
 * Does not block.  0, or -1 with errno.
 */
int connector_request(int loop_fd, unsigned app);

/*
 * Receive the next answer on loop_fd.  Returns 1 with its application in *app,
 * and a connected non-blocking socket in *socket, which the caller owns, or -1
 * there and the errno in *error; 0 if there is no answer yet; -1 if the process
 * has ended.
 */
int connector_receive(int loop_fd, unsigned *app, int *socket, int *error);

/* Close the sockets, which ends the process, and wait for it. */
void connector_close(struct connector *c);

#endif
