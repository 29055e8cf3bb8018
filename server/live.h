/*
 * --live: watched folders, and news of what changes in them.  One for the
 * process; every loop may call all of it.  A folder is watched once something
 * is served from it: what nobody looks at costs nothing.
 */
#ifndef LIVE_H
#define LIVE_H

#include "server/log.h"
#include "server/resource.h"

struct live;

/*
 * Before the sandbox.  Watches no more than the name of the root.  NULL with
 * errno.  now_ns: CLOCK_MONOTONIC, here and below.
 */
struct live *live_new(const struct options *opt, const struct docroot *docroot,
    int64_t now_ns);
void live_free(struct live *l);

/*
 * Let an epoll set tell, by edges and with data.ptr == l, that there may be
 * news; that of the one loop which reads also, with data.ptr ==
 * live_reader(l), that live_read() has something to read.  -1 with errno.
 */
int live_join(struct live *l, int epfd, bool reads);
void *live_reader(struct live *l);
void live_read(struct live *l, int64_t now_ns);

/*
 * Changes become news 50 ms after the last one of a burst, or a second after
 * the first.  For the loop that reads, before it waits: publish what is due.
 * Returns in how many milliseconds there will be more, or -1.
 */
int live_publish(struct live *l, int64_t now_ns);

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

/*
 * Append the news after *since_ns, which moves on, as server-sent events: the
 * paths that changed, as in a URL, one a line; the id is how many milliseconds
 * ago that was, and when, by the monotonic clock.  "/" stands for all paths
 * there are, where some were forgotten meanwhile.  What does not fit comes next
 * time.
 */
void live_write_events(struct live *l, int64_t *since_ns, int64_t now_ns,
    struct buf *b);

#endif
