/*
 * The source of an event: a connection, a listener, a sink or a timer.  The
 * structure that an event wakes embeds a struct source.  epoll's data points to
 * it, so the loop needs no other information about an event.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

struct worker;

struct source {
	/*
	 * events: bits of epoll(7); SOURCE_EXPIRED: its timer (timer.h); 0:
	 * another source woke it.  Runs in the thread of w.
	 */
	void (*ready)(struct source *s, struct worker *w, uint32_t events);
};

enum { SOURCE_EXPIRED = 1 << 16 };	/* a bit that epoll does not use */

/*
 * Wake a source of the same loop.  A connection continues its transfer in this
 * iteration or the next one, never within this call.
 */
static inline void
source_wake(struct source *s, struct worker *w)
{
	s->ready(s, w, 0);
}

enum { SOURCE_EVENTS = 256 };	/* received by one epoll_wait(2) */

/* All sources of one loop, and the events of the current iteration. */
struct source_set {
	int epfd;
	int at, n;
	struct epoll_event event[SOURCE_EVENTS];
};

/* Returns 0, or -1 with errno. */
int source_set_init(struct source_set *set);
void source_set_free(struct source_set *set);

/* epoll_ctl(2): 0, or -1 with errno. */
int source_add(struct source_set *set, int fd, uint32_t events,
    struct source *s);
int source_change(struct source_set *set, int fd, uint32_t events,
    struct source *s);

/* Call it before s is freed.  It also does what source_cancel() does. */
void source_remove(struct source_set *set, int fd, struct source *s);

/*
 * Forget the events of s that this iteration has not delivered yet.  This is
 * enough before s is freed if its descriptor is closed and was never shared
 * with another process: close() removes only the last copy from epoll.
 */
void source_cancel(struct source_set *set, const struct source *s);

/* Wait for at most ms (-1: without limit).  0, or -1 with errno. */
int source_wait(struct source_set *set, int ms);

/* Call ready() for each event. */
void source_deliver(struct source_set *set, struct worker *w);

/*
 * Can fd, which no event has reported, be read now?  accept(2) makes a socket
 * and takes a descriptor before it looks for a client, so a failed call costs
 * almost as much as a successful one.
 */
bool source_is_readable(int fd);

#endif
