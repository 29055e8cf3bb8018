#include "server/date.h"

#include "server/ascii.h"
#include "server/calendar.h"

static const char day_names[7][10] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
	"Saturday",
};

struct date {
	struct calendar_date day;	/* month -1: no such name */
	int hour, minute, second;
};

static int64_t
seconds_of(const struct date *d)
{
	int64_t days = calendar_day_of(d->day) - CALENDAR_1970;

	return days * CALENDAR_DAY_SECONDS + (d->hour * 60 + d->minute) * 60 +
	    d->second;
}

static struct date
date_of(int64_t t, int *weekday)
{
	const int64_t first = -(int64_t)CALENDAR_1970 * CALENDAR_DAY_SECONDS;
	const int64_t last = 253402300799;	/* the end of 9999 */
	int64_t since = (t < first ? first : t > last ? last : t) - first;
	uint32_t day = (uint32_t)(since / CALENDAR_DAY_SECONDS);
	int second = (int)(since % CALENDAR_DAY_SECONDS);

	*weekday = (int)((day + 3) % 7);	/* day 0 was a Wednesday */
	return (struct date){
		.day = calendar_date_of(day),
		.hour = second / 3600,
		.minute = second / 60 % 60,
		.second = second % 60,
	};
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
date_format(int64_t t, char out[DATE_LEN + 1])
{
	int weekday;
	struct date d = date_of(t, &weekday);
	char *p = out;

	p = put(p, day_names[weekday], 3);
	p = put(p, ", ", 2);
	p = put_digits(p, d.day.day, 2);
	p = put(p, " ", 1);
	p = put(p, calendar_months[d.day.month], 3);
	p = put(p, " ", 1);
	p = put_digits(p, d.day.year, 4);
	p = put(p, " ", 1);
	p = put_digits(p, d.hour, 2);
	p = put(p, ":", 1);
	p = put_digits(p, d.minute, 2);
	p = put(p, ":", 1);
	p = put_digits(p, d.second, 2);
	put(p, " GMT", 5);
}

/* Does s have this form?  0 stands for a digit, A for any byte. */
static bool
fits(struct slice s, const char *form)
{
	if (s.n != strlen(form))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (form[i] == '0' ? !ascii_is_digit(s.p[i]) :
		    form[i] != 'A' && s.p[i] != form[i])
			return false;
	}
	return true;
}

/* The number with width digits at p; a blank counts as zero. */
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

/* -1 for an unknown name, which is_valid() refuses. */
static int
read_month(const char *p)
{
	for (int i = 0; i < 12; i++) {
		if (memcmp(p, calendar_months[i], 3) == 0)
			return i;
	}
	return -1;
}

/*
 * Skip the short or full name of a weekday at the start of s.  Without such a
 * name the result is empty.  The date is complete without the weekday, so
 * whether they agree is not checked.
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
	d->day.day = number(s.p + 2, 2);
	d->day.month = read_month(s.p + 5);
	d->day.year = number(s.p + 9, 4);
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
	d->day.month = read_month(s.p + 1);
	d->day.day = number(s.p + 5, 2);
	read_time(d, s.p + 8);
	d->day.year = number(s.p + 17, 4);
	return true;
}

/* The latest year with these two digits that puts *d at most 50 years after
 * now. */
static int
whole_year(struct date d, int two_digits, int64_t now)
{
	int weekday, year = date_of(now, &weekday).day.year;

	year += 100 - year % 100 + two_digits;
	for (;; year -= 100) {
		d.day.year = year - 50;
		if (d.day.year < 0 || seconds_of(&d) <= now)
			return year;
	}
}

static bool
read_rfc850(struct date *d, struct slice s, int64_t now)
{
	s = after_day_name(s, true);
	if (!fits(s, ", 00-AAA-00 00:00:00 GMT"))
		return false;
	d->day.day = number(s.p + 2, 2);
	d->day.month = read_month(s.p + 5);
	read_time(d, s.p + 12);
	if (d->day.month >= 0)
		d->day.year = whole_year(*d, number(s.p + 9, 2), now);
	return true;
}

/* Accept second 60, a leap second. */
static bool
is_valid(const struct date *d)
{
	return d->day.month >= 0 && d->day.day >= 1 &&
	    d->day.day <= calendar_month_days(d->day.year, d->day.month) &&
	    d->hour <= 23 && d->minute <= 59 && d->second <= 60;
}

int64_t
date_parse(struct slice s, int64_t now)
{
	struct date d = { 0 };

	if (!read_fixdate(&d, s) && !read_rfc850(&d, s, now) &&
	    !read_asctime(&d, s))
		return DATE_NONE;
	return is_valid(&d) ? seconds_of(&d) : DATE_NONE;
}
