/* One epoll loop per thread: accept, wake, time out, limits.  Knows no HTTP. */
#ifndef LOOP_H
#define LOOP_H

#include "server/client_limit.h"
#include "server/worker.h"

/* What a loop needs from outside; const. */
struct loop_config {
	const struct server *server;
	const int *listeners;		/* non-blocking, shared by all loops */
	int listener_count;
	struct client_limit *clients;	/* NULL: no cap for one client */
	struct log_config log;
};

struct loop;

/*
 * first: the one loop that is told when sinks drain and what has changed.  NULL
 * with errno.
 */
struct loop *loop_new(const struct loop_config *config, bool first);

/*
 * Let it pass requests on to applications, over connections that the process at
 * connector_fd makes; loops is how many share them.  -1 with errno.
 */
int loop_connect(struct loop *l, int connector_fd, int loops);
void loop_free(struct loop *l);

/*
 * Serve until shared->stopping is set and its stop_fd written; then finish the
 * transfers under way, for LOOP_GRACE_S seconds at most, or not at all once
 * shared->hurry is set and stop_fd written again.  Adds 1 to shared->stopped_fd
 * at its end.
 */
enum { LOOP_GRACE_S = 5 };
void loop_run(struct loop *l);

/*
 * Before loop_run(), for a loop in the main thread: call s->ready() whenever fd
 * can be read.  0, or -1 with errno.
 */
int loop_watch(struct loop *l, int fd, struct source *s);

/* After loop_run(): what it has done. */
void loop_add_totals(const struct loop *l, struct totals *sum);

#endif
