#include "server/answer_file.h"

#include <errno.h>
#include <string.h>

#include "server/accept.h"
#include "server/answer_page.h"
#include "server/builder.h"
#include "server/condition.h"
#include "server/date.h"
#include "server/fields.h"
#include "server/mime.h"
#include "server/mount.h"
#include "server/multipart.h"
#include "server/note.h"
#include "server/override.h"
#include "server/page.h"
#include "server/range.h"
#include "server/reload.h"

enum {
	/* Up to this many parts are sent even if the whole file is shorter. */
	FEW_PARTS = 4,
};

/* ---- header lines of a file (RFC 9110 section 8), once an iteration ---- */

/* Do the times of f change only once a tick?  A slow disk, which could not be
 * asked without waiting, counts as one. */
static bool
has_coarse_times(const struct worker *w, const struct file *f)
{
	return w->server->coarse_times || f->mount != 0 ||
	    !mount_has_fine_times(f->fd);
}

/* May the file change again without a change of its times?  Use ctime: cp -p
 * and touch can set mtime. */
static bool
is_fresh(const struct worker *w, const struct file *f)
{
	const struct stat *st = &f->st;
	int64_t age = w->wall_ns - clock_ns(st->st_ctim);

	if (st->st_ctim.tv_nsec == 0 && st->st_mtim.tv_nsec == 0)
		return age < CLOCK_FILE_UNIT_NS;
	return age < CLOCK_FILE_TICK_NS && has_coarse_times(w, f);
}

static void
put_etag(struct buf *b, struct resource *res, bool with_snippet)
{
	const struct stat *st = &res->file->st;
	size_t from;

	buf_lit(b, "ETag: ");
	from = b->n;
	buf_byte(b, '"');
	buf_hex(b, (uint64_t)st->st_ino);
	buf_byte(b, '-');
	buf_hex(b, (uint64_t)st->st_size);
	buf_byte(b, '-');
	buf_hex(b, (uint64_t)clock_ns(st->st_mtim));
	buf_byte(b, '-');
	buf_hex(b, (uint64_t)clock_ns(st->st_ctim));
	if (with_snippet)
		buf_lit(b, "-live");
	buf_byte(b, '"');
	res->etag = buf_since(b, from);
	buf_lit(b, "\r\n");
}

/*
 * Set etag, modified and lines_304: validators and the other fields that a 304
 * repeats (RFC 9110 section 15.4.5).  Where file times move once a tick, a file
 * that has just been written could change again and keep its time, so it gets
 * no validator.
 */
static void
make_validators(struct builder *rb, struct resource *res)
{
	struct worker *w = rb->w;
	const struct stat *st = &res->file->st;
	struct buf b = buf_over(res->space, sizeof(res->space));
	bool fresh;

	if (res->lines_304.p != NULL)
		return;
	fresh = is_fresh(w, res->file);
	res->etag = (struct slice){ 0 };
	res->modified = DATE_NONE;
	buf_put(&b, w->server->cache);
	if (!fresh && !fields_overridden(w->server, FIELDS_ETAG))
		put_etag(&b, res, rb->is_navigation);
	/* RFC 9110 section 8.8.2.1: never later than Date. */
	if (!fresh && !fields_overridden(w->server, FIELDS_LAST_MODIFIED))
		res->modified = st->st_mtime < w->date_second ?
		    st->st_mtime : w->date_second;
	res->lines_304 = buf_slice(&b);
}

/* The media type of the file, by its name or else by its first bytes. */
static int
find_type(struct worker *w, struct resource *res, struct mime *m)
{
	struct file *f = res->original;

	/* Images need only the extension; text is read to detect UTF-8. */
	mime_by_name(res->name, m);
	if (!f->loaded &&
	    (m->needs_content || f->st.st_size <= RESOURCE_SMALL) &&
	    resource_load(w->cache, f) == -1)
		return -1;
	mime_by_content(m, f->start, resource_is_whole(f));
	return 0;
}

static void
put_coding(const struct server *server, struct buf *b,
    const struct resource *res)
{
	if (res->coding != ACCEPT_IDENTITY)
		fields_put(server, b, FIELDS_CONTENT_ENCODING,
		    accept_coding_name(res->coding));
}

/* Add the lines that only a response with the whole file has. */
static void
put_whole_lines(const struct server *server, struct resource *res,
    const struct mime *m, struct buf *b)
{
	size_t from;

	buf_lit(b, "Content-Type: ");
	from = b->n;
	buf_text(b, m->type);
	if (m->utf8)
		buf_lit(b, "; charset=utf-8");
	res->type = buf_since(b, from);
	if (server->content_type.n > 0) {
		res->type = server->content_type;
		b->n = from;
		buf_put(b, res->type);
	}
	buf_lit(b, "\r\n");
	put_coding(server, b, res);
	builder_put_length(b, res->file->st.st_size);
	/* A long type of -H may not fit. */
	if (!b->full)
		res->whole = buf_slice(b);
}

