#include "server/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "server/assets.h"
#include "server/buf.h"
#include "server/container_of.h"
#include "server/entries.h"
#include "server/kind.h"
#include "server/query.h"
#include "server/template.h"
#include "server/zone.h"

enum {
	FILTER_FROM = 11,	/* entries: fewer need no filter */
	BODY_ROWS = 120,	/* entries of one <tbody>, see listing.css */
};

/* The sections of a listing in the order of output; some are repeated. */
enum section {
	SECTION_TOP,
	SECTION_CRUMB,		/* repeated for each folder of the path */
	SECTION_TABLE,
	SECTION_ROW,		/* repeated for each entry */
	SECTION_BOTTOM,
	SECTION_END,
};

struct listing;

typedef void put_section(struct buf *b, struct listing *l);

struct listing {
	struct deferrable base;
	dev_t mount;		/* the slow disk of the folder, or 0 */
	const struct options *opt;
	struct entries *entries;
	struct cursor cursor;
	struct entries_order order;
	bool wants_grid;	/* show a grid, if there are pictures */
	bool reading;
	struct zone zone;
	put_section *const *put;	/* by section */
	enum section section;	/* the next one */
	size_t crumb;		/* bytes of path whose crumbs are written */
	uint64_t rows;		/* written so far */
	struct slice live_snippet;	/* --live: HTML that loads its script */
	struct slice site;	/* base name of the root, in docroot->path */
	struct slice path;	/* in space */
	char space[];
};

static const struct column {
	struct slice name;	/* in the query */
	const char *title;
	bool descending;	/* after the first click */
} columns[] = {
	[ENTRIES_NAME] = { SLICE("name"), "Name", false },
	[ENTRIES_SIZE] = { SLICE("size"), "Size", true },
	[ENTRIES_TIME] = { SLICE("time"), "Modified", true },
};

enum { COLUMNS = LENGTH_OF(columns) };

static struct entries_order
read_order(struct slice query)
{
	struct entries_order by = { ENTRIES_NAME, false };
	struct slice sort = query_find(query, SLICE("sort"));
	struct slice order = query_find(query, SLICE("order"));

	for (size_t i = 0; i < COLUMNS; i++)
		if (slice_equal(sort, columns[i].name))
			by.key = (enum entries_key)i;
	by.descending = columns[by.key].descending;
	if (slice_equal(order, SLICE("asc")))
		by.descending = false;
	else if (slice_equal(order, SLICE("desc")))
		by.descending = true;
	return by;
}

static bool
is_grid(const struct listing *l)
{
	return l->wants_grid && l->entries->pictures > 0;
}

static bool
is_default_order(struct entries_order by)
{
	return by.key == ENTRIES_NAME && !by.descending;
}

static const char *
order_name(bool descending)
{
	return descending ? "desc" : "asc";
}

/* The query for links to other folders: the view and order of this one. */
static void
put_query(struct buf *b, const struct listing *l)
{
	if (l->wants_grid)
		buf_lit(b, "?view=grid");
	if (is_default_order(l->order))
		return;
	buf_text(b, l->wants_grid ? "&amp;sort=" : "?sort=");
	buf_put(b, columns[l->order.key].name);
	buf_lit(b, "&amp;order=");
	buf_text(b, order_name(l->order.descending));
}

static void
put_time(struct buf *b, struct zone *z, int64_t t)
{
	struct zone_time at;

	zone_format(t, zone_offset(z, t), &at);
	buf_lit(b, "<td title=\"");
	buf_add(b, at.date, sizeof(at.date));
	buf_byte(b, 'T');
	buf_add(b, at.clock, sizeof(at.clock));
	buf_add(b, at.offset, sizeof(at.offset));
	buf_lit(b, "\">");
	buf_add(b, at.date, sizeof(at.date));
	buf_byte(b, ' ');
	buf_add(b, at.clock, strlen("23:47"));
	buf_lit(b, "</td>");
}

/* End a start tag.  From 1 kB on, its title is the exact number of bytes. */
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

