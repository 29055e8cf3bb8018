/*
 * --live: finds changes of the files that were served, by inotify or polling.
 * changes.h makes events of them, which live_stream.h sends.  The process has
 * one struct live; every loop may call every function.
 */
#ifndef LIVE_H
#define LIVE_H

#include "server/log.h"
#include "server/resource.h"
#include "server/source.h"

struct live;

/*
 * Call it before the sandbox starts.  At first only the parent of the root is
 * watched.  NULL with errno.  now_ns and since_ns, here and below, are times of
 * CLOCK_MONOTONIC.
 */
struct live *live_new(const struct options *opt, const struct docroot *docroot,
    int64_t now_ns);
void live_free(struct live *l);

/*
 * Add the sources of inotify and of the timers to the set of one loop, which
 * then finds the changes.  0, or -1 with errno.
 */
int live_add_sources(struct live *l, struct source_set *set);

/*
 * Watch the folder of path (decoded), or the nearest existing folder above it.
 * Call it before path is opened, so that no later change is missed; for a file,
 * then call live_watch_link(), because a link may lead to another folder.  The
 * first failure that concerns all folders is logged: too many watches, no
 * /proc.
 */
void live_watch(struct live *l, struct file_cache *cache, struct slice path,
    struct log *log, int64_t now_ns);
void live_watch_link(struct live *l, const struct resource *res,
    struct slice path, struct log *log, int64_t now_ns);

/*
 * Poll path once a second, as long as there are event streams: it is on a mount
 * where inotify may miss changes.  res is the result of its lookup.
 */
void live_poll(struct live *l, const struct resource *res, struct slice path,
    dev_t mount);

/* For live_stream.c: an event stream begins, or ends. */
void live_begin_stream(struct live *l);
void live_end_stream(struct live *l);

/* An eventfd(2) that is never read: watched edge-triggered, it wakes every loop
 * at each new event. */
int live_event_fd(const struct live *l);

/* changes_write(), under the lock. */
void live_write_events(struct live *l, int64_t *since_ns, int64_t now_ns,
    struct buf *b);

#endif
