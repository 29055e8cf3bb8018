# Dates: RFC 9110 section 5.6.7.

load helper

# SECONDS DATE...: each date is that many seconds after 1970 began.
is() {
	local date got

	for date in "${@:2}"; do
		got=$(printf %b "$date" | "$DRIVER" date "${NOW:-1790000000}")
		[ "$got" = "$1" ] || fail "$date: $got, not $1" || return
	done
}

# SECONDS DATE: written so, and read back
written() {
	local got

	got=$(printf %s "$1" | "$DRIVER" date-format)
	[ "$got" = "$2" ] || fail "$1: $got, not $2" || return
	is "$1" "$2"
}

@test "RFC 9110 5.6.7: a date in each of the three forms" {
	is 784111777 'Sun, 06 Nov 1994 08:49:37 GMT' \
		'Sunday, 06-Nov-94 08:49:37 GMT' 'Sun Nov  6 08:49:37 1994' \
		'Sun Nov 06 08:49:37 1994'
	is 785062177 'Thu, 17 Nov 1994 08:49:37 GMT' \
		'Thursday, 17-Nov-94 08:49:37 GMT' 'Thu Nov 17 08:49:37 1994'
}

@test "RFC 9110 5.6.7: dates are written in the first form" {
	written 784111777 'Sun, 06 Nov 1994 08:49:37 GMT'
	written 0 'Thu, 01 Jan 1970 00:00:00 GMT'
	written -1 'Wed, 31 Dec 1969 23:59:59 GMT'
	written 951782400 'Tue, 29 Feb 2000 00:00:00 GMT'
	written 951868799 'Tue, 29 Feb 2000 23:59:59 GMT'
	written 951868800 'Wed, 01 Mar 2000 00:00:00 GMT'
	written 1709251199 'Thu, 29 Feb 2024 23:59:59 GMT'
	written 4107542400 'Mon, 01 Mar 2100 00:00:00 GMT'
	written 4107542399 'Sun, 28 Feb 2100 23:59:59 GMT'
	written 2147483648 'Tue, 19 Jan 2038 03:14:08 GMT'
	written 253402300799 'Fri, 31 Dec 9999 23:59:59 GMT'
	written -62135596800 'Mon, 01 Jan 0001 00:00:00 GMT'
}

@test "a date that four digits cannot write is the nearest that they can" {
	[ "$(printf 253402300800 | "$DRIVER" date-format)" = \
		'Fri, 31 Dec 9999 23:59:59 GMT' ]
	[ "$(printf 9223372036854775807 | "$DRIVER" date-format)" = \
		'Fri, 31 Dec 9999 23:59:59 GMT' ]
	[ "$(printf -- -9223372036854775808 | "$DRIVER" date-format)" = \
		'Wed, 01 Mar 0000 00:00:00 GMT' ]
}

@test "days of 400 years agree with date(1)" {
	need date
	for year in $(seq 1601 38 2399); do
		printf "$year-%s 12:34:56\n" 01-01 02-28 03-01 07-04 12-31
	done >"$BATS_TEST_TMPDIR/days"
	date -u -f "$BATS_TEST_TMPDIR/days" '+%s %a, %d %b %Y %T GMT' \
		>"$BATS_TEST_TMPDIR/dates"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/dates")" = 110 ]
	while read -r at day; do
		written "$at" "$day"
	done <"$BATS_TEST_TMPDIR/dates"
}

@test "RFC 9110 5.6.7: dates compare with case" {
	is none 'sun, 06 Nov 1994 08:49:37 GMT' \
		'Sun, 06 nov 1994 08:49:37 GMT' \
		'Sun, 06 NOV 1994 08:49:37 GMT' \
		'Sun, 06 Nov 1994 08:49:37 gmt' \
		'SUNDAY, 06-Nov-94 08:49:37 GMT' 'Sun nov  6 08:49:37 1994'
}

@test "RFC 9110 5.6.7: the zone is GMT and nothing else" {
	is none 'Sun, 06 Nov 1994 08:49:37 UTC' \
		'Sun, 06 Nov 1994 08:49:37 +0000' 'Sun, 06 Nov 1994 08:49:37' \
		'Sun, 06 Nov 1994 08:49:37 GMT+1' 'Sun, 06 Nov 1994 08:49:37 ' \
		'Sun Nov  6 08:49:37 1994 GMT'
}

@test "RFC 9110 5.6.7: a date has exactly the spaces of its form" {
	is none ' Sun, 06 Nov 1994 08:49:37 GMT' \
		'Sun,  06 Nov 1994 08:49:37 GMT' \
		'Sun,06 Nov 1994 08:49:37 GMT' 'Sun, 6 Nov 1994 08:49:37 GMT' \
		'Sun,  6 Nov 1994 08:49:37 GMT' \
		'Sun, 06 Nov 1994  8:49:37 GMT' 'Sun Nov 6 08:49:37 1994' \
		'Sun Nov   6 08:49:37 1994' 'Sun, 06\tNov 1994 08:49:37 GMT' \
		'Sun, 06 Nov 1994 08:49:37 GMT '
}