/* The name of the folder whose path is the first n bytes of l->path. */
static struct slice
folder_name(const struct listing *l, size_t n)
{
	const char *p = l->path.p, *start;

	if (n <= 1)
		return l->site;
	start = memrchr(p, '/', n - 1);
	return (struct slice){ start + 1, (size_t)(p + n - start - 2) };
}

/* A slash after the name of a folder, unless that is "/" itself. */
static void
put_slash(struct buf *b, struct slice name)
{
	if (!slice_equal(name, SLICE("/")))
		buf_byte(b, '/');
}

/* The end of the next crumb (folder) in the path. */
static size_t
crumb_end(const struct listing *l)
{
	const char *p = l->path.p + l->crumb;

	return (size_t)((const char *)memchr(p, '/', l->path.n - l->crumb) -
	    l->path.p) + 1;
}

/* The URL, relative to l->path, of the folder that is its first n bytes. */
static void
put_relative_url(struct buf *b, const struct listing *l, size_t n)
{
	for (size_t i = n; i < l->path.n; i++)
		if (l->path.p[i] == '/')
			buf_lit(b, "../");
}

/* A link to a folder of the path.  It is relative, so that a proxy in front may
 * add a prefix. */
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
	put_relative_url(b, l, n);
	put_query(b, l);
	buf_lit(b, "\">");
	buf_html(b, name);
	buf_lit(b, "</a>");
	put_slash(b, name);
	buf_lit(b, "<wbr>");
}

static bool
is_empty(const struct entries *e)
{
	return e->folders + e->files == 0;
}

static bool
has_filter(const struct entries *e)
{
	return e->folders + e->files >= FILTER_FROM;
}

static void
put_hidden(struct buf *b, const char *name, const char *value)
{
	buf_lit(b, "<input type=\"hidden\" name=\"");
	buf_text(b, name);
	buf_lit(b, "\" value=\"");
	buf_text(b, value);
	buf_lit(b, "\">");
}

/* Use forms: with links, a crawler would fetch every view of every folder. */
static void
put_view_switch(struct buf *b, const struct listing *l)
{
	buf_lit(b, "<form>");
	if (!is_default_order(l->order)) {
		put_hidden(b, "sort", columns[l->order.key].name.p);
		put_hidden(b, "order", order_name(l->order.descending));
	}
	if (is_grid(l))
		buf_lit(b, "<button>Table</button>");
	else
		buf_lit(b, "<button name=\"view\" value=\"grid\">"
		    "Pictures</button>");
	buf_lit(b, "</form>");
}

static void
put_totals(struct buf *b, const struct listing *l)
{
	const struct entries *e = l->entries;

	if (is_empty(e))
		return;
	buf_lit(b, "<div class=\"bar");
	if (has_filter(e))
		buf_lit(b, " long");
	buf_lit(b, "\"><span>");
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
	if (e->pictures > 0)
		put_view_switch(b, l);
	buf_lit(b, "</div>\n");
}

/* The button of the active column reverses the order. */
static void
put_sort_button(struct buf *b, enum entries_key key, struct entries_order now)
{
	if (key == now.key) {
		if (key != ENTRIES_NAME)
			put_hidden(b, "sort", columns[key].name.p);
		buf_lit(b, "<button name=\"order\" value=\"");
		buf_text(b, order_name(!now.descending));
		buf_lit(b, "\">");
	} else if (key == ENTRIES_NAME) {
		buf_lit(b, "<button>");
	} else {
		buf_lit(b, "<button name=\"sort\" value=\"");
		buf_put(b, columns[key].name);
		buf_lit(b, "\">");
	}
	buf_text(b, columns[key].title);
	if (key == now.key)
		buf_text(b, now.descending ?
		    " <span aria-hidden=\"true\">\xe2\x86\x93</span>" :
		    " <span aria-hidden=\"true\">\xe2\x86\x91</span>");
	buf_lit(b, "</button>");
}

