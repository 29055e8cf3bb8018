/* Finds the name that the user meant to type.  Pure. */
#ifndef SUGGEST_H
#define SUGGEST_H

#include <stddef.h>

/*
 * The name in names[0..n) nearest to the typed one: the only name that starts
 * with it, else the nearest at an edit distance of at most 2, else NULL.
 */
const char *suggest(const char *typed, const char *const *names, size_t n);

#endif
