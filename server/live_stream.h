/*
 * --live: the event streams of one loop.  Each client has one, and gets the
 * changes that live.h has found.
 */
#ifndef LIVE_STREAM_H
#define LIVE_STREAM_H

#include "server/body.h"
#include "server/live.h"

/* All streams of the loop. */
struct live_feed;

/* Adds the source of new events to the loop's set.  NULL with errno. */
struct live_feed *live_feed_new(struct live *l, struct source_set *set);
void live_feed_free(struct live_feed *feed);

/*
 * An endless body: the events after since_ns, as server-sent events.  NULL with
 * ENOMEM.
 */
struct producer *live_stream_new(struct live_feed *feed, int64_t since_ns);

#endif