static int
make_lines(struct worker *w, struct resource *res)
{
	struct buf b = buf_over(res->space, sizeof(res->space));
	char date[DATE_LEN + 1];
	struct mime m;

	if (find_type(w, res, &m) == -1)
		return -1;
	b.n = res->lines_304.n;
	if (res->modified != DATE_NONE) {
		date_format(res->modified, date);
		buf_lit(&b, "Last-Modified: ");
		buf_add(&b, date, DATE_LEN);
		buf_lit(&b, "\r\n");
	}
	buf_put(&b, w->server->accept_ranges);
	if (m.gzip && res->coding == ACCEPT_IDENTITY)
		fields_put(w->server, &b, FIELDS_CONTENT_ENCODING,
		    SLICE("gzip"));
	/* After a reload Chromium goes on showing a cached font, even if
	 * revalidating it has fetched a new one. */
	if (w->server->opt->live && strncmp(m.type, "font/", 5) == 0)
		fields_put(w->server, &b, FIELDS_CACHE_CONTROL,
		    SLICE("no-store"));
	res->lines = buf_slice(&b);
	res->guessed = m.guessed && w->server->content_type.n == 0;
	put_whole_lines(w->server, res, &m, &b);
	return 0;
}

/*
 * Set lines, whole and type.  Read a small file first, because its length
 * changes if it has shrunk since it was opened.  Returns 0, or -1 with errno.
 */
static int
complete_metadata(struct worker *w, struct resource *res)
{
	if (res->file->st.st_size <= RESOURCE_SMALL &&
	    resource_load(w->cache, res->file) == -1)
		return -1;
	return res->lines.p != NULL ? 0 : make_lines(w, res);
}

/* ---- one response ---- */

static struct slice
content_type(const struct builder *rb, const struct resource *res)
{
	return rb->type != NULL ? rb->type->value : res->type;
}

static struct slice
live_snippet(const struct builder *rb, struct slice start)
{
	const struct reload_snippets *s = &rb->w->server->snippets;

	return reload_has_foreign_base(start) ? s->inline_text[rb->page] :
	    s->text[rb->page];
}

static int
complete_file(struct builder *rb, struct resource *res)
{
	if (complete_metadata(rb->w, res) == -1)
		return -1;
	if (rb->is_navigation && reload_can_append(content_type(rb, res),
	    res->original->start)) {
		struct slice snippet = live_snippet(rb, res->original->start);

		if (res->file->st.st_size <= INT64_MAX - (off_t)snippet.n)
			rb->live_snippet = snippet;
	}
	return 0;
}

static off_t
full_size(const struct builder *rb, const struct file *f)
{
	return f->st.st_size + (off_t)rb->live_snippet.n;
}

/* Set the body to these bytes of the file and the snippet after it. */
static void
set_file(struct builder *rb, struct file *f, off_t first, off_t last)
{
	struct body *body = &rb->r->body;
	off_t end = f->st.st_size, cut = first > end ? first - end : 0;

	body->length = last - first + 1;
	if (body->length == 0)
		return;
	resource_ref(f);
	body->kind = BODY_FILE;
	body->file = f;
	body->whole[0] = (struct part){ .first = first, .last = last };
	body->part_count = 1;
	if (last < end)
		return;
	body->whole[0] = (struct part){ .first = first - cut, .last = end - 1 };
	body->whole[1] = (struct part){ .last = -1, .text = {
		rb->live_snippet.p + cut, (size_t)(last + 1 - end - cut) } };
	body->part_count = 2;
}

/* The lines about the bytes that follow, which a 304 does not have. */
static void
put_content_lines(struct builder *rb, const struct resource *res)
{
	struct buf *out = &rb->w->out;

	/* "! Content-Type" in _headers removes it. */
	if (content_type(rb, res).n > 0) {
		buf_lit(out, "Content-Type: ");
		buf_put(out, content_type(rb, res));
		buf_lit(out, "\r\n");
	}
	put_coding(rb->w->server, &rb->w->out, res);
}

static void
put_file_lines(struct builder *rb, const struct resource *res)
{
	buf_put(&rb->w->out, res->lines);
	put_content_lines(rb, res);
}

static void
begin_file_head(struct builder *rb, const struct resource *res, int status)
{
	rb->guessed = res->guessed && rb->type == NULL;
	builder_begin_head(rb, status);
}

static void
answer_whole(struct builder *rb, struct resource *res, int status)
{
	set_file(rb, res->file, 0, full_size(rb, res->file) - 1);
	begin_file_head(rb, res, status);
	if (res->whole.n > 0 && rb->type == NULL && rb->live_snippet.n == 0) {
		buf_put(&rb->w->out, res->whole);
		return;
	}
	put_file_lines(rb, res);
	builder_put_length(&rb->w->out, rb->r->body.length);
}

