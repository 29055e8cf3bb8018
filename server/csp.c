#include "server/csp.h"

#include <assert.h>

#include "server/assets.h"

/*
 * Any site may show a listing or an error page in a frame, as the preview of an
 * editor does: clickjacking can do no harm there.
 */
static const struct {
	const struct slice *style, *script;	/* their SHA-256 */
	const char *more;	/* after img-src data: */
} pages[] = {
	[CSP_ERROR] = { &assets_page_css_hash, NULL, "; form-action 'none'" },
	[CSP_KEY] = { &assets_page_css_hash, NULL,
	    "; form-action 'self'; frame-ancestors 'self'" },
	[CSP_LISTING] = { &assets_listing_css_hash, &assets_listing_js_hash,
	    " 'self'; form-action 'self'" },
};

static void
put_hash(struct buf *b, const struct slice *hash)
{
	buf_lit(b, " 'sha256-");
	buf_put(b, *hash);
	buf_byte(b, '\'');
}

/* The script of --live and its worker have URLs of their own. */
static void
put_policy(struct buf *b, enum csp_page page, bool live)
{
	const struct slice *script = pages[page].script;

	buf_lit(b, "default-src 'none'; style-src");
	put_hash(b, pages[page].style);
	if (live || script != NULL) {
		buf_lit(b, "; script-src");
		if (live)
			buf_lit(b, " 'self'");
		if (script != NULL)
			put_hash(b, script);
	}
	if (live)
		buf_lit(b, "; worker-src 'self'; connect-src 'self'");
	buf_lit(b, "; img-src data:");
	buf_text(b, pages[page].more);
	buf_lit(b, "; base-uri 'none'");
}

void
csp_init(struct csp *csp)
{
	struct buf b = buf_over(csp->space, sizeof(csp->space));

	for (size_t i = 0; i < CSP_PAGES * 2; i++) {
		size_t start = b.n;

		put_policy(&b, (enum csp_page)(i / 2), i % 2 == 1);
		csp->value[i / 2][i % 2] = buf_since(&b, start);
	}
	assert(!b.full);
}
