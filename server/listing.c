#include "server/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/buf.h"
#include "server/entries.h"
#include "server/zone.h"

enum {
	PATH_MAX_BYTES = 4096,	/* PATH_MAX: no folder has a longer path */
	FILTER_FROM = 11,	/* entries: fewer are seen at a glance */
};

/* In the order they are written, some of them repeatedly. */
enum section {
	SECTION_TOP,
	SECTION_CRUMB,		/* one for each folder of the path */
	SECTION_TABLE,
	SECTION_ROW,		/* one for each entry */
	SECTION_BOTTOM,
	SECTION_END,
};

struct listing {
	struct producer producer;
	const struct options *opt;
	struct entries *entries;
	struct cursor cursor;
	struct entries_order order;
	bool reading;
	struct zone zone;
	void (*const *put)(struct buf *, struct listing *);	/* by section */
	enum section section;	/* comes next */
	size_t crumb;		/* bytes of path in crumbs so far */
	uint64_t rows;		/* written so far */
	struct slice tail;
	struct slice site;	/* name of the root, in place */
	struct slice path;	/* in space */
	char space[];
};

/* Text between <style> and </style>: its hash is in listing_csp. */
static const char style[] = "\n"
	":root{color-scheme:light dark;--bg:#fff;--fg:#1c1f23;--dim:#5b636b;"
	"--link:#0a58ca;--line:#e3e6e9;--hover:#f1f5fb;--dir:#d59a1f;"
	"--doc:#b4bcc4}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#15181c;--fg:#e4e7ea;"
	"--dim:#9ba4ad;--link:#8ab8ff;--line:#2a2f35;--hover:#1e242c;"
	"--dir:#e3b04b;--doc:#5d6771}}\n"
	"*{box-sizing:border-box}\n"
	"[hidden]{display:none!important}\n"
	"body{max-width:60rem;margin:0 auto;padding:1.5rem 1rem;"
	"background:var(--bg);color:var(--fg);"
	"font:1rem/1.5 system-ui,sans-serif}\n"
	"a{color:var(--link);text-decoration:none;overflow-wrap:anywhere;"
	"unicode-bidi:isolate}\n"
	"a:hover{text-decoration:underline}\n"
	":focus-visible{outline:2px solid var(--link);border-radius:4px}\n"
	"h1{margin:0;font-size:1.375rem;font-weight:600;color:var(--dim);"
	"overflow-wrap:anywhere}\n"
	"h1 a{font-weight:400}\n"
	"h1 span{color:var(--fg);unicode-bidi:isolate}\n"
	"h1>*{padding:.25rem .125rem}\n"
	".bar{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1rem;"
	"margin:.75rem 0 1rem;color:var(--dim)}\n"
	"output{flex:1}\n"
	"input{width:16rem;padding:.4375rem .75rem;border:1px solid #7d868f;"
	"border-radius:6px;background:var(--bg);color:var(--fg);font:inherit}\n"
	"::placeholder{color:var(--dim);opacity:1}\n"
	"table{width:100%;border-spacing:0;font-variant-numeric:tabular-nums}\n"
	"th,td{padding:0;border-bottom:1px solid var(--line);font-weight:400;"
	"text-align:right;white-space:nowrap;vertical-align:top}\n"
	"td{padding:.375rem .5rem .375rem 1rem;color:var(--dim)}\n"
	"th a{display:block;padding:.375rem .5rem .375rem 1rem}\n"
	"th:first-child{width:100%;text-align:left;white-space:normal}\n"
	"th:first-child a{position:relative;padding-left:2.25rem}\n"
	"thead th{position:sticky;top:0;z-index:1;background:var(--bg)}\n"
	"thead a{color:var(--dim);font-size:.875rem}\n"
	"[aria-sort] a{color:var(--fg);font-weight:600}\n"
	"[aria-sort] a::after{content:\" \\2191\"}\n"
	"[aria-sort=descending] a::after{content:\" \\2193\"}\n"
	"tbody a::before{content:\"\";position:absolute;left:.625rem;"
	"top:.625rem;width:1rem;height:1rem;background:var(--doc);"
	"clip-path:polygon(12% 0,60% 0,88% 28%,88% 100%,12% 100%)}\n"
	"tbody .d::before{background:var(--dir);"
	"clip-path:polygon(0 12%,40% 12%,50% 26%,100% 26%,100% 92%,0 92%)}\n"
	"tbody .up::before{background:var(--dim);"
	"clip-path:polygon(50% 8%,92% 50%,66% 50%,66% 92%,34% 92%,34% 50%,8% "
	"50%)}\n"
	"tbody tr:hover{background:var(--hover)}\n"
	"i{font-style:normal}\n"
	"footer,.none{padding:1.5rem 0;color:var(--dim);font-size:.875rem}\n"
	".none{font-size:1rem}\n"
	"@media(max-width:40rem){i{display:none}th a,td{padding-top:.75rem;"
	"padding-bottom:.75rem}td{padding-left:.25rem;font-size:.875rem;"
	"line-height:1.5rem}tbody a::before{top:1rem}input{width:100%}}\n"
	"@media(max-width:22rem){td+td,th+th+th{display:none}}\n";