static void
put_column(struct buf *b, const struct listing *l, enum entries_key key)
{
	buf_lit(b, "<th scope=\"col\"");
	if (key == l->order.key)
		buf_text(b, l->order.descending ?
		    " aria-sort=\"descending\"" : " aria-sort=\"ascending\"");
	buf_lit(b, "><form>");
	if (l->wants_grid)
		put_hidden(b, "view", "grid");
	put_sort_button(b, key, l->order);
	buf_lit(b, "</form></th>");
}

static void
put_parent_link(struct buf *b, const struct listing *l)
{
	buf_lit(b, "<a href=\"../");
	put_query(b, l);
	buf_lit(b, "\">Parent folder</a>");
}

static void
put_empty(struct buf *b, const struct listing *l)
{
	buf_lit(b, "<p class=\"none\">This folder is empty.");
	if (!l->opt->hidden)
		buf_lit(b, " Names that start with a dot are not shown.");
	if (l->path.n > 1) {
		buf_lit(b, "<br>");
		put_parent_link(b, l);
	}
	buf_lit(b, "</p>\n");
}

static void
put_table_head(struct buf *b, const struct listing *l)
{
	buf_lit(b, "<table aria-labelledby=\"h\"");
	if (is_grid(l))
		buf_lit(b, " class=\"grid\"");
	buf_lit(b, ">\n<thead><tr>");
	for (size_t i = 0; i < COLUMNS; i++)
		put_column(b, l, (enum entries_key)i);
	buf_lit(b, "</tr></thead>\n<tbody>\n");
	if (l->path.n > 1) {
		buf_lit(b, "<tr class=\"up\"><td>");
		put_parent_link(b, l);
		buf_lit(b, "</td><td></td><td></td></tr>\n");
	}
}

static void
put_title(struct buf *b, const struct listing *l)
{
	struct slice name = folder_name(l, l->path.n);

	buf_html(b, name);
	put_slash(b, name);
}

static void
put_style(struct buf *b, const struct listing *l)
{
	(void)l;
	buf_put(b, assets_listing_css);
}

/* The buttons to download the folder as one file (archive.h). */
static void
put_download(struct buf *b, const struct listing *l)
{
	if (is_empty(l->entries))
		return;
	buf_lit(b,
		"<form>"
		"<button name=\"archive\" value=\"zip\">Download zip</button>\n"
		"<button name=\"archive\" value=\"tar\">Download tar</button>"
		"</form>\n");
}

static void
put_scripts(struct buf *b, const struct listing *l)
{
	buf_put(b, l->live_snippet);
	if (has_filter(l->entries)) {
		buf_lit(b, "<script>");
		buf_put(b, assets_listing_js);
		buf_lit(b, "</script>\n");
	}
}

static void
put_value(struct buf *b, const struct listing *l, struct slice name)
{
	static const struct {
		struct slice name;
		void (*put)(struct buf *b, const struct listing *l);
	} values[] = {
		{ SLICE("title"), put_title },
		{ SLICE("style"), put_style },
		{ SLICE("totals"), put_totals },
		{ SLICE("download"), put_download },
		{ SLICE("scripts"), put_scripts },
	};

	for (size_t i = 0; i < LENGTH_OF(values); i++)
		if (slice_equal(name, values[i].name))
			values[i].put(b, l);
}

/* The text of listing.html between two placeholders; "" is its start or end. */
static void
put_frame(struct buf *b, const struct listing *l, struct slice from,
    struct slice to)
{
	struct slice rest = assets_listing_html, text, name;
	bool inside = from.n == 0;

	while (template_next(&rest, &text, &name)) {
		if (inside) {
			buf_put(b, text);
			if (slice_equal(name, to))
				return;
			put_value(b, l, name);
		}
		inside = inside || slice_equal(name, from);
	}
}

static void
html_top(struct buf *b, struct listing *l)
{
	put_frame(b, l, SLICE(""), SLICE("crumbs"));
}

static void
html_table(struct buf *b, struct listing *l)
{
	put_frame(b, l, SLICE("crumbs"), SLICE("table"));
	if (is_empty(l->entries))
		put_empty(b, l);
	else
		put_table_head(b, l);
}

