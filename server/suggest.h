/* Finds what a mistyped name was meant to be.  Pure. */
#ifndef SUGGEST_H
#define SUGGEST_H

#include <stddef.h>

/*
 * The nearest of names[0..n) to what was typed: the only one it is a prefix
 * of, else the one at an edit distance of at most 2.  NULL if none is near.
 */
const char *suggest(const char *typed, const char *const *names, size_t n);

#endif
