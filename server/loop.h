/* One epoll loop per thread: accept, events, timers, limits.  Knows no HTTP. */
#ifndef LOOP_H
#define LOOP_H

#include "server/loop_config.h"

struct loop;

/*
 * first: this loop watches the sinks and, with --live, the files.  NULL with
 * errno.
 */
struct loop *loop_new(const struct loop_config *config, bool first);

/*
 * Let the loop pass requests on to applications, over connections from the
 * process at connector_fd, which loop_count loops share.  -1 with errno.
 */
int loop_connect(struct loop *l, int connector_fd, int loop_count);

/*
 * Let the threads of d wait for disks in place of this loop.  Call it before
 * the loop runs.  Returns 0, or -1 with errno.
 */
int loop_use_disk(struct loop *l, struct disk *d);

void loop_free(struct loop *l);

/*
 * Serve until shared->stopping is set and shared->stop_fd is written.  Then
 * finish the transfers under way, for LOOP_GRACE_S seconds at most; drop them
 * once shared->stop_now is set and stop_fd is written again.  Adds 1 to
 * shared->stopped_fd at the end.
 */
enum { LOOP_GRACE_S = 5 };
void loop_run(struct loop *l);

/*
 * For a loop in the main thread, before loop_run(): call s->ready() whenever fd
 * is readable.  0, or -1 with errno.
 */
int loop_watch(struct loop *l, int fd, struct source *s);

/* After loop_run(): add the loop's totals to *sum. */
void loop_add_totals(const struct loop *l, struct totals *sum);

#endif
