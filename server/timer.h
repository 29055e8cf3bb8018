/*
 * Deadlines in a wheel of ticks of half a second.  One that moved to later is
 * found when its slot comes up, so that a request moves nothing.
 */
#ifndef TIMER_H
#define TIMER_H

#include "server/source.h"

enum { TIMER_SLOTS = 64 };	/* bits of occupied */

/* A source that is woken with SOURCE_EXPIRED after its deadline. */
struct timer {
	struct source source;
	struct timer *next, **link;	/* in a slot; link is NULL: in none */
	int64_t deadline_ns;		/* CLOCK_MONOTONIC */
	uint32_t due;			/* tick of its slot */
};

struct timer_wheel {
	uint32_t tick;		/* when the wheel was last looked at */
	uint64_t occupied;	/* bit i: slot i is not empty */
	struct timer *slot[TIMER_SLOTS];
	struct timer **end[TIMER_SLOTS];	/* the link behind each last */
};

void timer_wheel_init(struct timer_wheel *wheel, int64_t now_ns);

/* After its deadline was set: into the wheel, or to an earlier slot. */
void timer_add(struct timer_wheel *wheel, struct timer *t);
void timer_remove(struct timer_wheel *wheel, struct timer *t);

/* Milliseconds until the next slot that is not empty; -1: all are. */
int timer_next_ms(const struct timer_wheel *wheel, int64_t now_ns);

/* Wake those whose deadline has passed. */
void timer_expire(struct timer_wheel *wheel, struct worker *w, int64_t now_ns);

/*
 * The timers in the order of their deadlines, to the tick: the first one for
 * NULL, NULL after the last one.  Those on the way that have moved to later are
 * put into their places first.
 */
struct timer *timer_after(struct timer_wheel *wheel, struct timer *t);

#endif
