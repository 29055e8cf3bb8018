/* The order of names in a listing: file2 before file10.  Pure. */
#ifndef NATURAL_H
#define NATURAL_H

#include "server/slice.h"

/*
 * Below, at or above 0 as a comes before b, is b, or comes behind it.  Runs of
 * digits compare by value, ASCII letters without case (as small ones), all
 * else by code point; names alike so far by their bytes.
 */
int natural_compare(struct slice a, struct slice b);

#endif
