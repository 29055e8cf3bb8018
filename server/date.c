#include "server/date.h"

#include "server/ascii.h"

static const char day_names[7][10] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
	"Saturday",
};

static const char month_names[12][4] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

/* The calendar's fields: month 0 to 11, day 1 to 31. */
struct date {
	int year, month, day, hour, minute, second;
};

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
days_in_month(int year, int month)
{
	static const unsigned char days[12] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
	};

	return month == 1 && is_leap(year) ? 29 : days[month];
}

enum {
	ERA_DAYS = 146097,	/* days of 400 years, after which all repeats */
	EPOCH_DAYS = 719468,	/* from 1 March of year 0 to 1 January 1970 */
	DAY_SECONDS = 24 * 60 * 60,
};

/*
 * Years are counted from March here: the leap day comes last then, and the
 * months in front of one follow a formula, for five of them have 153 days.
 */
static int
days_before_month(int march_month)
{
	return (153 * march_month + 2) / 5;
}

static time_t
seconds_of(const struct date *d)
{
	int64_t y = d->month < 2 ? d->year - 1 : d->year;
	/* y is -1 in the first winter of year 0: divide downwards. */
	int64_t leaps = y < 0 ? -1 : y / 4 - y / 100 + y / 400;
	int64_t days = y * 365 + leaps +
	    days_before_month((d->month + 10) % 12) + d->day - 1 - EPOCH_DAYS;

	return days * DAY_SECONDS + (d->hour * 60 + d->minute) * 60 +
	    d->second;
}

/* days counts from 1 March of year 0. */
static void
set_day(struct date *d, int days)
{
	int day = days % ERA_DAYS;
	/* Without the leap days before it, each year has 365 days. */
	int leaps = day / 1460 - day / 36524 + day / (ERA_DAYS - 1);
	int year = (day - leaps) / 365, month;

	day -= year * 365 + year / 4 - year / 100;
	month = (day * 5 + 2) / 153;
	d->day = day - days_before_month(month) + 1;
	d->month = (month + 2) % 12;
	d->year = days / ERA_DAYS * 400 + year + (d->month < 2);
}

/* Times that no four digits can name become the nearest that they can. */
static struct date
date_of(time_t t, int *weekday)
{
	const time_t first = -(time_t)EPOCH_DAYS * DAY_SECONDS;
	const time_t last = 253402300799;	/* the end of 9999 */
	int64_t since = (t < first ? first : t > last ? last : t) - first;
	int days = (int)(since / DAY_SECONDS);
	int second = (int)(since % DAY_SECONDS);
	struct date d = {
		.hour = second / 3600,
		.minute = second / 60 % 60,
		.second = second % 60,
	};

	set_day(&d, days);
	*weekday = (days + 3) % 7;	/* it began on a Wednesday */
	return d;
}

static char *
put_digits(char *p, int n, int width)
{
	for (int i = width; i-- > 0; n /= 10)
		p[i] = (char)('0' + n % 10);
	return p + width;
}

static char *
put(char *p, const char *s, size_t n)
{
	memcpy(p, s, n);
	return p + n;
}

void
date_format(time_t t, char out[DATE_LEN + 1])
{
	int weekday;
	struct date d = date_of(t, &weekday);
	char *p = out;

	p = put(p, day_names[weekday], 3);
	p = put(p, ", ", 2);
	p = put_digits(p, d.day, 2);
	p = put(p, " ", 1);
	p = put(p, month_names[d.month], 3);
	p = put(p, " ", 1);
	p = put_digits(p, d.year, 4);
	p = put(p, " ", 1);
	p = put_digits(p, d.hour, 2);
	p = put(p, ":", 1);
	p = put_digits(p, d.minute, 2);
	p = put(p, ":", 1);
	p = put_digits(p, d.second, 2);
	put(p, " GMT", 5);
}

/* Is s of this form?  There 0 stands for a digit, A for any byte. */
static bool
fits(struct slice s, const char *form)
{
	if (s.n != strlen(form))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (form[i] == '0' ? !ascii_is_digit(s.p[i])
		    : form[i] != 'A' && s.p[i] != form[i])
			return false;
	}
	return true;
}

/* The number of so many digits at p; a blank counts as zero. */
static int
number(const char *p, int width)
{
	int n = 0;

	for (int i = 0; i < width; i++)
		n = n * 10 + (p[i] == ' ' ? 0 : p[i] - '0');
	return n;
}

/* HH:MM:SS */
static void
read_time(struct date *d, const char *p)
{
	d->hour = number(p, 2);
	d->minute = number(p + 3, 2);
	d->second = number(p + 6, 2);
}

/* -1 if it is none: is_valid() refuses it. */
static int
read_month(const char *p)
{
	for (int i = 0; i < 12; i++) {
		if (memcmp(p, month_names[i], 3) == 0)
			return i;
	}
	return -1;
}

/*
 * What follows the name of a day, short or whole, at the start of s; nothing if
 * there is none.  That it was this day is not checked: the date is complete
 * without it.
 */
static struct slice
after_day_name(struct slice s, bool whole)
{
	for (int i = 0; i < 7; i++) {
		size_t n = whole ? strlen(day_names[i]) : 3;

		if (s.n > n && memcmp(s.p, day_names[i], n) == 0)
			return slice_skip(s, n);
	}
	return slice_first(s, 0);
}

static bool
read_fixdate(struct date *d, struct slice s)
{
	s = after_day_name(s, false);
	if (!fits(s, ", 00 AAA 0000 00:00:00 GMT"))
		return false;
	d->day = number(s.p + 2, 2);
	d->month = read_month(s.p + 5);
	d->year = number(s.p + 9, 4);
	read_time(d, s.p + 14);
	return true;
}

static bool
read_asctime(struct date *d, struct slice s)
{
	s = after_day_name(s, false);
	if (!fits(s, " AAA 00 00:00:00 0000") &&
	    !fits(s, " AAA  0 00:00:00 0000"))
		return false;
	d->month = read_month(s.p + 1);
	d->day = number(s.p + 5, 2);
	read_time(d, s.p + 8);
	d->year = number(s.p + 17, 4);
	return true;
}

/* The latest year that ends so and is not more than 50 years after now. */
static int
whole_year(struct date d, int two_digits, time_t now)
{
	int weekday, year = date_of(now, &weekday).year;

	year += 100 - year % 100 + two_digits;
	for (;; year -= 100) {
		d.year = year - 50;
		if (d.year < 0 || seconds_of(&d) <= now)
			return year;
	}
}

static bool
read_rfc850(struct date *d, struct slice s, time_t now)
{
	s = after_day_name(s, true);
	if (!fits(s, ", 00-AAA-00 00:00:00 GMT"))
		return false;
	d->day = number(s.p + 2, 2);
	d->month = read_month(s.p + 5);
	read_time(d, s.p + 12);
	if (d->month >= 0)
		d->year = whole_year(*d, number(s.p + 9, 2), now);
	return true;
}

/* Second 60 is a leap second. */
static bool
is_valid(const struct date *d)
{
	return d->month >= 0 && d->day >= 1 &&
	    d->day <= days_in_month(d->year, d->month) &&
	    d->hour <= 23 && d->minute <= 59 && d->second <= 60;
}

time_t
date_parse(struct slice s, time_t now)
{
	struct date d = { 0 };

	if (!read_fixdate(&d, s) && !read_rfc850(&d, s, now) &&
	    !read_asctime(&d, s))
		return -1;
	return is_valid(&d) ? seconds_of(&d) : -1;
}
