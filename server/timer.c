#include "server/timer.h"

static const int64_t TICK_NS = 500 * 1000000ll;

void
timer_wheel_init(struct timer_wheel *wheel, int64_t now_ns)
{
	wheel->tick = (uint32_t)(now_ns / TICK_NS);
	wheel->occupied = 0;
	for (int i = 0; i < TIMER_SLOTS; i++) {
		wheel->slot[i] = NULL;
		wheel->end[i] = &wheel->slot[i];
	}
}

static uint32_t
tick_of(int64_t ns)
{
	return (uint32_t)(ns / TICK_NS) + 1;
}

void
timer_remove(struct timer_wheel *wheel, struct timer *t)
{
	unsigned i = t->due % TIMER_SLOTS;

	if (t->link == NULL)
		return;
	*t->link = t->next;
	if (t->next != NULL)
		t->next->link = t->link;
	else
		wheel->end[i] = t->link;
	t->link = NULL;
	if (wheel->slot[i] == NULL)
		wheel->occupied &= ~(1ull << i);
}

/* Append the timer to the slot of its deadline, or to the farthest slot. */
void
timer_add(struct timer_wheel *wheel, struct timer *t)
{
	uint32_t due = tick_of(t->deadline_ns);
	struct timer ***end;

	if ((int32_t)(due - wheel->tick) < 1)
		due = wheel->tick + 1;
	if (due - wheel->tick >= TIMER_SLOTS)
		due = wheel->tick + TIMER_SLOTS - 1;
	if (t->link != NULL) {
		if (due >= t->due)
			return;
		timer_remove(wheel, t);
	}
	end = &wheel->end[due % TIMER_SLOTS];
	t->due = due;
	t->next = NULL;
	t->link = *end;
	**end = t;
	*end = &t->next;
	wheel->occupied |= 1ull << due % TIMER_SLOTS;
}

int
timer_next_ms(const struct timer_wheel *wheel, int64_t now_ns)
{
	unsigned from = (wheel->tick + 1) % TIMER_SLOTS;
	uint64_t ahead = wheel->occupied >> from |
	    wheel->occupied << (TIMER_SLOTS - from) % TIMER_SLOTS;
	int64_t due, ms;

	if (ahead == 0)
		return -1;
	due = ((int64_t)wheel->tick + 1 + __builtin_ctzll(ahead)) * TICK_NS;
	ms = (due - now_ns + 999999) / 1000000;
	return ms > 0 ? (int)ms : 0;
}

/* Timers that are not due move to later slots, so that this one is empty. */
static void
expire_slot(struct timer_wheel *wheel, struct timer **slot, struct worker *w,
    int64_t now_ns)
{
	struct timer *t;

	while ((t = *slot) != NULL) {
		timer_remove(wheel, t);
		if (t->deadline_ns > now_ns)
			timer_add(wheel, t);
		else
			t->source.ready(&t->source, w, SOURCE_EXPIRED);
	}
}

void
timer_expire(struct timer_wheel *wheel, struct worker *w, int64_t now_ns)
{
	uint32_t now = (uint32_t)(now_ns / TICK_NS);

	if (now - wheel->tick > TIMER_SLOTS)
		wheel->tick = now - TIMER_SLOTS;
	while (wheel->tick != now) {
		wheel->tick++;
		expire_slot(wheel, &wheel->slot[wheel->tick % TIMER_SLOTS], w,
		    now_ns);
	}
}

/* Was the deadline postponed beyond the slot of the timer? */
static bool
has_moved(const struct timer_wheel *wheel, const struct timer *t)
{
	return tick_of(t->deadline_ns) > t->due &&
	    t->due - wheel->tick < TIMER_SLOTS - 1;
}

/* The first timer of the i-th slot from the next tick, or of a later slot. */
static struct timer *
first_from(struct timer_wheel *wheel, uint32_t i)
{
	for (; i < TIMER_SLOTS; i++) {
		struct timer **slot =
		    &wheel->slot[(wheel->tick + 1 + i) % TIMER_SLOTS];

		while (*slot != NULL && has_moved(wheel, *slot)) {
			struct timer *t = *slot;

			timer_remove(wheel, t);
			timer_add(wheel, t);
		}
		if (*slot != NULL)
			return *slot;
	}
	return NULL;
}

struct timer *
timer_after(struct timer_wheel *wheel, struct timer *t)
{
	if (t == NULL)
		return first_from(wheel, 0);
	while (t->next != NULL) {
		struct timer *next = t->next;

		if (!has_moved(wheel, next))
			return next;
		timer_remove(wheel, next);
		timer_add(wheel, next);
	}
	return first_from(wheel, t->due - wheel->tick);
}
