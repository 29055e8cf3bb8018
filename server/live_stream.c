#include "server/live_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "server/clock.h"
#include "server/container_of.h"

struct stream {
	struct producer producer;
	struct live_feed *feed;
	struct stream *next, **link;	/* in feed->waiting, or NULL */
	int64_t since_ns;
};

struct live_feed {
	struct source source;
	struct live *live;
	struct stream *waiting;
};

static void
stop_waiting(struct stream *st)
{
	if (st->link == NULL)
		return;
	*st->link = st->next;
	if (st->next != NULL)
		st->next->link = st->link;
	st->link = NULL;
}

static void
wait_for_event(struct stream *st)
{
	struct live_feed *feed = st->feed;

	if (st->link != NULL)
		return;
	st->next = feed->waiting;
	st->link = &feed->waiting;
	if (st->next != NULL)
		st->next->link = &st->next;
	feed->waiting = st;
}

static ssize_t
stream_more(struct producer *self, char *p, size_t n)
{
	struct stream *st = CONTAINER_OF(self, struct stream, producer);
	struct buf b = buf_over(p, n);

	live_write_events(st->feed->live, &st->since_ns, clock_monotonic(),
	    &b);
	if (b.n > 0)
		return (ssize_t)b.n;
	wait_for_event(st);
	errno = EINPROGRESS;
	return -1;
}

static void
stream_free(struct producer *self)
{
	struct stream *st = CONTAINER_OF(self, struct stream, producer);

	stop_waiting(st);
	live_end_stream(st->feed->live);
	free(st);
}

struct producer *
live_stream_new(struct live_feed *feed, int64_t since_ns)
{
	struct stream *st = calloc(1, sizeof(*st));

	if (st == NULL)
		return NULL;
	st->producer.more = stream_more;
	st->producer.free = stream_free;
	st->producer.heartbeat = SLICE(":\n\n");
	st->feed = feed;
	st->since_ns = since_ns;
	live_begin_stream(feed->live);
	return &st->producer;
}

/* After a new event, wake all waiting streams. */
static void
feed_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct live_feed *feed = CONTAINER_OF(s, struct live_feed, source);
	struct stream *st;

	(void)events;
	while ((st = feed->waiting) != NULL) {
		stop_waiting(st);
		source_wake(st->producer.client, w);
	}
}

struct live_feed *
live_feed_new(struct live *l, struct source_set *set)
{
	struct live_feed *feed = calloc(1, sizeof(*feed));

	if (feed == NULL)
		return NULL;
	feed->live = l;
	feed->source.ready = feed_ready;
	/* Edge-triggered: all loops share the eventfd, which is never read. */
	if (source_add(set, live_event_fd(l), EPOLLIN | EPOLLET,
	    &feed->source) == 0)
		return feed;
	free(feed);
	return NULL;
}

void
live_feed_free(struct live_feed *feed)
{
	free(feed);
}
