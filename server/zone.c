#include "server/zone.h"

#include <stdlib.h>
#include <time.h>

#include "server/calendar.h"

/* Seconds since 0001-01-01. */
static uint64_t
since_year_one(int64_t t)
{
	return (uint64_t)(t +
	    ((int64_t)CALENDAR_1970 - CALENDAR_YEAR_1) * CALENDAR_DAY_SECONDS);
}

static int32_t
offset_at(int64_t t)
{
	time_t at = (time_t)t;
	struct tm tm;

	return localtime_r(&at, &tm) ? (int32_t)tm.tm_gmtoff : 0;
}

/*
 * No clock was ever changed twice in a day, so equal offsets at both ends apply
 * to the whole day.  localtime_r() costs as much as the rest of a listing's
 * row.
 */
int32_t
zone_offset(struct zone *z, int64_t t)
{
	uint64_t seconds = since_year_one(t);
	uint32_t day = (uint32_t)(seconds / CALENDAR_DAY_SECONDS);
	int64_t start = t - (int64_t)(seconds % CALENDAR_DAY_SECONDS);
	uint32_t i = day % ZONE_DAYS;
	int32_t offset;

	if (z->day[i] == day)
		return z->offset[i];
	offset = offset_at(start);
	if (offset != offset_at(start + CALENDAR_DAY_SECONDS - 1))
		return offset_at(t);
	z->day[i] = day;
	z->offset[i] = offset;
	return offset;
}

static void
set_two_digits(char *p, uint32_t v)
{
	p[0] = (char)('0' + v / 10);
	p[1] = (char)('0' + v % 10);
}

/* day counts from the start of year 1. */
static void
format_date(uint32_t day, char *out)
{
	struct calendar_date d = calendar_date_of(day + CALENDAR_YEAR_1);

	set_two_digits(out, (uint32_t)d.year / 100);
	set_two_digits(out + 2, (uint32_t)d.year % 100);
	set_two_digits(out + 5, (uint32_t)d.month + 1);
	set_two_digits(out + 8, (uint32_t)d.day);
	out[4] = out[7] = '-';
}

static void
format_clock(uint32_t second, char *out)
{
	set_two_digits(out, second / 3600);
	set_two_digits(out + 3, second / 60 % 60);
	set_two_digits(out + 6, second % 60);
	out[2] = out[5] = ':';
}

/* Old zones had seconds, which this format cannot express. */
static void
format_offset(int32_t offset, char *out)
{
	uint32_t minutes = (uint32_t)abs(offset) / 60;

	out[0] = offset < 0 ? '-' : '+';
	set_two_digits(out + 1, minutes / 60);
	set_two_digits(out + 4, minutes % 60);
	out[3] = ':';
}

void
zone_format(int64_t t, int32_t offset, struct zone_time *out)
{
	uint64_t seconds = since_year_one(t + offset);

	format_date((uint32_t)(seconds / CALENDAR_DAY_SECONDS), out->date);
	format_clock((uint32_t)(seconds % CALENDAR_DAY_SECONDS), out->clock);
	format_offset(offset, out->offset);
}
