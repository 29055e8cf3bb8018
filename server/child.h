/*
 * The browser and COMMAND.  A helper process, which is split off before the
 * sandbox, starts, signals and reaps them: serve itself is confined.
 */
#ifndef CHILD_H
#define CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "server/key.h"
#include "server/options.h"

struct child {
	pid_t pid;		/* the helper process; 0: not needed */
	int fd;			/* our end of a socket pair to it; -1: closed */
	bool command;		/* the helper runs COMMAND */
};

/* Signals that are passed on to COMMAND. */
enum { CHILD_SIGNAL_COUNT = 7 };
extern const int child_signals[CHILD_SIGNAL_COUNT];

/*
 * Split off the helper if opt asks for a browser or has a COMMAND.  COMMAND
 * inherits the signal mask, SIGPIPE, descriptor limit and user of this process,
 * so call it before any of these is changed.  0, or -1 with errno.
 */
int child_split(struct child *c, const struct options *opt);

/*
 * Send the helper the URL, which ends in '/', the port, and the key if there is
 * one.  Call it before the sandbox: after that the helper accepts only signals.
 * -1 with errno.
 */
int child_prepare(struct child *c, const char *url, int port,
    const struct key *key);

/*
 * Open the URL in a browser (with opt->open_path as its path, if given), run
 * COMMAND with SERVE_URL, SERVE_PORT and SERVE_KEY set, or both.  -1 with
 * errno.
 */
int child_start(struct child *c);

/* Pass a signal on to COMMAND: one of child_signals, or SIGCONT. */
void child_signal(struct child *c, int sig);

/* Read a message of the helper, or its end, from c->fd, which is readable. */
enum child_event {
	CHILD_ENDED,	/* COMMAND has ended.  *status is its exit status: 128 +
			   N for a signal N, 126 or 127 if it could not be run
			   (reported by the helper) */
	CHILD_STOPPED,	/* COMMAND has stopped itself: stop serve too, and pass
			   on SIGCONT when it is continued */
	CHILD_GONE,	/* the helper has ended, and COMMAND with it if it has
			   one: fd stays readable until child_close() */
};
enum child_event child_read(struct child *c, int *status);

/* At the end of serve, or of the helper.  COMMAND gets SIGTERM if it runs; a
 * browser stays. */
void child_close(struct child *c);

#endif
