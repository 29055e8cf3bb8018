#include "server/page.h"

#include "http.h"
#include "server/assets.h"
#include "server/template.h"

enum {
	SHOWN_MAX = 200,	/* characters of a path or a host */
};

/* Links and forms below the text. */
enum {
	LINK_UP = 1,
	LINK_START = 2,
	LINK_KEY = 4,	/* a form */
};

/* If the head could not be parsed, there is no path: then the text is
 * without_path, if it is set. */
static const struct text {
	int status;
	enum page_reason reason;
	unsigned links;
	const char *text;
	const char *without_path;
} texts[] = {
	{ 400, PAGE_DEFAULT, 0,
	  "This address is not well formed.", NULL },
	{ 401, PAGE_DEFAULT, LINK_KEY,
	  "The key is needed to read this. Whoever shared the address has it.",
	  NULL },
	{ 401, PAGE_WRONG_KEY, LINK_KEY,
	  "That is not the key.", NULL },
	{ 403, PAGE_DEFAULT, LINK_UP | LINK_START,
	  "{{path}} is not readable.", "This is not readable." },
	{ 403, PAGE_NO_LISTING, LINK_START,
	  "Folder listings are turned off, and {{path}} has no "
	  "<code>index.html</code>.", "Folder listings are turned off." },
	{ 403, PAGE_WRONG_HOST, 0,
	  "This server answers to <code>localhost</code>, not to "
	  "<code>{{host}}</code>. If you started it and want it to answer "
	  "here, restart it with <code>--allow-host {{host}}</code>.", NULL },
	{ 403, PAGE_OTHER_SITE, 0,
	  "A page of another website may not load this. If you started the "
	  "server and want to let it in, restart it with <code>--cors</code>.",
	  NULL },
	{ 404, PAGE_DEFAULT, LINK_UP | LINK_START,
	  "There is no {{path}} here.", "There is no such page here." },
	{ 405, PAGE_DEFAULT, 0,
	  "This server only reads: GET, HEAD and OPTIONS.", NULL },
	{ 406, PAGE_DEFAULT, LINK_UP | LINK_START,
	  "{{path}} is not available in an encoding that this client accepts.",
	  "This page is not available in an encoding that this client "
	  "accepts." },
	{ 410, PAGE_DEFAULT, LINK_UP | LINK_START,
	  "{{path}} is gone.", "This page is gone." },
	{ 412, PAGE_DEFAULT, LINK_UP | LINK_START,
	  "{{path}} does not meet the request's precondition.",
	  "The page does not meet the request's precondition." },
	{ 416, PAGE_DEFAULT, LINK_UP | LINK_START,
	  "The requested range starts beyond the end of {{path}}.",
	  "The requested range starts beyond the end of the page." },
	{ 417, PAGE_DEFAULT, 0,
	  "This server cannot do what the request's Expect header asks for.",
	  NULL },
	{ 421, PAGE_DEFAULT, 0,
	  "This server does not answer for that address.", NULL },
	{ 429, PAGE_DEFAULT, 0,
	  "Too many wrong keys came from here. Try again in a minute.", NULL },
	{ 451, PAGE_DEFAULT, LINK_START,
	  "{{path}} is not available for legal reasons.",
	  "This page is not available for legal reasons." },
	{ 500, PAGE_DEFAULT, 0,
	  "Something went wrong while reading this file. The terminal has the "
	  "details.", NULL },
	{ 501, PAGE_DEFAULT, 0,
	  "This server does not know that method, only GET, HEAD and OPTIONS.",
	  NULL },
	{ 502, PAGE_APPLICATION, 0,
	  "The application at <code>{{host}}</code> does not answer. Start it, "
	  "or look at what it says; then try again.", NULL },
	{ 503, PAGE_DEFAULT, 0,
	  "The server is busy. Try again in a moment.", NULL },
	{ 503, PAGE_APPLICATION, 0,
	  "The server is busy. Try again in a moment.", NULL },
	{ 504, PAGE_APPLICATION, 0,
	  "The application at <code>{{host}}</code> took too long to answer.",
	  NULL },
	{ 508, PAGE_DEFAULT, 0,
	  "This server is its own application: <code>--proxy</code> leads back "
	  "here.", NULL },
};

static const struct text *
find_text(const struct page *page)
{
	static const struct text unknown = {
		.text = "The request cannot be answered.",
	};

	for (size_t i = 0; i < LENGTH_OF(texts); i++)
		if (texts[i].status == page->status &&
		    texts[i].reason == page->reason)
			return &texts[i];
	return &unknown;
}

