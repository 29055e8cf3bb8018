/*
 * The script that --live adds to pages.  It follows the event stream of
 * live_stream.h and reloads the page, or exchanges a style sheet, when a file
 * that the page uses has changed.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include "http.h"
#include "server/buf.h"
#include "server/options.h"

enum {
	/* Bytes of all snippets. */
	RELOAD_SNIPPETS_MAX = 2 * (1280 + 6 * OPTIONS_BASE_MAX),
};

/* The source of a page, besides the file at its own path. */
enum reload_page {
	RELOAD_FILE,
	RELOAD_LISTING,		/* all names in the folder at its path */
	RELOAD_SPA,		/* /index.html */
	RELOAD_MISSING,		/* /404.html */
	RELOAD_ANY,		/* any file: a rule chose it */
	RELOAD_ERROR,		/* none: an error page that serve made */
	RELOAD_SPA_ERROR,	/* the same, because /index.html is missing */
	RELOAD_PAGES
};

/*
 * Will a browser show the response as a page, rather than give it to a script?
 * The request may come from a service worker.
 */
bool reload_is_navigation(const struct http_request *req);

/*
 * Can the snippet, which is ASCII, be appended to a file of this media type
 * whose first bytes are start?  Only to HTML, and not to UTF-16.
 */
bool reload_can_append(struct slice type, struct slice start);

/*
 * Does a <base> among the first bytes of an HTML file name a server?  It may be
 * another one, and a relative URL of the script would lead there.
 */
bool reload_has_foreign_base(struct slice start);

/* For each kind of page, the HTML at its end that loads the script. */
struct reload_snippets {
	struct slice text[RELOAD_PAGES];
	/* Independent of <base>, but more policies (CSP) forbid them. */
	struct slice inline_text[RELOAD_PAGES];
	char space[RELOAD_SNIPPETS_MAX];
};

/* base: the value of --base.  The slices point into *s. */
void reload_make_snippets(struct reload_snippets *s, const char *base);

/*
 * Does path (decoded) name the script?  Only the last segments count, because
 * pages load the script from their own folder: then it works behind a proxy
 * that strips a prefix, and with a <base href>.
 */
bool reload_is_script(struct slice path);

/* Append the script for a request with this path, as sent. */
void reload_put_script(struct buf *b, struct slice target);

/*
 * The number in a query such as "?250": the stream starts with the changes of
 * the last 250 milliseconds.  0 if there is no number.
 */
int64_t reload_age_ms(struct slice query);

#define RELOAD_PATH "/.well-known/serve/live"	/* of the event stream */

#endif
