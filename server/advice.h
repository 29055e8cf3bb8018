/* Advice for users who type the options of other servers.  Pure. */
#ifndef ADVICE_H
#define ADVICE_H

/*
 * name: an unknown option without its dashes.  Returns advice to print after
 * "unknown option '...', ", or NULL.
 */
const char *advice_option(const char *name);

/* The port in "8080", ":8080", "HOST:8080" or "http://HOST:8080/", with its
 * length in *n, or NULL. */
const char *advice_port(const char *typed, int *n);

/* The text after an en dash or em dash at the start of arg, or NULL.  Word
 * processors replace "--" with such a dash. */
const char *advice_dash(const char *arg);

#endif