@test "RFC 9110 5.6.7: a day, month or time that does not exist is not a date" {
	is none 'Sun, 00 Nov 1994 08:49:37 GMT' \
		'Sun, 31 Nov 1994 08:49:37 GMT' \
		'Sun, 29 Feb 1994 08:49:37 GMT' \
		'Sun, 29 Feb 1900 08:49:37 GMT' \
		'Sun, 30 Feb 2000 08:49:37 GMT' \
		'Sun, 06 Nox 1994 08:49:37 GMT' \
		'Sun, 32 Jan 1994 08:49:37 GMT' \
		'Sun, 06 Nov 1994 24:00:00 GMT' \
		'Sun, 06 Nov 1994 08:60:00 GMT' \
		'Sun, 06 Nov 1994 08:49:61 GMT' 'Sun Nov 00 08:49:37 1994' \
		'Sun Nov  0 08:49:37 1994' 'Xun, 06 Nov 1994 08:49:37 GMT' \
		', 06 Nov 1994 08:49:37 GMT' ', 06-Nov-94 08:49:37 GMT' \
		' Nov  6 08:49:37 1994'
	is -62167219200 'Sat, 01 Jan 0000 00:00:00 GMT'
	is 68169600 'Tue, 29 Feb 1972 00:00:00 GMT'
}

@test "every month has its days" {
	for last in 31Jan 28Feb 31Mar 30Apr 31May 30Jun 31Jul 31Aug 30Sep \
		31Oct 30Nov 31Dec
	do
		day=${last%???} end="${last#??} 1995 00:00:00 GMT"
		run "$DRIVER" date < <(printf %s "Sun, $day $end")
		[ "$output" != none ] || fail "$last"
		is none "Sun, $((day + 1)) $end"
	done
}

@test "RFC 9110 5.6.7: a leap second is the one before the next minute" {
	is 1483228800 'Sat, 31 Dec 2016 23:59:60 GMT'
}

@test "anything else is not a date" {
	is none 'Sun; 06 Nov 1994 08:49:37 GMT' \
		'Sunday; 06-Nov-94 08:49:37 GMT' 'Sun,Nov  6 08:49:37 1994' \
		'SunX06 Nov 1994 08:49:37 GMT'
	is none '' 0 now 784111777 1994-11-06T08:49:37Z 'Sun' 'Sunday' \
		'Sun, 06 Nov 94 08:49:37 GMT' 'Sun, 06-Nov-1994 08:49:37 GMT' \
		'Sun, 06-Nov-94 08:49:37 GMT' \
		'Sunday, 06 Nov 1994 08:49:37 GMT' \
		'Sun, 06 Nov -994 08:49:37 GMT' \
		'Sun, +6 Nov 1994 08:49:37 GMT' \
		'Sun, 06 Nov 1994 08-49-37 GMT' \
		'Sun, 06 Nov 1994 08:49:3a GMT' \
		'Sun, 06 Nov 1994 08:49:37 GMT\x00' \
		'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT'
}

@test "the day of the week may be a wrong one" {
	is 784111777 'Mon, 06 Nov 1994 08:49:37 GMT' \
		'Friday, 06-Nov-94 08:49:37 GMT' 'Tue Nov  6 08:49:37 1994'
}

@test "RFC 9110 5.6.7: two digits are a year at most 50 years from now" {
	NOW=1790000000		# 21 September 2026, 14:13:20
	is 3367836800 'Monday, 20-Sep-76 14:13:20 GMT'
	is 3367923200 'Monday, 21-Sep-76 14:13:20 GMT'
	is 212163201 'Monday, 21-Sep-76 14:13:21 GMT'
	is 212249600 'Wednesday, 22-Sep-76 14:13:20 GMT'
	is 220924800 'Saturday, 01-Jan-77 00:00:00 GMT'
	is 1767225600 'Thursday, 01-Jan-26 00:00:00 GMT'
	NOW=4086000000		# 2099
	is 4260211200 'Friday, 01-Jan-05 00:00:00 GMT'
	NOW=0
	is 0 'Thursday, 01-Jan-70 00:00:00 GMT'
	is 1577750400 'Tuesday, 31-Dec-19 00:00:00 GMT'
	is 1577836800 'Wednesday, 01-Jan-20 00:00:00 GMT'
	is -1577923199 'Thursday, 01-Jan-20 00:00:01 GMT'
}
