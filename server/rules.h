/*
 * _redirects and _headers -> what they change of a request or an answer.  The
 * syntax is Netlify's, the meaning of a redirect that of the "Web _redirects
 * File Specification" of the IPFS project, with Netlify's '!' and query
 * conditions; "! Name" in _headers is Cloudflare's.  Pure.
 */
#ifndef RULES_H
#define RULES_H

#include "server/buf.h"
#include "server/pattern.h"

enum {
	RULES_MAX = PATTERN_MAX,	/* of a file: the others do not count */
	RULES_FILE_MAX = 64 << 10,	/* bytes: a larger file is ignored */
	RULES_MESSAGES = 32 << 10,	/* bytes of what is said of one file */
	RULES_TARGET_MAX = 8 << 10,	/* bytes of where a redirect leads */
	RULES_FIELDS_MAX = 8 << 10,	/* bytes of fields for one answer */
	RULES_SAME_FIELDS = 64,		/* names of fields for one answer */
};

/* A line of _redirects.  Slices are of the file. */
struct rules_redirect {
	struct slice from, conditions, to;
	int line;
	int status;		/* 200, 301 to 303, 307, 308, 404, 410, 451 */
	unsigned condition_count;
	bool forced;		/* it comes before files */
	bool external;		/* to is a URL with a host */
};

struct rules_redirects {
	struct pattern_set from;
	struct rules_redirect *redirect;
	unsigned count;
};

/* Bytes for the rules of a file. */
size_t rules_redirects_space(struct slice text);

/*
 * Parse a file.  text and space (aligned for any type) live as long as the
 * rules.  What is wrong is appended to messages, a line each: "_redirects line
 * 7: bad status '999', line left out".
 */
void rules_parse_redirects(struct rules_redirects *r, struct slice text,
    char *space, struct buf *messages);

/*
 * The first line that holds for a request: path decoded, query as sent, with
 * its '?' or empty.  forced: of those that come before files alone.  A redirect
 * that leads to where the request is does not hold.  NULL: none.
 */
const struct rules_redirect *rules_find_redirect(
    const struct rules_redirects *r, struct slice path, struct slice query,
    bool forced);

/*
 * Append where a line that holds leads: a URL, or a path (one slash in front;
 * behind it perhaps a query and a fragment), with its placeholders filled in
 * and escaped as RFC 3986 wants.  Of the request's query it has what the line's
 * TO does not say.  out->full where that is more than RULES_TARGET_MAX.
 */
void rules_put_target(const struct rules_redirect *r, struct slice path,
    struct slice query, struct buf *out);

/* A line of _headers below its pattern. */
struct rules_field {
	struct slice name, value;
	bool remove;		/* "! Name" */
};

struct rules_headers {
	struct pattern_set paths;
	struct rules_field *field;	/* in the file's order */
	unsigned *first;	/* number of each pattern's first field, and
				   the count of fields behind them */
	unsigned field_count;
};

size_t rules_headers_space(struct slice text);
void rules_parse_headers(struct rules_headers *h, struct slice text,
    char *space, struct buf *messages);

/* What _headers says of one name for one path. */
struct rules_change {
	struct slice name;
	struct slice value;	/* all values, joined; empty: removed */
};

/*
 * The changes for a path, no name twice; their values are made in space.
 * Returns how many.  *cut: there were more than RULES_FIELDS_MAX bytes or
 * RULES_SAME_FIELDS names, and the others were left out.
 */
unsigned rules_find_changes(const struct rules_headers *h, struct slice path,
    struct rules_change change[RULES_SAME_FIELDS], struct buf *space,
    bool *cut);

#endif
