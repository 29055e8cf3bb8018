/* HTTP dates, RFC 9110 section 5.6.7.  Pure. */
#ifndef DATE_H
#define DATE_H

#include <time.h>

#include "server/slice.h"

enum { DATE_LEN = 29 };	/* "Sun, 06 Nov 1994 08:49:37 GMT" */

/* Write t, seconds since 1970, as IMF-fixdate and a NUL. */
void date_format(time_t t, char out[DATE_LEN + 1]);

/*
 * Read a date in one of the three forms.  A two-digit year more than 50 years
 * after now is of the century before.  Returns -1 if it is none.
 */
time_t date_parse(struct slice s, time_t now);

#endif
