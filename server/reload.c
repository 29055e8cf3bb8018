#include "server/reload.h"

#include <assert.h>

#include "server/accept.h"
#include "server/buf.h"

bool
reload_is_navigation(const struct http_request *req)
{
	struct slice dest = req->field[HTTP_SEC_FETCH_DEST];

	/* Browsers leave it out where neither TLS nor localhost is. */
	if (dest.p == NULL)
		return accept_names_html(req->field[HTTP_ACCEPT]);
	return slice_equal(dest, SLICE("document")) ||
	    slice_equal(dest, SLICE("iframe")) ||
	    slice_equal(dest, SLICE("frame"));
}

bool
reload_suits(struct slice type, struct slice start)
{
	struct slice html = SLICE("text/html");

	return type.n >= html.n && slice_equal_nocase(html,
	    (struct slice){ type.p, html.n }) &&
	    !(start.n > 0 && (start.p[0] & 0xfe) == 0xfe);
}

int64_t
reload_age_ms(struct slice query)
{
	int64_t ms = 0;

	for (size_t i = 1; i < query.n && ms < INT32_MAX; i++) {
		int digit = query.p[i] - '0';

		if (digit < 0 || digit > 9)
			break;
		ms = ms * 10 + digit;
	}
	return ms;
}

/* What the page is made from, in the words of the script. */
static const char *const sources[RELOAD_PAGES] = {
	[RELOAD_FILE] = "",
	[RELOAD_LISTING] = "?*",
	[RELOAD_SPA] = "?/index.html",
	[RELOAD_MISSING] = "?/404.html",
	[RELOAD_ANY] = "?**",
};

void
reload_make_snippets(struct reload_snippets *s, const char *base)
{
	struct buf b = buf_over(s->space, sizeof(s->space));

	for (int i = 0; i < RELOAD_PAGES; i++) {
		const char *source = sources[i];
		size_t from = b.n;

		buf_lit(&b, "<script src=\"" RELOAD_PATH ".js");
		if (strncmp(source, "?/", 2) == 0 && base != NULL) {
			buf_byte(&b, '?');
			buf_url_segments(&b, slice_of(base));
			source += 2;
		}
		buf_text(&b, source);
		buf_lit(&b, "\" async></script>\n");
		s->text[i] = buf_since(&b, from);
	}
	assert(!b.full);
}
