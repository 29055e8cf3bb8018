/*
 * --live: watches the folders from which files were served, and reports changes
 * in event streams.  The process has one struct live; every loop may call every
 * function.
 */
#ifndef LIVE_H
#define LIVE_H

#include "server/body.h"
#include "server/log.h"
#include "server/resource.h"
#include "server/source.h"

struct live;

/*
 * Call it before the sandbox starts.  At first it watches only the parent of
 * the root.  NULL with errno.  now_ns and since_ns: CLOCK_MONOTONIC, here and
 * below.
 */
struct live *live_new(const struct options *opt, const struct docroot *docroot,
    int64_t now_ns);
void live_free(struct live *l);

/* The event streams of one loop. */
struct live_feed;

/*
 * Add the sources of --live to a loop's set: the one for events in each loop,
 * and those for inotify and the timer in the one loop that reads.  NULL with
 * errno.
 */
struct live_feed *live_join(struct live *l, struct source_set *set, bool reads);
void live_leave(struct live_feed *feed);

/*
 * An endless body: the events after since_ns, as server-sent events.  NULL with
 * ENOMEM.
 */
struct producer *live_stream_new(struct live_feed *feed, int64_t since_ns);

/*
 * Watch the folder of path (decoded), or the nearest existing folder above it.
 * Call it before path is opened, so that no later change is missed; for a file,
 * then call live_watch_link(), because a link may lead to another folder.  The
 * first failure that concerns all folders is logged: too many watches, no
 * /proc.
 */
void live_watch(struct live *l, struct file_cache *root, struct slice path,
    struct log *log, int64_t now_ns);
void live_watch_link(struct live *l, const struct resource *res,
    struct slice path, struct log *log, int64_t now_ns);

/*
 * The result of looking path up on a mount where inotify may see nothing: look
 * at it once a second, as long as there are event streams.
 */
void live_look(struct live *l, const struct resource *res, struct slice path,
    dev_t mount);

#endif