static const char script[] = "\n"
	"(function(){\n"
	"var d=document,f=d.querySelector('input'),o=d.querySelector('output'),"
	"r=[].slice.call(d.querySelectorAll('tbody tr')),\n"
	"k=function(s){return s.normalize('NFKC').toLowerCase()},\n"
	"n=r.map(function(e){return "
	"e.querySelector('.up')?'':k(e.cells[0].textContent)});\n"
	"f.hidden=false;\n"
	"f.oninput=function(){\n"
	"var q=k(f.value.trim()),c=0;\n"
	"r.forEach(function(e,i){e.hidden=q&&n[i].indexOf(q)<0;c+=!e.hidden});"
	"\n"
	"o.textContent=q?c+(c==1?' match':' matches'):''};\n"
	"f.onkeydown=function(e){\n"
	/* The key is an input method's; isComposing is false in Safari. */
	"if(e.keyCode==229)return;\n"
	"if(e.key=='Escape'){f.value='';f.oninput()}\n"
	"if(e.key=='Enter'&&f.value){var a=d.querySelector('tbody "
	"tr:not([hidden]) a');if(a)a.click()}};\n"
	"f.oninput()})()\n";

#define SCRIPT_HASH "'sha256-up0KfZq5aEbu1nEV/OVPnUk/xgXCzYwxasrYte7Wnc4='"

const char listing_csp[] =
	"default-src 'none'; "
	"style-src 'sha256-Rj0OYr1MF+bxwNcM99NxoQQi3AOV2LUb8mNKYvrky90='; "
	"script-src " SCRIPT_HASH "; "
	"img-src data:; base-uri 'none'; form-action 'none'; "
	"frame-ancestors 'self'";

/* It counts for elements instead of script-src. */
const char listing_live_csp[] =
	"script-src-elem 'self' " SCRIPT_HASH "; worker-src 'self'; "
	"connect-src 'self'; ";

