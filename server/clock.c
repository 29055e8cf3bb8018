#include "server/clock.h"

static int64_t
read_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return clock_ns(t);
}

int64_t
clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
clock_realtime(void)
{
	return read_clock(CLOCK_REALTIME);
}
