/*
 * The script that --live adds to pages.  It follows the event stream of live.h
 * and reloads the page, or exchanges a style sheet, when a file that the page
 * uses has changed.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include "http.h"
#include "server/buf.h"
#include "server/options.h"

enum {
	/* Bytes of all snippets. */
	RELOAD_SNIPPETS_MAX = 1024 + 6 * OPTIONS_BASE_MAX,
};

/* What a page is made from, beside its own path. */
enum reload_page {
	RELOAD_FILE,
	RELOAD_LISTING,		/* all names in its path */
	RELOAD_SPA,		/* /index.html */
	RELOAD_MISSING,		/* /404.html */
	RELOAD_ANY,		/* any file: a rule chose it */
	RELOAD_ERROR,		/* an error page of our own */
	RELOAD_SPA_ERROR,	/* one that stands for a missing /index.html */
	RELOAD_PAGES
};

/*
 * Does a browser show the response as a page, rather than hand it to a script?
 * A service worker may have passed the request on.
 */
bool reload_is_navigation(const struct http_request *req);

/*
 * May ASCII text be appended to a file of this media type whose first bytes are
 * start?  Not to UTF-16.
 */
bool reload_suits(struct slice type, struct slice start);

/* For each kind of page the HTML that loads the script, for the page's end. */
struct reload_snippets {
	struct slice text[RELOAD_PAGES];
	char space[RELOAD_SNIPPETS_MAX];
};

/* base: the value of --base, or NULL.  The slices point into *s. */
void reload_make_snippets(struct reload_snippets *s, const char *base);

/*
 * Does path (decoded) name the script?  The last segments decide: pages load it
 * from their own folder, so that neither a prefix that a proxy strips nor a
 * <base href> leads elsewhere.
 */
bool reload_is_script(struct slice path);

/* Append the script for a request with this path, as sent. */
void reload_put_script(struct buf *b, struct slice target);

/*
 * The number in a query such as "?250": the stream starts with the changes of
 * so many last milliseconds.  0 if there is no number.
 */
int64_t reload_age_ms(struct slice query);

#define RELOAD_PATH "/.well-known/serve/live"	/* of the event stream */

#endif
