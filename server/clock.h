/* The clocks, in nanoseconds. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* For durations: CLOCK_MONOTONIC is never set back. */
int64_t clock_monotonic(void);

/* The time of day, since 1970. */
int64_t clock_realtime(void);

#endif
