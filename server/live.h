/*
 * --live: watched folders, and news of what changes in them.  One for the
 * process; every loop may call all of it.  A folder is watched once something
 * is served from it: what nobody looks at costs nothing.
 */
#ifndef LIVE_H
#define LIVE_H

#include "server/body.h"
#include "server/log.h"
#include "server/resource.h"
#include "server/source.h"

struct live;

/*
 * Before the sandbox.  Watches no more than the name of the root.  NULL with
 * errno.  now_ns: CLOCK_MONOTONIC, here and below.
 */
struct live *live_new(const struct options *opt, const struct docroot *docroot,
    int64_t now_ns);
void live_free(struct live *l);

/* The event streams of one loop. */
struct live_feed;

/*
 * Add the sources of --live to a loop's set: each loop learns of events, and the
 * one that reads also of changes.  NULL with errno.
 */
struct live_feed *live_join(struct live *l, struct source_set *set, bool reads);
void live_leave(struct live_feed *feed);

/*
 * A body without an end: the events after since_ns, as server-sent events.
 * NULL with ENOMEM.
 */
struct producer *live_stream_new(struct live_feed *feed, int64_t since_ns);

/*
 * Watch the folder of path (decoded), or the nearest one above it that there
 * is: before it is opened, so that no change of it is missed.  Then, if it is a
 * file, what it was found to be, which a link may have elsewhere.  If there are
 * more than can be watched, log is told, once.
 */
void live_watch(struct live *l, struct file_cache *root, struct slice path,
    struct log *log, int64_t now_ns);
void live_watch_link(struct live *l, const struct resource *res,
    struct slice path, struct log *log, int64_t now_ns);

#endif