/* Append the start of s with put, then an ellipsis if s is longer. */
static void
put_cut(struct buf *b, struct slice s, void (*put)(struct buf *, struct slice))
{
	struct slice shown = slice_first_characters(s, SHOWN_MAX);

	put(b, shown);
	if (shown.n < s.n)
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
put_message(struct buf *b, const struct page *page)
{
	const struct text *text = find_text(page);
	const char *s = page->path.n == 0 && text->without_path != NULL ?
	    text->without_path : text->text;
	struct slice rest = slice_of(s), piece, name;

	while (template_next(&rest, &piece, &name)) {
		buf_put(b, piece);
		if (slice_equal(name, SLICE("path")))
			put_path(b, page->path);
		else if (slice_equal(name, SLICE("host")))
			put_cut(b, page->host, buf_html);
	}
}

/*
 * The relative URL of a folder above the page.  It is relative because a proxy
 * in front may add a prefix to the path.  target is the page's path as sent,
 * and may have several slashes in a row.
 */
static void
put_relative_url(struct buf *b, struct slice target, struct slice folder)
{
	size_t up = 0;

	for (size_t i = 1; i < folder.n; i++) {
		if (folder.p[i] != '/')
			continue;
		while (slice_take_byte(&target, '/'))
			;
		while (target.n > 0 && target.p[0] != '/')
			target = slice_skip(target, 1);
	}
	for (size_t i = 0; i < target.n; i++)
		up += target.p[i] == '/';
	if (up <= 1)
		buf_lit(b, "./");
	for (; up > 1; up--)
		buf_lit(b, "../");
}

static void
put_start_link(struct buf *b, const struct page *page, struct slice base)
{
	buf_lit(b, "<a href=\"");
	if (slice_starts(page->path, base)) {
		put_relative_url(b, page->target, base);
	} else {
		put_relative_url(b, page->target, SLICE("/"));
		buf_url_segments(b, slice_skip(base, 1));
	}
	buf_lit(b, "\">Start page</a>");
}

static void
put_links(struct buf *b, const struct page *page)
{
	unsigned links = find_text(page)->links;
	struct slice base = slice_of(page->base != NULL ? page->base : "/");

	if (links & LINK_KEY) {
		buf_put(b, assets_key_html);
		return;
	}
	if (links == 0 || slice_equal(page->path, base))
		return;
	buf_lit(b, "<p>");
	if (links & LINK_UP && page->folder.n > base.n) {
		buf_lit(b, "<a href=\"");
		put_relative_url(b, page->target, page->folder);
		buf_lit(b, "\">Up to ");
		put_path(b, page->folder);
		buf_lit(b, "</a>");
	}
	if (links & LINK_START)
		put_start_link(b, page, base);
	buf_lit(b, "</p>\n");
}

static void
put_status(struct buf *b, const struct page *page)
{
	buf_number(b, (uint64_t)page->status);
}

static void
put_reason(struct buf *b, const struct page *page)
{
	buf_text(b, http_reason(page->status));
}

static void
put_style(struct buf *b, const struct page *page)
{
	(void)page;
	buf_put(b, assets_page_css);
}

static void
put_html(struct buf *b, const struct page *page)
{
	static const struct {
		struct slice name;
		void (*put)(struct buf *b, const struct page *page);
	} values[] = {
		{ SLICE("style"), put_style },
		{ SLICE("status"), put_status },
		{ SLICE("reason"), put_reason },
		{ SLICE("message"), put_message },
		{ SLICE("links"), put_links },
	};
	struct slice rest = assets_page_html, text, name;

	while (template_next(&rest, &text, &name)) {
		buf_put(b, text);
		for (size_t i = 0; i < LENGTH_OF(values); i++)
			if (slice_equal(name, values[i].name))
				values[i].put(b, page);
	}
}

static void
put_line(struct buf *b, const struct page *page)
{
	put_status(b, page);
	buf_byte(b, ' ');
	put_reason(b, page);
	if (page->reason == PAGE_WRONG_HOST) {
		buf_lit(b, ": this server answers to localhost, not to ");
		put_cut(b, page->host, buf_plain);
		buf_lit(b, " (--allow-host ");
		put_cut(b, page->host, buf_plain);
		buf_lit(b, " lets it in)");
	} else if (page->reason == PAGE_OTHER_SITE) {
		buf_lit(b, ": a page of another website asks (--cors");
		if (page->host.n > 0) {
			buf_byte(b, '=');
			put_cut(b, page->host, buf_plain);
		}
		buf_lit(b, " lets it in)");
	} else if (page->status == 401) {
		buf_text(b, page->reason == PAGE_WRONG_KEY ?
		    ": wrong key" : ": a key is needed");
		buf_lit(b, " (?key=KEY, or as the password of any user)");
	} else if (page->reason == PAGE_APPLICATION) {
		buf_lit(b, ": the application at ");
		put_cut(b, page->host, buf_plain);
		buf_text(b, page->status == 504 ? " took too long to answer" :
		    " does not answer");
	} else if (page->reason == PAGE_ZIP_TOO_LARGE) {
		buf_lit(b, ": too many files for a zip (?archive=tar has "
		    "them all)");
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
	put_status(b, page);
	buf_lit(b, ",\"error\":\"");
	put_reason(b, page);
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
