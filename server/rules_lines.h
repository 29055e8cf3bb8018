/*
 * Read _redirects and _headers by lines and words, and report errors in them.
 * Only the files that implement rules.h include this.
 */
#ifndef RULES_LINES_H
#define RULES_LINES_H

#include "server/rules.h"

/* A file that is being read. */
struct rules_reader {
	const char *name;
	struct slice rest;
	struct slice text;	/* of the line, trimmed */
	int line;
	unsigned faults;
	unsigned rules;
	int first_surplus;	/* line of the first rule too many, or 0 */
	struct buf *messages;
};

/* name: of the file, for messages. */
void rules_begin(struct rules_reader *f, const char *name, struct slice text,
    struct buf *messages);

/* The next line that is neither empty nor a comment; false at the end. */
bool rules_next_line(struct rules_reader *f);

/*
 * Is there room for one more rule?  Remembers the line of the first one too
 * many.
 */
bool rules_take(struct rules_reader *f);

/* "_redirects line 7: bad status '999', line left out"; more follows the
 * word. */
void rules_fault(struct rules_reader *f, const char *what, struct slice word,
    const char *more);

/* "_redirects line 3: leads in a circle, by line 9" */
void rules_warn_of_circle(struct rules_reader *f, int line, int last);

/* Report the errors that are reported once per file. */
void rules_end(struct rules_reader *f);

/* The next word of *rest; empty at the end of the line or at a comment. */
struct slice rules_next_word(struct slice *rest);

/* Does it start with http:// or https://? */
bool rules_has_scheme(struct slice s);

/* The part of a URL between its "//" and its path, query or fragment. */
struct slice rules_authority(struct slice url);

/* Does s have NUL, a bare CR or the like?  A path or field must not. */
bool rules_has_control(struct slice s);

/*
 * Append the key of the line's pattern: a condition on the query that a request
 * must meet, decoded.  Appends nothing if the line has no key.
 */
void rules_put_key(const struct rules_redirect *r, struct buf *out);

static inline struct slice
rules_without_slash(struct slice path)
{
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

static inline bool
rules_has_query(struct slice target)
{
	for (size_t i = 0; i < target.n && target.p[i] != '#'; i++)
		if (target.p[i] == '?')
			return true;
	return false;
}

#endif
