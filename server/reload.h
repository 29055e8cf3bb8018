/*
 * What --live puts behind a page that a person looks at: a script, which
 * follows the news (live.h) and acts on those that concern the page.
 */
#ifndef RELOAD_H
#define RELOAD_H

#include "http.h"
#include "server/options.h"

enum {
	/* Bytes of all snippets. */
	RELOAD_SNIPPETS_MAX = 1024 + 6 * OPTIONS_BASE_MAX,
};

/* What the page is made of, beside its own path. */
enum reload_page {
	RELOAD_FILE,
	RELOAD_LISTING,		/* of all the names in its path */
	RELOAD_SPA,		/* /index.html */
	RELOAD_MISSING,		/* /404.html */
	RELOAD_ANY,		/* any file: a rule chose it */
	RELOAD_PAGES
};

/* Is the answer for a person, rather than for a script or a program? */
bool reload_is_navigation(const struct http_request *req);

/* May ASCII be added to a file of this type that begins so?  Not in UTF-16. */
bool reload_suits(struct slice type, struct slice start);

/* HTML for the end of each kind of page: it loads the script. */
struct reload_snippets {
	struct slice text[RELOAD_PAGES];
	char space[RELOAD_SNIPPETS_MAX];
};

/* base: as --base has it, or NULL. */
void reload_make_snippets(struct reload_snippets *s, const char *base);

/*
 * Of a query such as "?250": all that is older than so many milliseconds is
 * known already.  0 if it has none, or no number.
 */
int64_t reload_age_ms(struct slice query);

#define RELOAD_PATH "/.well-known/serve/live"	/* the news; script: .js */

#endif
