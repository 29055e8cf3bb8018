/* The order of names in a listing: file2 before file10.  Pure. */
#ifndef NATURAL_H
#define NATURAL_H

#include "server/slice.h"

/*
 * Negative, 0 or positive as a comes before b, is equal to it, or comes after
 * it.  Runs of digits compare by value, ASCII letters without regard to case,
 * all other characters by code point.  Names that are equal in this order
 * compare by their bytes.
 */
int natural_compare(struct slice a, struct slice b);

#endif
