/*
 * Path patterns of _redirects and _headers, indexed by their segments, so that
 * a path is compared only with the few that can match.  Pure.
 *
 *	/a/b	that path, with or without a slash at the end
 *	:name	one segment
 *	*	any bytes, slashes too; "/a/" and "*" match "/a" as well
 *
 * A pattern may have a key too: bytes that narrow down the requests.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include "server/slice.h"

enum {
	PATTERN_MAX = 1000,	/* of a set */
	PATTERN_SEGMENTS = 32,	/* of a pattern; the depth of a lookup */
};

struct pattern_node;
struct pattern;

struct pattern_set {
	struct pattern_node *node;	/* the first is the root */
	uint32_t *slot;		/* hash table of nodes, 0: free */
	uint32_t nodes, slot_mask;
	struct pattern *pattern;
	unsigned patterns;
	bool has_keys;
	char *text;		/* decoded names */
	size_t text_n;
};

/* The bytes that a set needs for the patterns and keys in text, at most one of
 * each per line. */
size_t pattern_space(struct slice text);

/* The number of patterns that text can have: one per line, up to
 * PATTERN_MAX. */
size_t pattern_most(struct slice text);

/* space is aligned for any type and lives as long as the set. */
void pattern_set_init(struct pattern_set *set, struct slice text, char *space);

/*
 * Add a pattern as it is written; it is numbered from 0 in the order of calls.
 * Returns NULL or an error message.  splat_last: '*' may stand only at its end.
 * key: if not empty, and the pattern has no '*', requests without this key do
 * not match.  The pattern and its key together are not longer than their line
 * of the text that the set was made for.
 */
const char *pattern_add(struct pattern_set *set, struct slice from,
    bool splat_last, struct slice key);

/* Does any pattern have a key?  If not, pattern_match() needs no keys. */
bool pattern_has_keys(const struct pattern_set *set);

/* The numbers of patterns that match, in ascending order. */
struct pattern_matches {
	uint64_t bit[(PATTERN_MAX + 63) / 64];
};

/* The keys of a request. */
struct pattern_keys {
	const struct slice *key;
	unsigned n;
};

/* path is decoded, as by http_decode_path(). */
void pattern_match(const struct pattern_set *set, struct slice path,
    struct pattern_keys keys, struct pattern_matches *m);

/* The first number in *m that is i or more; -1 if *m has no such number. */
int pattern_next(const struct pattern_matches *m, int i);

/*
 * Find the part of path that a placeholder of the pattern from stands for; path
 * matches from.  name is its name, "splat" for the '*', and the first one of
 * that name counts.  False if there is no such placeholder.
 */
bool pattern_capture(struct slice from, struct slice path, struct slice name,
    struct slice *value);

/* The length of the placeholder name at the start of s. */
size_t pattern_name_length(struct slice s);

#endif