static void
answer_range(struct builder *rb, struct resource *res, struct range range)
{
	if (rb->w->server->notes)
		note_range(rb->w, rb->r, range);
	set_file(rb, res->file, range.first, range.last);
	begin_file_head(rb, res, 206);
	put_file_lines(rb, res);
	range_put_content(&rb->w->out, range, full_size(rb, res->file));
	builder_put_length(&rb->w->out, rb->r->body.length);
}

/*
 * Several ranges.  False: send the whole file instead, because the parts would
 * be more than twice its size, it has a live snippet, or memory has run out.
 */
static bool
answer_ranges(struct builder *rb, struct resource *res,
    const struct range *range, int n)
{
	struct buf *out = &rb->w->out;
	off_t size = res->file->st.st_size;
	char boundary[MULTIPART_BOUNDARY + 1];
	struct body *body = &rb->r->body;
	struct budget *budget = &rb->w->server->shared->budget;

	if (rb->live_snippet.n > 0 || multipart_make(body, budget, range, n,
	    size, content_type(rb, res), boundary) == -1)
		return false;
	if (n > FEW_PARTS && body->length / 2 > size) {
		budget_free(budget, body->parts);
		*body = (struct body){ 0 };
		return false;
	}
	resource_ref(res->file);
	body->kind = BODY_FILE;
	body->file = res->file;
	begin_file_head(rb, res, 206);
	buf_put(out, res->lines);
	buf_lit(out, "Content-Type: multipart/byteranges; boundary=");
	buf_text(out, boundary);
	buf_lit(out, "\r\n");
	put_coding(rb->w->server, &rb->w->out, res);
	builder_put_length(out, body->length);
	return true;
}

static void
answer_unsatisfiable(struct builder *rb, off_t size)
{
	struct page page = answer_page_about(rb, 416);

	page.size = size;
	answer_page(rb, &page);
}

/*
 * RFC 9110 section 14.2: Range applies to GET only, and may be ignored.  Ignore
 * it for an empty file, because some clients always send "bytes=0-", and would
 * take a 416 for an error.
 */
static void
answer_content(struct builder *rb, struct resource *res, bool ranges)
{
	struct slice value = rb->req->field[HTTP_RANGE];
	off_t size = full_size(rb, res->file);
	struct range range[RANGE_MAX];
	int n = 0;

	if (ranges && value.p != NULL && rb->req->method == HTTP_GET &&
	    size > 0)
		n = range_parse(value, size, range);
	if (n < 0) {
		answer_unsatisfiable(rb, size);
		return;
	}
	if (n == 1)
		answer_range(rb, res, range[0]);
	else if (n == 0 || !answer_ranges(rb, res, range, n))
		answer_whole(rb, res, 200);
	builder_end_head(rb);
}

static void
answer_not_modified(struct builder *rb, const struct resource *res)
{
	builder_begin_head(rb, 304);
	buf_put(&rb->w->out, res->lines_304);
	builder_end_head(rb);
}

int
answer_status_of(int error)
{
	switch (error) {
	case EBUSY:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return 503;
	case EFBIG:
		return 403;
	default:
		return 500;
	}
}

void
answer_unreadable(struct builder *rb, int error)
{
	struct resource res = { .reason = RESOURCE_ERROR, .error = error };

	note_reason(rb->w, rb->r, &res);
	answer_error(rb, answer_status_of(error));
}

void
answer_file(struct builder *rb, struct resource *res)
{
	struct worker *w = rb->w;
	struct validators v;
	int status;

	rb->body = OVERRIDE_FILE;
	make_validators(rb, res);
	v = (struct validators){ res->etag, res->modified };
	status = condition_check(rb->req, &v, w->date_second);
	if (status == 304)
		answer_not_modified(rb, res);
	else if (status != 0)
		answer_error(rb, status);
	else if (complete_file(rb, res) == -1)
		answer_unreadable(rb, errno);
	else
		answer_content(rb, res,
		    condition_allows_range(rb->req, &v, w->date_second));
}

void
answer_file_as(struct builder *rb, struct resource *res, int status)
{
	struct worker *w = rb->w;

	make_validators(rb, res);
	if (complete_file(rb, res) == -1) {
		answer_unreadable(rb, errno);
		return;
	}
	set_file(rb, res->file, 0, full_size(rb, res->file) - 1);
	begin_file_head(rb, res, status);
	fields_put(w->server, &w->out, FIELDS_VARY, SLICE("Accept-Encoding"));
	builder_put_caching(rb, SLICE("no-cache"));
	put_content_lines(rb, res);
	builder_put_length(&w->out, rb->r->body.length);
	builder_end_head(rb);
}