/* The name, in a grid after the picture. */
static void
put_name(struct buf *b, const struct listing *l, const struct entry *e,
    enum kind kind, struct slice url)
{
	struct slice name = entry_name(e);

	if (kind == KIND_PICTURE && is_grid(l)) {
		buf_lit(b, "<img src=\"");
		buf_url(b, name);
		buf_lit(b, "\" alt=\"\" loading=\"lazy\" decoding=\"async\">");
	}
	/* A name that needs no escapes in the URL needs none in HTML. */
	if (url.n == name.n)
		buf_put(b, name);
	else
		buf_html(b, name);
}

static void
html_row(struct buf *b, struct listing *l)
{
	static const char *const classes[] = {
		[KIND_FILE] = "file",
		[KIND_ARCHIVE] = "archive",
		[KIND_AUDIO] = "audio",
		[KIND_CODE] = "code",
		[KIND_DOCUMENT] = "document",
		[KIND_PICTURE] = "picture",
		[KIND_TEXT] = "text",
		[KIND_VIDEO] = "video",
	};
	const struct entry *e = cursor_peek(&l->cursor);
	bool is_folder = entry_is_folder(e);
	enum kind kind = is_folder ? KIND_FILE : kind_of_name(entry_name(e));
	struct slice url;
	size_t start;

	if (l->rows > 0 && l->rows % BODY_ROWS == 0 && !is_grid(l))
		buf_lit(b, "</tbody>\n<tbody>\n");
	buf_lit(b, "<tr class=\"");
	buf_text(b, is_folder ? "folder" : classes[kind]);
	buf_lit(b, "\"><td><a href=\"");
	start = b->n;
	buf_url(b, entry_name(e));
	url = buf_since(b, start);
	if (is_folder) {
		buf_byte(b, '/');
		put_query(b, l);
	}
	buf_lit(b, "\">");
	put_name(b, l, e, kind, url);
	if (is_folder) {
		buf_lit(b, "/</a></td><td></td>");
	} else {
		buf_lit(b, "</a></td><td");
		put_exact(b, (uint64_t)e->size);
		buf_size(b, (uint64_t)e->size);
		buf_lit(b, "</td>");
	}
	put_time(b, &l->zone, e->mtime);
	buf_lit(b, "</tr>\n");
}

static void
html_bottom(struct buf *b, struct listing *l)
{
	if (!is_empty(l->entries))
		buf_lit(b, "</tbody>\n</table>\n");
	put_frame(b, l, SLICE("table"), SLICE(""));
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

/* The functions that write the sections of each format.  A section without a
 * function is left out. */
static put_section *const html_sections[SECTION_END] = {
	[SECTION_TOP] = html_top,
	[SECTION_CRUMB] = html_crumb,
	[SECTION_TABLE] = html_table,
	[SECTION_ROW] = html_row,
	[SECTION_BOTTOM] = html_bottom,
};

static put_section *const json_sections[SECTION_END] = {
	[SECTION_TOP] = json_top,
	[SECTION_ROW] = json_row,
	[SECTION_BOTTOM] = json_bottom,
};

static put_section *const text_sections[SECTION_END] = {
	[SECTION_ROW] = text_row,
};

/* Go to the section after the one that has been written. */
static void
advance(struct listing *l)
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
	struct listing *l = CONTAINER_OF(self, struct listing, base.producer);
	struct buf b = buf_over(p, n);

	if (l->reading) {
		int state = entries_read(l->entries, p, n);

		self->memory = entries_memory(l->entries);
		if (state == 0)
			errno = EAGAIN;
		if (state != 1 || cursor_start(&l->cursor, l->entries) == -1)
			return -1;
		l->reading = false;
	}
	/* Drop a section that does not fit: the next piece starts with it. */
	while (l->section != SECTION_END) {
		size_t before = b.n;

		if (l->put[l->section] != NULL)
			l->put[l->section](&b, l);
		if (b.full) {
			b.n = before;
			break;
		}
		advance(l);
	}
	return (ssize_t)b.n;
}

