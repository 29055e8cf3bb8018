#include "server/page.h"

#include "http.h"

/* Text between <style> and </style>: its hash is in page_csp. */
static const char style[] = "\n"
	":root{color-scheme:light dark;--bg:#fff;--fg:#1c1f23;--dim:#5b636b;"
	"--link:#0a58ca}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#15181c;--fg:#e4e7ea;"
	"--dim:#9ba4ad;--link:#8ab8ff}}\n"
	"body{max-width:40rem;margin:0 auto;padding:15vh 1rem 1.5rem;"
	"background:var(--bg);color:var(--fg);"
	"font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\n"
	"h1{margin:0;font-size:1.75rem;line-height:1.25}\n"
	"h1 span{color:var(--dim);font-weight:400}\n"
	"code{font:.9375em ui-monospace,monospace;unicode-bidi:isolate}\n"
	"a{display:inline-block;padding:.625rem 1.5rem .625rem 0;"
	"color:var(--link)}\n"
	":focus-visible{outline:2px solid var(--link);border-radius:4px}\n"
	"footer{margin-top:2rem;color:var(--dim);font-size:.875rem}\n";

const char page_csp[] =
	"default-src 'none'; "
	"style-src 'sha256-ddIqgadaw8j9+Nkt29CIajzXZVTOYUJ8d7LMY5naD0k='; "
	"img-src data:; base-uri 'none'; form-action 'none'; "
	"frame-ancestors 'self'";

enum {
	SHOWN_MAX = 200,	/* characters of a path or a host */
};

/* A way on, below the text. */
enum {
	LINK_UP = 1,
	LINK_START = 2,
};

/*
 * What a person is told.  "%p" stands for the path, "%h" for the host.  Where
 * no head was understood there is no path, and other is said, if there is one.
 */
static const struct text {
	int status;
	enum page_reason reason;
	unsigned links;
	const char *text;
	const char *other;
} texts[] = {
	{ 400, PAGE_PLAIN, 0,
	  "This address is not well formed.", NULL },
	{ 403, PAGE_PLAIN, LINK_UP | LINK_START,
	  "%p is not readable.", "This is not readable." },
	{ 403, PAGE_NO_LISTING, LINK_START,
	  "Folder listings are turned off, and %p has no "
	  "<code>index.html</code>.", "Folder listings are turned off." },
	{ 403, PAGE_WRONG_HOST, 0,
	  "This server answers to <code>localhost</code>, not to "
	  "<code>%h</code>. If you started it and want it to answer here, "
	  "restart it with <code>--allow-host %h</code>.", NULL },
	{ 404, PAGE_PLAIN, LINK_UP | LINK_START,
	  "There is no %p here.", "There is no such page here." },
	{ 405, PAGE_PLAIN, 0,
	  "This server only reads: GET, HEAD and OPTIONS.", NULL },
	{ 406, PAGE_PLAIN, LINK_UP | LINK_START,
	  "There is no form of %p that this client accepts.",
	  "There is no form of this page that this client accepts." },
	{ 412, PAGE_PLAIN, LINK_UP | LINK_START,
	  "%p is not as the request demands.",
	  "The page is not as the request demands." },
	{ 416, PAGE_PLAIN, LINK_UP | LINK_START,
	  "%p ends before the range asked for begins.",
	  "The page ends before the range asked for begins." },
	{ 417, PAGE_PLAIN, 0,
	  "This server cannot do what the request expects.", NULL },
	{ 421, PAGE_PLAIN, 0,
	  "This server does not answer for that address.", NULL },
	{ 500, PAGE_PLAIN, 0,
	  "Something went wrong while reading this file. The terminal has the "
	  "details.", NULL },
	{ 501, PAGE_PLAIN, 0,
	  "This server does not know that method, only GET, HEAD and OPTIONS.",
	  NULL },
	{ 503, PAGE_PLAIN, 0,
	  "The server is busy. Try again in a moment.", NULL },
};

static const struct text *
find_text(const struct page *page)
{
	static const struct text unknown = {
		.text = "The request cannot be answered.",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == page->status &&
		    texts[i].reason == page->reason)
			return &texts[i];
	return &unknown;
}

/* Append the first characters of s by put, and an ellipsis for the rest. */
static void
put_cut(struct buf *b, struct slice s, void (*put)(struct buf *, struct slice))
{
	size_t n = 0;

	for (int shown = 0; shown < SHOWN_MAX && n < s.n; shown++) {
		struct slice rest = { s.p + n, s.n - n };
		uint32_t cp;
		size_t length = slice_utf8(rest, &cp);

		n += length > 0 ? length : 1;
	}
	put(b, (struct slice){ s.p, n });
	if (n < s.n)
		buf_lit(b, "\xe2\x80\xa6");
}