static const struct column {
	struct slice name;	/* in a query */
	const char *title;
	bool descending;	/* at the first click */
} columns[] = {
	[ENTRIES_NAME] = { { "name", 4 }, "Name", false },
	[ENTRIES_SIZE] = { { "size", 4 }, "Size", true },
	[ENTRIES_TIME] = { { "time", 4 }, "Modified", true },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* The value of the first such parameter, empty if there is none. */
static struct slice
find_parameter(struct slice query, struct slice name)
{
	while (query.n > 0) {
		const char *end = memchr(query.p, '&', query.n);
		size_t n = end ? (size_t)(end - query.p) : query.n;

		if (n > name.n && query.p[name.n] == '=' &&
		    memcmp(query.p, name.p, name.n) == 0)
			return (struct slice){
				query.p + name.n + 1, n - name.n - 1
			};
		if (end)
			n++;
		query = (struct slice){ query.p + n, query.n - n };
	}
	return SLICE("");
}

static struct entries_order
read_order(struct slice query)
{
	struct entries_order by = { ENTRIES_NAME, false };
	struct slice sort, order;

	if (query.n > 0)
		query = (struct slice){ query.p + 1, query.n - 1 };
	sort = find_parameter(query, SLICE("sort"));
	for (size_t i = 0; i < COLUMNS; i++)
		if (slice_equal(sort, columns[i].name))
			by.key = (enum entries_key)i;
	order = find_parameter(query, SLICE("order"));
	by.descending = columns[by.key].descending;
	if (slice_equal(order, SLICE("asc")))
		by.descending = false;
	else if (slice_equal(order, SLICE("desc")))
		by.descending = true;
	return by;
}

static void
put_order(struct buf *b, struct entries_order by)
{
	buf_lit(b, "?sort=");
	buf_put(b, columns[by.key].name);
	buf_lit(b, "&amp;order=");
	buf_text(b, by.descending ? "desc" : "asc");
}

/* An order that was asked for stays while one walks around. */
static void
keep_order(struct buf *b, struct entries_order by)
{
	if (by.key != ENTRIES_NAME || by.descending)
		put_order(b, by);
}

static void
put_time(struct buf *b, struct zone *z, int64_t t)
{
	struct zone_time at;

	zone_format(t, zone_offset(z, t), &at);
	buf_lit(b, "<time title=\"");
	buf_add(b, at.date, sizeof(at.date));
	buf_byte(b, 'T');
	buf_add(b, at.clock, sizeof(at.clock));
	buf_add(b, at.offset, sizeof(at.offset));
	buf_lit(b, "\">");
	buf_add(b, at.date, sizeof(at.date));
	buf_lit(b, " <i>");
	buf_add(b, at.clock, strlen("23:47"));
	buf_lit(b, "</i></time>");
}

/* End a tag, with the exact bytes as its title where they say more. */
static void
put_exact(struct buf *b, uint64_t bytes)
{
	if (bytes >= 1000) {
		buf_lit(b, " title=\"");
		buf_grouped(b, bytes);
		buf_lit(b, " bytes\"");
	}
	buf_byte(b, '>');
}

/* What the folder whose path is the first n bytes is called. */
static struct slice
folder_name(const struct listing *l, size_t n)
{
	const char *p = l->path.p, *start;

	if (n <= 1)
		return l->site;
	start = memrchr(p, '/', n - 1);
	return (struct slice){ start + 1, (size_t)(p + n - start - 2) };
}

/* The slash behind a folder's name; the file system's root has it as name. */
static void
put_slash(struct buf *b, struct slice name)
{
	if (!slice_equal(name, SLICE("/")))
		buf_byte(b, '/');
}

static void
html_top(struct buf *b, struct listing *l)
{
	struct slice name = folder_name(l, l->path.n);

	buf_lit(b,
		"<!doctype html>\n"
		"<html lang=\"en\">\n"
		"<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" "
		"content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<title>");
	buf_html(b, name);
	put_slash(b, name);
	buf_lit(b,
		"</title>\n"
		"<link rel=\"icon\" href=\"data:,\">\n"
		"<style>");
	buf_lit(b, style);
	buf_lit(b,
		"</style>\n"
		"<header>\n"
		"<nav aria-label=\"Breadcrumb\"><h1 id=\"h\">");
}

/* Where the crumb ends that is written next. */
static size_t
crumb_end(const struct listing *l)
{
	const char *p = l->path.p + l->crumb;

	return (size_t)((const char *)memchr(p, '/', l->path.n - l->crumb) -
	    l->path.p) + 1;
}

static void
html_crumb(struct buf *b, struct listing *l)
{
	size_t n = crumb_end(l);
	struct slice name = folder_name(l, n);

	if (n == l->path.n) {
		buf_lit(b, "<span aria-current=\"page\">");
		buf_html(b, name);
		buf_lit(b, "</span>");
		put_slash(b, name);
		return;
	}
	buf_lit(b, "<a href=\"");
	buf_url_segments(b, (struct slice){ l->path.p, n });
	keep_order(b, l->order);
	buf_lit(b, "\">");
	buf_html(b, name);
	buf_lit(b, "</a>");
	put_slash(b, name);
	buf_lit(b, "<wbr>");
}

static void
put_bar(struct buf *b, const struct entries *e)
{
	buf_lit(b, "<div class=\"bar\"><span>");
	if (e->folders > 0)
		buf_count(b, e->folders, "folder");
	if (e->folders > 0 && e->files > 0)
		buf_lit(b, ", ");
	if (e->files > 0) {
		buf_count(b, e->files, "file");
		buf_lit(b, " <span");
		put_exact(b, e->bytes);
		buf_byte(b, '(');
		buf_size(b, e->bytes);
		buf_lit(b, ")</span>");
	}
	buf_lit(b, "</span>");
	if (e->folders + e->files >= FILTER_FROM)
		buf_lit(b,
			"<output></output><input type=\"search\" "
			"placeholder=\"Filter\" aria-label=\"Filter by name\" "
			"autocomplete=\"off\" hidden>");
	buf_lit(b, "</div>\n");
}

/* A click on the active column turns it round. */
static void
put_column(struct buf *b, enum entries_key key, struct entries_order now)
{
	struct entries_order next = { key, columns[key].descending };

	buf_lit(b, "<th scope=\"col\"");
	if (key == now.key) {
		next.descending = !now.descending;
		buf_lit(b, " aria-sort=\"");
		buf_text(b, now.descending ? "descending" : "ascending");
		buf_byte(b, '"');
	}
	buf_lit(b, "><a href=\"");
	if (key == ENTRIES_NAME && !next.descending)
		buf_lit(b, "./");
	else
		put_order(b, next);
	buf_lit(b, "\">");
	buf_text(b, columns[key].title);
	buf_lit(b, "</a>");
}

static void
put_parent_link(struct buf *b, const struct listing *l, const char *class)
{
	buf_lit(b, "<a href=\"../");
	keep_order(b, l->order);
	buf_byte(b, '"');
	buf_text(b, class);
	buf_lit(b, ">Parent folder</a>");
}

static void
put_empty(struct buf *b, const struct listing *l)
{
	buf_lit(b,
		"</header>\n"
		"<main>\n"
		"<p class=\"none\">This folder is empty.");
	if (!l->opt->hidden)
		buf_lit(b, " Names that start with a dot are not shown.");
	if (l->path.n > 1) {
		buf_lit(b, "<br>");
		put_parent_link(b, l, "");
	}
	buf_byte(b, '\n');
}

static bool
is_empty(const struct entries *e)
{
	return e->folders + e->files == 0;
}

static void
html_table(struct buf *b, struct listing *l)
{
	buf_lit(b, "</h1></nav>\n");
	if (is_empty(l->entries)) {
		put_empty(b, l);
		return;
	}
	put_bar(b, l->entries);
	buf_lit(b,
		"</header>\n"
		"<main>\n"
		"<table aria-labelledby=\"h\">\n"
		"<thead><tr>");
	for (size_t i = 0; i < COLUMNS; i++)
		put_column(b, (enum entries_key)i, l->order);
	buf_lit(b, "\n<tbody>\n");
	if (l->path.n > 1) {
		buf_lit(b, "<tr><th scope=row>");
		put_parent_link(b, l, " class=up");
		buf_lit(b, "<td><td>\n");
	}
}

static void
html_row(struct buf *b, struct listing *l)
{
	const struct entry *e = cursor_peek(&l->cursor);
	struct slice name = entry_name(e);
	size_t start;
	bool plain;

	buf_lit(b, "<tr><th scope=row><a href=\"");
	start = b->n;
	buf_url(b, name);
	/* What is plain in a URL is plain in HTML. */
	plain = b->n - start == name.n;
	if (entry_is_folder(e)) {
		buf_byte(b, '/');
		keep_order(b, l->order);
		buf_lit(b, "\" class=d>");
	} else {
		buf_lit(b, "\">");
	}
	if (plain)
		buf_put(b, name);
	else
		buf_html(b, name);
	if (entry_is_folder(e)) {
		buf_lit(b, "/</a><td><td>");
	} else {
		buf_lit(b, "</a><td");
		put_exact(b, (uint64_t)e->size);
		buf_size(b, (uint64_t)e->size);
		buf_lit(b, "<td>");
	}
	put_time(b, &l->zone, e->mtime);
	buf_byte(b, '\n');
}

static void
html_bottom(struct buf *b, struct listing *l)
{
	if (!is_empty(l->entries))
		buf_lit(b, "</table>\n");
	buf_lit(b,
		"</main>\n"
		"<footer>serve</footer>\n");
	buf_put(b, l->tail);
	if (l->entries->folders + l->entries->files < FILTER_FROM)
		return;
	buf_lit(b, "<script>");
	buf_lit(b, script);
	buf_lit(b, "</script>\n");
}

static void
json_top(struct buf *b, struct listing *l)
{
	(void)l;
	buf_byte(b, '[');
}

static void
json_row(struct buf *b, struct listing *l)
{
	const struct entry *e = cursor_peek(&l->cursor);
	struct zone_time at;

	zone_format(e->mtime, 0, &at);
	buf_text(b, l->rows == 0 ? "\n" : ",\n");
	buf_lit(b, "{\"name\":\"");
	buf_json(b, entry_name(e));
	if (entry_is_folder(e)) {
		buf_lit(b, "\",\"type\":\"folder\",\"size\":null");
	} else {
		buf_lit(b, "\",\"type\":\"file\",\"size\":");
		buf_number(b, (uint64_t)e->size);
	}
	buf_lit(b, ",\"mtime\":\"");
	buf_add(b, at.date, sizeof(at.date));
	buf_byte(b, 'T');
	buf_add(b, at.clock, sizeof(at.clock));
	buf_lit(b, "Z\"}");
}

static void
json_bottom(struct buf *b, struct listing *l)
{
	buf_text(b, is_empty(l->entries) ? "]\n" : "\n]\n");
}

static void
text_row(struct buf *b, struct listing *l)
{
	const struct entry *e = cursor_peek(&l->cursor);

	buf_plain(b, entry_name(e));
	buf_text(b, entry_is_folder(e) ? "/\n" : "\n");
}

static void
nothing(struct buf *b, struct listing *l)
{
	(void)b;
	(void)l;
}

static void (*const html_sections[])(struct buf *, struct listing *) = {
	[SECTION_TOP] = html_top,
	[SECTION_CRUMB] = html_crumb,
	[SECTION_TABLE] = html_table,
	[SECTION_ROW] = html_row,
	[SECTION_BOTTOM] = html_bottom,
};

static void (*const json_sections[])(struct buf *, struct listing *) = {
	[SECTION_TOP] = json_top,
	[SECTION_CRUMB] = nothing,
	[SECTION_TABLE] = nothing,
	[SECTION_ROW] = json_row,
	[SECTION_BOTTOM] = json_bottom,
};

static void (*const text_sections[])(struct buf *, struct listing *) = {
	[SECTION_TOP] = nothing,
	[SECTION_CRUMB] = nothing,
	[SECTION_TABLE] = nothing,
	[SECTION_ROW] = text_row,
	[SECTION_BOTTOM] = nothing,
};

/* A section has been written: which one is next? */
static void
go_on(struct listing *l)
{
	switch (l->section) {
	case SECTION_TOP:
		l->section = SECTION_CRUMB;
		return;
	case SECTION_CRUMB:
		l->crumb = crumb_end(l);
		if (l->crumb == l->path.n)
			l->section = SECTION_TABLE;
		return;
	case SECTION_ROW:
		l->rows++;
		cursor_advance(&l->cursor);
		/* fall through */
	case SECTION_TABLE:
		l->section = cursor_peek(&l->cursor) ? SECTION_ROW :
		    SECTION_BOTTOM;
		return;
	case SECTION_BOTTOM:
	case SECTION_END:
		l->section = SECTION_END;
	}
}

static ssize_t
listing_more(struct producer *self, char *p, size_t n)
{
	struct listing *l = (struct listing *)self;
	struct buf b = buf_over(p, n);

	if (l->reading) {
		int state = entries_read(l->entries, p, n);

		if (state == 0)
			errno = EAGAIN;
		if (state != 1 || cursor_start(&l->cursor, l->entries) == -1)
			return -1;
		l->reading = false;
	}
	/* A section that does not fit is made again in the next piece. */
	while (l->section != SECTION_END) {
		size_t before = b.n;

		l->put[l->section](&b, l);
		if (b.full) {
			b.n = before;
			break;
		}
		go_on(l);
	}
	return (ssize_t)b.n;
}

static void
listing_free(struct producer *self)
{
	struct listing *l = (struct listing *)self;
	struct budget budget = l->entries->budget;

	cursor_end(&l->cursor);
	entries_release(l->entries);
	budget_return(budget, sizeof(*l) + l->path.n);
	free(l);
}

/* The last name of a real path; "/" has no other. */
static struct slice
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash && slash[1] != '\0' ? slash + 1 : path;

	return (struct slice){ name, strlen(name) };
}

