/* HTTP dates, RFC 9110 section 5.6.7.  Pure. */
#ifndef DATE_H
#define DATE_H

#include "server/slice.h"

enum { DATE_LEN = 29 };		/* "Sun, 06 Nov 1994 08:49:37 GMT" */

#define DATE_NONE INT64_MIN	/* a missing time */

/*
 * Write t, seconds since 1970, as IMF-fixdate and a NUL.  A time outside the
 * years 0 to 9999 becomes the nearest one inside.
 */
void date_format(int64_t t, char out[DATE_LEN + 1]);

/*
 * Read a date in one of the three forms, as seconds since 1970.  A two-digit
 * year more than 50 years after now belongs to the century before.  DATE_NONE
 * for anything else.
 */
int64_t date_parse(struct slice s, int64_t now);

#endif