static void
listing_free(struct producer *self)
{
	struct listing *l = CONTAINER_OF(self, struct listing, base.producer);
	struct budget *budget = l->entries->budget;

	cursor_end(&l->cursor);
	entries_unref(l->entries);
	budget_free(budget, l);
}

/* The last name in a real path, or "/" for the root. */
static struct slice
base_name(struct slice path)
{
	struct slice name = slice_after_last(path, '/');

	return name.n > 0 ? name : path;
}

/* Reopen fd: a separate open file description has its own offset. */
static struct entries *
open_entries(const struct options *opt, const struct beneath *root, int fd,
    struct slice path, struct entries_order order, struct budget *budget)
{
	fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd == -1 ? NULL :
	    entries_new(opt, root, fd, path, order, budget);
}

/* A reference to the entries of q's folder: on a fast disk, those that this
 * iteration has read already. */
static struct entries *
find_entries(const struct listing_request *q, struct entries_order order)
{
	struct entries *e = *q->shared_entries;

	if (q->mount != 0)
		return entries_new(q->opt, q->root, q->fd, q->path, order,
		    q->budget);
	if (e != NULL && entries_match(e, q->path, order)) {
		entries_ref(e);
		return e;
	}
	e = open_entries(q->opt, q->root, q->fd, q->path, order, q->budget);
	if (e != NULL) {
		entries_forget(q->shared_entries);
		entries_ref(e);
		*q->shared_entries = e;
	}
	return e;
}

/*
 * Another thread will read the folder (deferred.h), so the listing must not
 * share its entries with others: a folder on a fast disk is read again from its
 * start.
 */
static int
listing_allow_wait(struct deferrable *self, struct mount_set *mounts)
{
	struct listing *l = CONTAINER_OF(self, struct listing, base);
	struct beneath *root = &l->entries->root;
	struct entries *e;

	if (l->mount != 0) {
		if (root->slow)
			mount_set_add(&root->waits_for, root->mount.dev);
		root->stopped.dev = l->mount;
		root->cold = false;
	} else {
		/* The entries, or the targets of links, are on a cold disk; or
		 * a link leads to a mount that is known only once opened. */
		if (l->entries->error != EINPROGRESS)
			root->cold = true;
		e = open_entries(l->opt, root, l->entries->fd,
		    l->entries->path, l->order, l->entries->budget);
		if (e == NULL)
			return -1;
		entries_unref(l->entries);
		l->entries = e;
		root = &e->root;
	}
	beneath_allow_wait(root, mounts);
	return 0;
}

struct deferrable *
listing_new(const struct listing_request *q)
{
	static put_section *const *const sections[] = {
		[ACCEPT_TEXT] = text_sections,
		[ACCEPT_HTML] = html_sections,
		[ACCEPT_JSON] = json_sections,
	};
	struct listing *l;

	if (q->path.n > PATH_MAX) {
		errno = ENAMETOOLONG;
		goto close_fd;
	}
	l = budget_alloc(q->budget, sizeof(*l) + q->path.n);
	if (l == NULL)
		goto close_fd;
	*l = (struct listing){
		.base = {
			.producer = { .more = listing_more,
				.free = listing_free },
			.allow_wait = listing_allow_wait,
		},
		.mount = q->mount,
		.opt = q->opt,
		.order = read_order(q->query),
		.wants_grid = slice_equal(query_find(q->query, SLICE("view")),
		    SLICE("grid")),
		.reading = true,
		.put = sections[q->format],
		.live_snippet = q->live_snippet,
		.site = base_name(slice_of(q->docroot->path)),
		.path = { l->space, q->path.n },
	};
	memcpy(l->space, q->path.p, q->path.n);
	l->entries = find_entries(q, l->order);
	if (l->entries != NULL)
		return &l->base;
	budget_free(q->budget, l);
	return NULL;

close_fd:
	if (q->mount != 0)
		close(q->fd);
	return NULL;
}
