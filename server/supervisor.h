/*
 * Waits until a signal arrives, or until COMMAND or the process that connects
 * to applications ends.  Then it stops the loops.
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "server/child.h"
#include "server/connector.h"
#include "server/listener.h"
#include "server/loop.h"
#include "server/sink.h"

struct supervisor {
	/* Set by the caller: */
	int signal_fd;		/* of process_take_signals() */
	int notify_fd;		/* of systemd_open_notify() */
	struct child *child;
	const struct connector *connector;
	struct listener *listener;
	struct shared *shared;
	struct sink *err;
	bool interactive;	/* are the messages read on a terminal? */

	int status;		/* to exit with */
	/* For supervisor_run_alone(): */
	struct source signal_source, child_source, connector_source;
};

/*
 * n loops run in threads of their own: wait for the end, stop them, and wait
 * until they have ended.  A second signal ends them at once.  Returns false if
 * a loop has not ended a second after that, for example because of a hung disk.
 */
bool supervisor_wait(struct supervisor *s, int n);

/*
 * Run l, the only loop, in this thread.  It also watches for the events that
 * supervisor_wait() waits for.  -1 with errno.
 */
int supervisor_run_alone(struct supervisor *s, struct loop *l);

#endif