/* The entries of q's folder, held: those of this turn, or new ones. */
static struct entries *
find_entries(const struct listing_request *q, struct entries_order order,
    struct budget budget)
{
	struct entries *e = q->shared_entries ? *q->shared_entries : NULL;

	if (e && entries_match(e, q->path, order)) {
		entries_hold(e);
		return e;
	}
	e = entries_open(q->opt, q->root, q->fd, q->path, order, budget);
	if (e && q->shared_entries) {
		listing_forget(q->shared_entries);
		entries_hold(e);
		*q->shared_entries = e;
	}
	return e;
}

void
listing_forget(struct entries **turn)
{
	if (*turn)
		entries_release(*turn);
	*turn = NULL;
}

struct producer *
listing_new(const struct listing_request *q)
{
	static void (*const *const sections[])(struct buf *,
	    struct listing *) = {
		[ACCEPT_TEXT] = text_sections,
		[ACCEPT_HTML] = html_sections,
		[ACCEPT_JSON] = json_sections,
	};
	struct budget budget = { q->used, LISTING_BUDGET };
	size_t size = sizeof(struct listing) + q->path.n;
	struct listing *l;

	if (q->path.n > PATH_MAX_BYTES) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	if (!budget_take(budget, size))
		return NULL;
	l = malloc(size);
	if (!l)
		goto return_budget;
	*l = (struct listing){
		.producer = { listing_more, listing_free },
		.opt = q->opt,
		.order = read_order(q->query),
		.reading = true,
		.put = sections[q->format],
		.tail = q->tail,
		.site = base_name(q->docroot->path),
		.path = { l->space, q->path.n },
	};
	memcpy(l->space, q->path.p, q->path.n);
	l->entries = find_entries(q, l->order, budget);
	if (!l->entries)
		goto free_listing;
	return &l->producer;

free_listing:
	free(l);
return_budget:
	budget_return(budget, size);
	return NULL;
}
