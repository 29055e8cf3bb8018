/* What hands used to other servers type, and what does it here.  Pure. */
#ifndef HABIT_H
#define HABIT_H

/*
 * name: an unknown option without its dashes.  Returns advice to stand behind
 * "unknown option '...', ", or NULL.
 */
const char *habit_option(const char *name);

/* The port in "8080", ":8080", "HOST:8080" or "http://HOST:8080/", or NULL;
 * *n is its length. */
const char *habit_port(const char *typed, int *n);

/* An en dash or em dash at the start, which programs for text make of "--":
 * what follows it, or NULL. */
const char *habit_dash(const char *arg);

#endif
