/*
 * Deadlines in a timer wheel with ticks of half a second.  A deadline that was
 * postponed is moved only when its slot comes up, so a request need not move
 * it.
 */
#ifndef TIMER_H
#define TIMER_H

#include "server/source.h"

enum { TIMER_SLOTS = 64 };	/* bits of occupied */

/* A source that is woken with SOURCE_EXPIRED after its deadline. */
struct timer {
	struct source source;
	struct timer *next, **link;	/* in a slot; link is NULL outside
					   one */
	int64_t deadline_ns;		/* CLOCK_MONOTONIC */
	uint32_t due;			/* tick of its slot */
};

struct timer_wheel {
	uint32_t tick;		/* when the wheel was last checked */
	uint64_t occupied;	/* bit i: slot i is not empty */
	struct timer *slot[TIMER_SLOTS];
	struct timer **end[TIMER_SLOTS];	/* link after the last timer of
						   each slot */
};

void timer_wheel_init(struct timer_wheel *wheel, int64_t now_ns);

/* After setting the deadline: add t, or move it to an earlier slot. */
void timer_add(struct timer_wheel *wheel, struct timer *t);
void timer_remove(struct timer_wheel *wheel, struct timer *t);

/* Milliseconds until the next slot that is not empty; -1 if all are empty. */
int timer_next_ms(const struct timer_wheel *wheel, int64_t now_ns);

/* Wake the timers whose deadline has passed. */
void timer_expire(struct timer_wheel *wheel, struct worker *w, int64_t now_ns);

/*
 * The timers in the order of their deadlines, to the tick: the first one for
 * NULL, NULL after the last one.  Postponed timers on the way are first moved
 * to their slots.
 */
struct timer *timer_after(struct timer_wheel *wheel, struct timer *t);

#endif
