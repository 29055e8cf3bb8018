/*
 * --live: watches the folders that something was served from, and reports what
 * changes in them as event streams.  There is one for the process; every loop
 * may call every function.
 */
#ifndef LIVE_H
#define LIVE_H

#include "server/body.h"
#include "server/log.h"
#include "server/resource.h"
#include "server/source.h"

struct live;

/*
 * Call it before the sandbox starts.  Watches the folder that the root is in,
 * and no more.  NULL with errno.  now_ns: CLOCK_MONOTONIC, here and below.
 */
struct live *live_new(const struct options *opt, const struct docroot *docroot,
    int64_t now_ns);
void live_free(struct live *l);

/* The event streams of one loop. */
struct live_feed;

/*
 * Add the sources of --live to a loop's set: that of events for each loop, and
 * those of inotify and of the timer for the one loop that reads.  NULL with
 * errno.
 */
struct live_feed *live_join(struct live *l, struct source_set *set, bool reads);
void live_leave(struct live_feed *feed);

/*
 * A body without an end: the events after since_ns, as server-sent events.
 * NULL with ENOMEM.
 */
struct producer *live_stream_new(struct live_feed *feed, int64_t since_ns);

/*
 * Watch the folder of path (decoded), or the nearest one above it that exists.
 * Call it before path is opened, so that no later change is missed; then, for a
 * file, live_watch_link(), as a link may have led to another folder.  The first
 * time that a folder cannot be watched because there are too many, log gets a
 * message.
 */
void live_watch(struct live *l, struct file_cache *root, struct slice path,
    struct log *log, int64_t now_ns);
void live_watch_link(struct live *l, const struct resource *res,
    struct slice path, struct log *log, int64_t now_ns);

#endif
