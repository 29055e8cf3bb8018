#include "server/accept.h"
#include "server/reload.h"

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

#define TAIL(query) \
	SLICE("<script src=\"" RELOAD_PATH ".js" query "\" async></script>\n")

struct slice
reload_snippet(enum reload_page page)
{
	switch (page) {
	case RELOAD_FILE:
		return TAIL("");
	case RELOAD_LISTING:
		return TAIL("?*");
	case RELOAD_SPA:
		return TAIL("?/index.html");
	case RELOAD_MISSING:
		return TAIL("?/404.html");
	}
	return TAIL("");
}
