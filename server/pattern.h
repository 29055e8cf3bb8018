/*
 * Path patterns of _redirects and _headers, indexed by their segments, so that
 * a path meets only the few that can match it.  Pure.
 *
 *	/a/b	that path; a slash at the end of either counts for nothing
 *	:name	one segment
 *	*	any bytes, slashes too; "/a/" and "*" match "/a" as well
 */
#ifndef PATTERN_H
#define PATTERN_H

#include "server/slice.h"

enum {
	PATTERN_MAX = 1000,	/* of a set */
	PATTERN_SEGMENTS = 32,	/* of a pattern; the depth of a look-up */
};

struct pattern_node;
struct pattern;

struct pattern_set {
	struct pattern_node *node;	/* the first is the root */
	uint32_t *slot;		/* hash table of nodes, 0: free */
	uint32_t nodes, slot_mask;
	struct pattern *pattern;
	unsigned patterns;
	char *text;		/* decoded names */
	size_t text_n;
};

/* Bytes that a set needs for the patterns in text, one a line at most. */
size_t pattern_space(struct slice text);

/* space is aligned for any type and lives as long as the set. */
void pattern_set_init(struct pattern_set *set, struct slice text, char *space);

/*
 * Add a pattern as it is written; its number is the count before.  Returns NULL,
 * or what is wrong with it.  splat_last: '*' may stand only at its end.
 */
const char *pattern_add(struct pattern_set *set, struct slice from,
    bool splat_last);

/* The numbers of patterns that match, in ascending order. */
struct pattern_matches {
	uint64_t bit[(PATTERN_MAX + 63) / 64];
};

/* path is decoded, as http_decode_path() leaves it. */
void pattern_match(const struct pattern_set *set, struct slice path,
    struct pattern_matches *m);

/* The first number from i on, or -1. */
int pattern_next(const struct pattern_matches *m, int i);

/*
 * What the placeholder name ("splat": the '*') of the pattern from, which
 * matches path, stands for: a part of path.  The first of that name counts.
 * False: there is no such placeholder.
 */
bool pattern_capture(struct slice from, struct slice path, struct slice name,
    struct slice *value);

/* How many bytes at the start of s are the name of a placeholder. */
size_t pattern_name_length(struct slice s);

#endif
