/*
 * The browser and COMMAND: a process split off before the sandbox, which
 * starts, signals and reaps them.  A confined process could do none of it.
 */
#ifndef CHILD_H
#define CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "server/options.h"

struct child {
	pid_t pid;		/* the helper process; 0: none was needed */
	int fd;			/* our end of a socket pair to it; -1: it has
				   no more to say */
	bool command;		/* it runs COMMAND */
};

/*
 * Split off the helper, if opt asks for a browser or has a COMMAND.  Call it
 * before anything is opened, blocked or raised: COMMAND gets the signal mask,
 * SIGPIPE, descriptor limit and user of this moment.  0, or -1 with errno.
 */
int child_split(struct child *c, const struct options *opt);

/*
 * Open url in a browser (with opt->open_path as its path, if there is one),
 * run COMMAND with SERVE_URL and PORT set, or both.  url ends in '/'.  -1 with
 * errno.
 */
int child_start(struct child *c, const char *url, int port);

/* Pass a signal on to COMMAND. */
void child_signal(struct child *c, int sig);

/*
 * c->fd is readable: 0 if there is nothing to do (the helper of a browser has
 * ended; c->fd may be -1 now), 1 if COMMAND has ended and *status is its exit
 * status (128 + N for a signal N, 126 or 127 where it could not be run, which
 * has been reported).  A helper that is gone is the end of COMMAND too, with 1.
 */
int child_read(struct child *c, int *status);

/*
 * The end: a COMMAND that still runs gets SIGTERM, as it does when serve
 * dies; a browser stays.
 */
void child_close(struct child *c);

#endif
