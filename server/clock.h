/* The clocks, in nanoseconds. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

/* Many file systems update file times once a tick, up to 10 ms apart.  Some
 * store them only in units of up to two seconds. */
enum {
	CLOCK_FILE_TICK_NS = 20 * 1000000,
	CLOCK_FILE_UNIT_NS = 2000000000,
};

/* For durations: CLOCK_MONOTONIC is never set back. */
int64_t clock_monotonic(void);

static inline int64_t
clock_monotonic_ms(void)
{
	return clock_monotonic() / 1000000;
}

/* The time of day, since 1970. */
int64_t clock_realtime(void);

/* A time outside the years 1677 to 2262 wraps around, but still differs from
 * others. */
static inline int64_t
clock_ns(struct timespec t)
{
	return (int64_t)((uint64_t)t.tv_sec * 1000000000 +
	    (uint64_t)t.tv_nsec);
}

#endif
