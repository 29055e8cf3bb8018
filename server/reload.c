#include "server/reload.h"

#include <assert.h>

#include "server/accept.h"
#include "server/assets.h"
#include "server/site.h"
#include "server/template.h"

/*
 * Is this a navigation that a service worker passes on?  It has the destination
 * "empty", like fetch() in a script.  Chromium and WebKit keep the mode
 * "navigate"; Firefox sends "same-origin", and a field that it adds only to
 * navigations.
 */
static bool
is_passed_on(const struct http_request *req)
{
	struct slice mode = req->field[HTTP_SEC_FETCH_MODE];

	return slice_equal(mode, SLICE("navigate")) ||
	    (slice_equal(mode, SLICE("same-origin")) &&
	    slice_equal(req->field[HTTP_UPGRADE_INSECURE], SLICE("1")));
}

bool
reload_is_navigation(const struct http_request *req)
{
	struct slice dest = req->field[HTTP_SEC_FETCH_DEST];

	/* Browsers send it only with TLS and to localhost. */
	if (dest.p == NULL)
		return accept_names_html(req->field[HTTP_ACCEPT]);
	if (slice_equal(dest, SLICE("empty")))
		return is_passed_on(req);
	return site_is_page(req);
}

bool
reload_can_append(struct slice type, struct slice start)
{
	bool is_utf16 = start.n > 0 && (start.p[0] & 0xfe) == 0xfe;

	return slice_starts_nocase(type, SLICE("text/html")) && !is_utf16;
}

int64_t
reload_age_ms(struct slice query)
{
	uint64_t ms = 0;

	if (slice_take_byte(&query, '?'))
		slice_take_number(&query, INT32_MAX, &ms);
	return (int64_t)ms;
}

bool
reload_has_foreign_base(struct slice start)
{
	struct slice rest = start;

	while (slice_take_until(&rest, '<').p != NULL && rest.n > 0) {
		struct slice tag = slice_before(rest, '>');

		if (slice_starts_nocase(tag, SLICE("base")) && tag.n > 4 &&
		    memchr(" \t\r\n\f/", tag.p[4], 6) != NULL &&
		    memmem(tag.p, tag.n, "//", 2) != NULL)
			return true;
	}
	return false;
}

/* The format that live.js reads: "!" for an error, then a path or stars. */
static const char *const sources[RELOAD_PAGES] = {
	[RELOAD_FILE] = "",
	[RELOAD_LISTING] = "?*",
	[RELOAD_SPA] = "?/index.html",
	[RELOAD_MISSING] = "?!/404.html",
	[RELOAD_ANY] = "?**",
	[RELOAD_ERROR] = "?!",
	[RELOAD_SPA_ERROR] = "?!/index.html",
};

static void
put_source(struct buf *b, const char *source, const char *base)
{
	const char *slash = strchr(source, '/');

	if (slash == NULL) {
		buf_text(b, source);
		return;
	}
	buf_put(b, slice_between(source, slash));
	buf_url_segments(b, slice_of(base));
	buf_text(b, slash + 1);
}

/* before and after surround the URL of the script. */
static struct slice
put_snippet(struct buf *b, const char *before, const char *source,
    const char *base, const char *after)
{
	size_t start = b->n;

	buf_text(b, before);
	buf_lit(b, ".well-known/serve/live.js");
	put_source(b, source, base);
	buf_text(b, after);
	return buf_since(b, start);
}

void
reload_make_snippets(struct reload_snippets *s, const char *base)
{
	struct buf b = buf_over(s->space, sizeof(s->space));

	for (int i = 0; i < RELOAD_PAGES; i++) {
		s->text[i] = put_snippet(&b, "<script src=\"", sources[i], base,
		    "\" async></script>\n");
		s->inline_text[i] = put_snippet(&b,
		    "<script>document.head.append(Object.assign("
		    "document.createElement(\"script\"),{src:new URL(\"",
		    sources[i], base, "\",location)}))</script>\n");
	}
	assert(!b.full);
}

bool
reload_is_script(struct slice path)
{
	return slice_ends(path, SLICE(RELOAD_PATH ".js"));
}

void
reload_put_script(struct buf *b, struct slice target)
{
	struct slice rest = assets_live_js, text, name;

	while (template_next(&rest, &text, &name)) {
		buf_put(b, text);
		if (!slice_equal(name, SLICE("root")))
			continue;
		for (size_t i = 1; i < target.n; i++)
			if (target.p[i] == '/')
				buf_lit(b, "../");
	}
}
