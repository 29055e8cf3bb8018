/*
 * _redirects and _headers of the served folder: one loop's copy, read again
 * when they change.
 */
#ifndef RULES_FILE_H
#define RULES_FILE_H

#include <stdatomic.h>

#include "server/resource.h"
#include "server/rules.h"

enum { RULES_FILES = 2 };

/*
 * For each file, the hash of the text whose errors were reported last, by any
 * loop: so each text is reported once.
 */
struct rules_reported {
	atomic_uint_least64_t hash[RULES_FILES];
};

/* Receives messages for the user: a line without "serve: " and newline. */
struct rules_listener {
	void (*report)(void *arg, struct slice message);
	void *arg;
};

struct rules_file;

/* Are the files used at all?  Not with --no-rules or FILE. */
bool rules_file_applies(const struct options *opt,
    const struct docroot *docroot);

/* reported and apps live as long as the result.  NULL with ENOMEM. */
struct rules_file *rules_file_new(struct rules_reported *reported,
    struct rules_apps apps, struct rules_listener listener);
void rules_file_free(struct rules_file *r);

/* The rules of both files; NULL: no such file, or no rule in it. */
struct rules_in_force {
	const struct rules_redirects *redirects;
	const struct rules_headers *headers;
	bool unknown;		/* memory or descriptors have run out */
};

/*
 * Read the files again if they have changed.  Returns the rules, valid until
 * the next call.  The first loop that finds an error reports it.  wall_ns:
 * CLOCK_REALTIME.  A file that cannot be read, or is too large, has no rules.
 */
struct rules_in_force rules_file_refresh(struct rules_file *r,
    struct file_cache *cache, int64_t wall_ns);

/* The number of rules in force: lines of _redirects, paths of _headers. */
struct rules_counts {
	unsigned redirects, headers;
};

/*
 * At the start: load the rules once, to report their errors and to count them.
 * -1 with errno, after which the program ends.
 */
int rules_file_check(const struct options *opt, const struct docroot *docroot,
    struct rules_reported *reported, struct rules_listener listener,
    struct rules_counts *counts);

/*
 * Is this the name of one of the two files at the top of the folder?  They are
 * neither served nor listed.
 */
bool rules_file_is_name(struct slice name);

/* Is this the status of one of the two files, whatever its name is? */
bool rules_file_is(const struct rules_file *r, const struct stat *st);

#endif
