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

/* What was said last of each file, by any loop: a hash of its text. */
struct rules_said {
	atomic_uint_least64_t hash[RULES_FILES];
};

/* Takes a message for the user: a line without "serve: " and newline. */
struct rules_listener {
	void (*say)(void *arg, struct slice message);
	void *arg;
};

struct rules_file;

/* Are they read at all?  Not with --no-rules, and not beside FILE. */
bool rules_file_applies(const struct options *opt,
    const struct docroot *docroot);

/* NULL with ENOMEM. */
struct rules_file *rules_file_new(struct rules_said *said);
void rules_file_free(struct rules_file *r);

/*
 * Look whether the files have changed, and read those that have.  What is wrong with them is said by the first loop that sees it.
 * wall_ns: CLOCK_REALTIME.  A file that cannot be read, or is too large, has no
 * rules.
 */
void rules_file_refresh(struct rules_file *r, struct file_cache *root,
    int64_t wall_ns, const struct rules_listener *listener);

/* NULL where there is no such file or no rule in it; until the next refresh. */
const struct rules_redirects *rules_file_redirects(const struct rules_file *r);
const struct rules_headers *rules_file_headers(const struct rules_file *r);

/* How many rules are in force: lines of one file, paths of the other. */
struct rules_counts {
	unsigned redirects, headers;
};

struct rules_counts rules_file_count(const struct rules_file *r);

/* Is this the path of one of the two?  They are not served. */
bool rules_file_is_path(struct slice path);	/* starts with '/' */

/* Is it the name of one, at the top of the folder?  They are not listed. */
bool rules_file_is_name(struct slice name);

#endif
