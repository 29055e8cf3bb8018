#include "server/calendar.h"

#include <stdbool.h>

const char calendar_months[12][4] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

/*
 * Years start in March here, so that the leap day comes last.  March to July
 * have 153 days, as have the next five months: hence the formula for the days
 * before a month.
 */
static int
days_before_month(int march_month)
{
	return (153 * march_month + 2) / 5;
}

struct calendar_date
calendar_date_of(uint32_t day)
{
	/* 400 years have 146097 days, 4 years have 1461.  Calculate in quarters
	 * of a day, because a year is 1461 of them. */
	uint32_t n = 4 * day + 3;
	uint32_t in_century = n % 146097 | 3;
	uint32_t year = n / 146097 * 100 + in_century / 1461;
	int in_year = (int)(in_century % 1461 / 4);
	int month = (5 * in_year + 2) / 153;	/* 0 is March */

	return (struct calendar_date){
		.year = (int)year + (month >= 10),
		.month = month < 10 ? month + 2 : month - 10,
		.day = in_year - days_before_month(month) + 1,
	};
}

int32_t
calendar_day_of(struct calendar_date date)
{
	int32_t y = date.month < 2 ? date.year - 1 : date.year;
	/* y is -1 in January and February of year 0: round down. */
	int32_t leaps = y < 0 ? -1 : y / 4 - y / 100 + y / 400;

	return y * 365 + leaps + days_before_month((date.month + 10) % 12) +
	    date.day - 1;
}

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int
calendar_month_days(int year, int month)
{
	static const unsigned char days[12] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
	};

	return month == 1 && is_leap(year) ? 29 : days[month];
}
