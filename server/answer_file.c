#include "server/answer_file.h"

#include <errno.h>
#include <stdlib.h>

#include "server/accept.h"
#include "server/answer_page.h"
#include "server/builder.h"
#include "server/condition.h"
#include "server/date.h"
#include "server/fields.h"
#include "server/metadata.h"
#include "server/multipart.h"
#include "server/note.h"
#include "server/override.h"
#include "server/page.h"
#include "server/range.h"
#include "server/reload.h"

enum {
	/* So many parts are sent even where the whole file is shorter. */
	FEW_PARTS = 4,
};

static void
begin_file(struct builder *m, struct resource *res)
{
	res->live = m->is_navigation;
	metadata_validators(m->w, res);
}

static struct slice
content_type(const struct builder *m, const struct resource *res)
{
	return m->type != NULL ? m->type->value : res->type;
}

static int
complete_file(struct builder *m, struct resource *res)
{
	if (metadata_complete(m->w, res) == -1)
		return -1;
	if (m->is_navigation && reload_suits(content_type(m, res),
	    res->original->start))
		m->live_snippet = m->w->server->snippets.text[m->page];
	return 0;
}

static off_t
full_size(const struct builder *m, const struct file *f)
{
	return f->st.st_size + (off_t)m->live_snippet.n;
}

/* Set the body to these bytes of the file and the snippet after it. */
static void
set_file(struct builder *m, struct file *f, off_t first, off_t last)
{
	struct body *body = &m->r->body;
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
		m->live_snippet.p + cut, (size_t)(last + 1 - end - cut) } };
	body->part_count = 2;
}

static void
put_coding(struct builder *m, const struct resource *res)
{
	if (res->coding != ACCEPT_IDENTITY)
		fields_put(m->w->server, &m->w->out, FIELDS_CONTENT_ENCODING,
		    accept_coding_name(res->coding));
}

/* The lines about the bytes that follow, which a 304 does not have. */
static void
put_content_lines(struct builder *m, const struct resource *res)
{
	struct buf *out = &m->w->out;

	/* "! Content-Type" in _headers removes it. */
	if (content_type(m, res).n > 0) {
		buf_lit(out, "Content-Type: ");
		buf_put(out, content_type(m, res));
		buf_lit(out, "\r\n");
	}
	put_coding(m, res);
}

static void
put_file_lines(struct builder *m, const struct resource *res)
{
	buf_put(&m->w->out, res->lines);
	put_content_lines(m, res);
}

static void
begin_file_head(struct builder *m, const struct resource *res, int status)
{
	m->guessed = res->guessed && m->type == NULL;
	builder_begin_head(m, status);
}

static void
answer_whole(struct builder *m, struct resource *res, int status)
{
	set_file(m, res->file, 0, full_size(m, res->file) - 1);
	begin_file_head(m, res, status);
	if (res->whole.n > 0 && m->type == NULL && m->live_snippet.n == 0) {
		buf_put(&m->w->out, res->whole);
		return;
	}
	put_file_lines(m, res);
	builder_put_length(&m->w->out, m->r->body.length);
}

static void
answer_range(struct builder *m, struct resource *res, struct range range)
{
	if (m->w->server->notes)
		note_range(m->w, m->r, range);
	set_file(m, res->file, range.first, range.last);
	begin_file_head(m, res, 206);
	put_file_lines(m, res);
	range_put_content(&m->w->out, range, full_size(m, res->file));
	builder_put_length(&m->w->out, m->r->body.length);
}

/*
 * Several ranges.  False: send the whole file instead, because the parts would
 * be more than twice its size, it has a live snippet, or memory has run out.
 */
static bool
answer_ranges(struct builder *m, struct resource *res,
    const struct range *range, int n)
{
	struct buf *out = &m->w->out;
	off_t size = res->file->st.st_size;
	char boundary[MULTIPART_BOUNDARY + 1];
	struct body *body = &m->r->body;
	struct budget *budget = &m->w->server->shared->budget;

	if (m->live_snippet.n > 0 || multipart_make(body, budget, range, n,
	    size, content_type(m, res), boundary) == -1)
		return false;
	if (n > FEW_PARTS && body->length / 2 > size) {
		budget_free(budget, body->parts);
		*body = (struct body){ 0 };
		return false;
	}
	resource_ref(res->file);
	body->kind = BODY_FILE;
	body->file = res->file;
	begin_file_head(m, res, 206);
	buf_put(out, res->lines);
	buf_lit(out, "Content-Type: multipart/byteranges; boundary=");
	buf_text(out, boundary);
	buf_lit(out, "\r\n");
	put_coding(m, res);
	builder_put_length(out, body->length);
	return true;
}

static void
answer_unsatisfiable(struct builder *m, off_t size)
{
	struct page page = answer_page_about(m, 416);

	page.size = size;
	answer_page(m, &page);
}

/*
 * RFC 9110 section 14.2: Range applies to GET only, and may be ignored.  Ignore
 * it for an empty file, because some clients always send "bytes=0-", and would
 * take a 416 for an error.
 */
static void
answer_content(struct builder *m, struct resource *res, bool ranges)
{
	struct slice value = m->req->field[HTTP_RANGE];
	off_t size = full_size(m, res->file);
	struct range range[RANGE_MAX];
	int n = 0;

	if (ranges && value.p != NULL && m->req->method == HTTP_GET && size > 0)
		n = range_parse(value, size, range);
	if (n < 0) {
		answer_unsatisfiable(m, size);
		return;
	}
	if (n == 1)
		answer_range(m, res, range[0]);
	else if (n == 0 || !answer_ranges(m, res, range, n))
		answer_whole(m, res, 200);
	builder_end_head(m);
}

static void
answer_not_modified(struct builder *m, const struct resource *res)
{
	builder_begin_head(m, 304);
	buf_put(&m->w->out, res->lines_304);
	builder_end_head(m);
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
answer_unreadable(struct builder *m, int error)
{
	struct resource res = { .reason = RESOURCE_ERROR, .error = error };

	note_reason(m->w, m->r, &res);
	answer_error(m, answer_status_of(error));
}

void
answer_file(struct builder *m, struct resource *res)
{
	struct worker *w = m->w;
	struct validators v;
	int status;

	m->body = OVERRIDE_FILE;
	begin_file(m, res);
	v = (struct validators){ res->etag, res->modified };
	status = condition_check(m->req, &v, w->date_second);
	if (status == 304)
		answer_not_modified(m, res);
	else if (status != 0)
		answer_error(m, status);
	else if (complete_file(m, res) == -1)
		answer_unreadable(m, errno);
	else
		answer_content(m, res,
		    condition_allows_range(m->req, &v, w->date_second));
}

void
answer_file_as(struct builder *m, struct resource *res, int status)
{
	struct worker *w = m->w;

	begin_file(m, res);
	if (complete_file(m, res) == -1) {
		answer_unreadable(m, errno);
		return;
	}
	m->varies_by_accept = m->rule == NULL;
	set_file(m, res->file, 0, full_size(m, res->file) - 1);
	begin_file_head(m, res, status);
	fields_put(w->server, &w->out, FIELDS_VARY, SLICE("Accept-Encoding"));
	builder_put_caching(m, SLICE("no-cache"));
	put_content_lines(m, res);
	builder_put_length(&w->out, m->r->body.length);
	builder_end_head(m);
}
