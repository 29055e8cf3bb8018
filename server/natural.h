/* The order of names in a listing: file2 before file10.  Pure. */
#ifndef NATURAL_H
#define NATURAL_H

#include "server/slice.h"

/*
 * Negative, 0 or positive as a comes before b, is equal to it, or comes after
 * it.  Runs of digits compare by value, ASCII letters as small ones, all other
 * characters by code point; names that are equal so far by their bytes.
 */
int natural_compare(struct slice a, struct slice b);

#endif
