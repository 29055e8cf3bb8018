/* Many local times, without a call of localtime_r() for each. */
#ifndef ZONE_H
#define ZONE_H

#include <stdint.h>

/* Offsets from UTC in seconds, by day since 0001-01-01; all zeros at first. */
enum { ZONE_DAYS = 256 };
struct zone {
	uint32_t day[ZONE_DAYS];	/* 0: free */
	int32_t offset[ZONE_DAYS];
};

/*
 * The offset that local time had at t, seconds since 1970, years 1 to 9999.
 * Call tzset(3) first.
 */
int32_t zone_offset(struct zone *z, int64_t t);

/* ISO 8601; not NUL-terminated. */
struct zone_time {
	char date[10];		/* "2026-11-20" */
	char clock[8];		/* "23:47:59" */
	char offset[6];		/* "+01:00" */
};

/* t at that offset, which is 0 for UTC. */
void zone_format(int64_t t, int32_t offset, struct zone_time *out);

#endif