static void
put_path(struct buf *b, struct slice path)
{
	buf_lit(b, "<code>");
	put_cut(b, path, buf_html);
	buf_lit(b, "</code>");
}

static void
put_text(struct buf *b, const struct text *text, const struct page *page)
{
	const char *s = text->text;

	if (page->path.n == 0 && text->other)
		s = text->other;
	for (const char *mark; (mark = strchr(s, '%')); s = mark + 2) {
		buf_add(b, s, (size_t)(mark - s));
		if (mark[1] == 'p')
			put_path(b, page->path);
		else
			put_cut(b, page->host, buf_html);
	}
	buf_text(b, s);
}

/* "/a/" for "/a/b" and for "/a/b/"; empty for "/" and for no path. */
static struct slice
parent_of(struct slice path)
{
	if (path.n < 2)
		return (struct slice){ path.p, 0 };
	path.n--;
	while (path.n > 0 && path.p[path.n - 1] != '/')
		path.n--;
	return path;
}

static void
put_links(struct buf *b, unsigned links, struct slice path)
{
	struct slice parent = parent_of(path);

	if (links == 0 || (path.n > 0 && parent.n == 0))
		return;
	buf_lit(b, "<p>");
	if (links & LINK_UP && parent.n > 0) {
		buf_lit(b, "<a href=\"");
		buf_url_segments(b, parent);
		buf_lit(b, "\">Up to ");
		put_path(b, parent);
		buf_lit(b, "</a>");
	}
	if (links & LINK_START)
		buf_lit(b, "<a href=\"/\">Start page</a>");
	buf_byte(b, '\n');
}

static void
put_status(struct buf *b, int status)
{
	buf_number(b, (uint64_t)status);
	buf_byte(b, ' ');
	buf_text(b, http_reason(status));
}

static void
put_html(struct buf *b, const struct page *page)
{
	const struct text *text = find_text(page);

	buf_lit(b,
		"<!doctype html>\n"
		"<html lang=\"en\">\n"
		"<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" "
		"content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<title>");
	put_status(b, page->status);
	buf_lit(b,
		"</title>\n"
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<style>");
	buf_lit(b, style);
	buf_lit(b,
		"</style>\n"
		"<main>\n"
		"<h1><span>");
	buf_number(b, (uint64_t)page->status);
	buf_lit(b, "</span> ");
	buf_text(b, http_reason(page->status));
	buf_lit(b, "</h1>\n<p>");
	put_text(b, text, page);
	buf_byte(b, '\n');
	put_links(b, text->links, page->path);
	buf_lit(b,
		"</main>\n"
		"<footer>serve</footer>\n");
}

static void
put_line(struct buf *b, const struct page *page)
{
	put_status(b, page->status);
	if (page->reason == PAGE_WRONG_HOST) {
		buf_lit(b, ": this server answers to localhost, not to ");
		put_cut(b, page->host, buf_plain);
		buf_lit(b, " (--allow-host ");
		put_cut(b, page->host, buf_plain);
		buf_lit(b, " lets it in)");
	} else if (page->status == 505) {	/* RFC 9110 section 15.6.6 */
		buf_lit(b, ": this server speaks HTTP/1.1");
	} else if (page->path.n > 0) {
		buf_lit(b, ": ");
		put_cut(b, page->path, buf_plain);
	}
	buf_byte(b, '\n');
}

static void
put_json(struct buf *b, const struct page *page)
{
	buf_lit(b, "{\"status\":");
	buf_number(b, (uint64_t)page->status);
	buf_lit(b, ",\"error\":\"");
	buf_text(b, http_reason(page->status));
	buf_lit(b, "\",\"path\":");
	if (page->path.n > 0) {
		buf_byte(b, '"');
		put_cut(b, page->path, buf_json);
		buf_byte(b, '"');
	} else {
		buf_lit(b, "null");
	}
	buf_lit(b, "}\n");
}

void
page_error(struct buf *b, enum accept_format format, const struct page *page)
{
	switch (format) {
	case ACCEPT_HTML:
		put_html(b, page);
		break;
	case ACCEPT_JSON:
		put_json(b, page);
		break;
	case ACCEPT_TEXT:
		put_line(b, page);
		break;
	}
}

const char *
page_type(enum accept_format format)
{
	static const char *const types[] = {
		[ACCEPT_TEXT] = "text/plain; charset=utf-8",
		[ACCEPT_HTML] = "text/html; charset=utf-8",
		[ACCEPT_JSON] = "application/json",
	};

	return types[format];
}
