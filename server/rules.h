/*
 * _redirects and _headers -> changes to a request or a response.  The syntax is
 * Netlify's, the meaning of a redirect that of the "Web _redirects File
 * Specification" of the IPFS project, with Netlify's '!' and query conditions;
 * "! Name" in _headers is Cloudflare's.  Pure.
 */
#ifndef RULES_H
#define RULES_H

#include "server/buf.h"
#include "server/pattern.h"
#include "server/proxy.h"

enum {
	RULES_MAX = PATTERN_MAX,	/* of a file; further rules are
					   ignored */
	RULES_FILE_MAX = 64 << 10,	/* bytes: a larger file is ignored */
	RULES_MESSAGES = 32 << 10,	/* bytes of messages about one file */
	RULES_TARGET_MAX = 8 << 10,	/* bytes of the target of a redirect */
	RULES_FIELDS_MAX = 8 << 10,	/* bytes of fields for one response */
	RULES_SAME_FIELDS = 64,		/* names of fields for one response */
};

/* A line of _redirects.  Slices point into the file's text. */
struct rules_redirect {
	struct slice from, conditions, to;
	int line;
	int status;		/* 200, 301 to 303, 307, 308, 404, 410, 451 */
	unsigned condition_count;
	bool forced;		/* it applies even if the file exists */
	bool external;		/* to is a URL with a host */
	const struct proxy_app *app;	/* the application that answers, or
					   NULL */
};

static inline bool
rules_is_redirect(const struct rules_redirect *r)
{
	return r->status >= 300 && r->status < 400;
}

struct rules_redirects {
	struct pattern_set from;
	struct rules_redirect *redirect;
	unsigned count;
};

/* The bytes of space that the rules of a file need. */
size_t rules_redirects_space(struct slice text);

/* The applications that a line may pass requests on to. */
struct rules_apps {
	const struct proxy_app *app;
	size_t n;
};

/*
 * Parse a file.  text, space (aligned for any type) and the applications live
 * as long as the rules.  Errors are appended to messages, one per line:
 * "_redirects line 7: bad status '999', line left out".
 */
void rules_parse_redirects(struct rules_redirects *r, struct slice text,
    char *space, struct rules_apps apps, struct buf *messages);

/*
 * The first line that applies to a request; path is decoded, query is as sent,
 * with its '?', or empty.  forced: look only at lines that apply even if the
 * file exists.  A redirect to the request's own URL does not apply.  NULL if no
 * line applies.
 */
const struct rules_redirect *rules_find_redirect(
    const struct rules_redirects *r, struct slice path, struct slice query,
    bool forced);

/*
 * Append the target of a line that applies: a URL, or a path that starts with
 * one slash and may have a query and a fragment.  Placeholders are replaced and
 * escaped as in RFC 3986.  The request's query is added unless TO has its own.
 * Sets out->full if the target is longer than RULES_TARGET_MAX.
 */
void rules_put_target(const struct rules_redirect *r, struct slice path,
    struct slice query, struct buf *out);

/* target without its query and fragment; its query with '?', or empty. */
struct slice rules_path_of(struct slice target);
struct slice rules_query_of(struct slice target);

/* A line of _headers below its pattern. */
struct rules_field {
	struct slice name, value;
	bool remove;		/* "! Name" */
};

struct rules_headers {
	struct pattern_set paths;
	struct rules_field *field;	/* in the file's order */
	unsigned *first;	/* index of each pattern's first field, and at
				   the end the number of fields */
	unsigned field_count;
};

/* As for _redirects. */
size_t rules_headers_space(struct slice text);
void rules_parse_headers(struct rules_headers *h, struct slice text,
    char *space, struct buf *messages);

/* A change of one field for one path. */
struct rules_change {
	struct slice name;
	struct slice value;	/* all values, joined; empty: removed */
};

/*
 * The changes for a path, one for each name; their values are built in space.
 * Returns how many.  Sets *cut if the rest was left out, after RULES_FIELDS_MAX
 * bytes or RULES_SAME_FIELDS names.
 */
unsigned rules_find_changes(const struct rules_headers *h, struct slice path,
    struct rules_change change[RULES_SAME_FIELDS], struct buf *space,
    bool *cut);

#endif
