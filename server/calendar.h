/* The Gregorian calendar, years 0 to 9999.  Pure. */
#ifndef CALENDAR_H
#define CALENDAR_H

#include <stdint.h>

/* Days are counted from 1 March of year 0, which is day 0. */
enum {
	CALENDAR_1970 = 719468,		/* 1 January 1970 */
	CALENDAR_YEAR_1 = 306,		/* 1 January of year 1 */
};

enum { CALENDAR_DAY_SECONDS = 24 * 60 * 60 };

/* "Jan" to "Dec". */
extern const char calendar_months[12][4];

struct calendar_date {
	int year;		/* 0 to 9999 */
	int month;		/* 0 to 11 */
	int day;		/* 1 to 31 */
};

/* The date of a day, and the day of a date: negative before March of year 0. */
struct calendar_date calendar_date_of(uint32_t day);
int32_t calendar_day_of(struct calendar_date date);

/* The number of days in a month (0 to 11). */
int calendar_month_days(int year, int month);

/*
 * The nearest time, in seconds since 1970, that is in the years 1 to 9999 in
 * every time zone.
 */
static inline int64_t
calendar_clamp(int64_t t)
{
	const int64_t first = -62135510400, last = 253402214400;

	return t < first ? first : t > last ? last : t;
}

#endif
