#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/accept.h"
#include "server/condition.h"
#include "server/fields.h"
#include "server/listing.h"
#include "server/metadata.h"
#include "server/multipart.h"
#include "server/page.h"
#include "server/range.h"
#include "server/response.h"

enum {
	/* So many parts are never abuse, however small the file. */
	FEW_PARTS = 4,
};

/* One answer in the making. */
struct making {
	struct turn *t;
	const struct http_request *req;
	struct response *r;
	struct slice path;	/* decoded; empty before */
	bool varies_by_accept;	/* a page that --spa sends for this path */
};

/* ---- the parts of a head ---- */

static void
begin_head(struct making *m, int status)
{
	struct turn *t = m->t;
	struct buf *out = &t->out;

	m->r->status = status;
	if (status == 200) {
		buf_lit(out, "HTTP/1.1 200 OK\r\n");
	} else {
		buf_lit(out, "HTTP/1.1 ");
		buf_number(out, (uint64_t)status);
		buf_byte(out, ' ');
		buf_text(out, http_reason(status));
		buf_lit(out, "\r\n");
	}
	buf_put(out, t->date_line);
	buf_put(out, t->server->every);
	if (m->varies_by_accept && !fields_replaced(t->server, FIELDS_VARY))
		buf_lit(out, "Vary: Accept\r\n");
}

static void
put_length(struct buf *out, off_t length)
{
	buf_lit(out, "Content-Length: ");
	buf_number(out, (uint64_t)length);
	buf_lit(out, "\r\n");
}

static void
put_type(struct making *m, const char *type)
{
	buf_lit(&m->t->out, "Content-Type: ");
	buf_text(&m->t->out, type);
	buf_lit(&m->t->out, "\r\n");
}

static void
put_connection(struct making *m)
{
	if (m->r->close)
		buf_lit(&m->t->out, "Connection: close\r\n");
	else if (m->req != NULL && m->req->minor == 0)
		buf_lit(&m->t->out, "Connection: keep-alive\r\n");
}

static void
end_head(struct making *m)
{
	put_connection(m);
	buf_lit(&m->t->out, "\r\n");
}

/* ---- notes for the log ---- */

/* False where nobody reads them; then the text is not made. */
static bool
begin_note(struct making *m)
{
	if (!m->t->server->notes)
		return false;
	m->r->note.p = m->t->scratch.p + m->t->scratch.n;
	return true;
}

static void
end_note(struct making *m)
{
	const struct buf *b = &m->t->scratch;

	m->r->note.n = (size_t)(b->p + b->n - m->r->note.p);
}

static void
note_text(struct making *m, const char *text)
{
	if (!begin_note(m))
		return;
	buf_text(&m->t->scratch, text);
	end_note(m);
}

static void
note_reason(struct making *m, const struct resource *res)
{
	struct buf *b = &m->t->scratch;

	if (res->reason == RESOURCE_HIDDEN)
		note_text(m, "(hidden; --hidden serves it)");
	if (res->reason == RESOURCE_OUTSIDE)
		note_text(m, "(leaves the folder; "
		    "--follow-symlinks serves it)");
	if (res->reason == RESOURCE_ERROR && begin_note(m)) {
		buf_byte(b, '(');
		buf_text(b, strerror(res->error));
		buf_byte(b, ')');
		end_note(m);
	}
}

/* ---- pages of our own ---- */

static void
set_text(struct making *m, const struct buf *text, size_t from)
{
	m->r->body.length = (off_t)(text->n - from);
	if (m->req != NULL && m->req->method == HTTP_HEAD)
		return;
	m->r->body.kind = BODY_MEMORY;
	m->r->body.text = (struct slice){ text->p + from, text->n - from };
}

/* Lines that a status asks for: RFC 9110 sections 15.5.6 and 15.5.17. */
static void
put_status_lines(struct making *m, int status, off_t size)
{
	struct buf *out = &m->t->out;

	if (status == 405)
		buf_lit(out, "Allow: GET, HEAD, OPTIONS\r\n");
	if (status == 416) {
		buf_lit(out, "Content-Range: bytes */");
		buf_number(out, (uint64_t)size);
		buf_lit(out, "\r\n");
	}
	if (status == 503)
		buf_lit(out, "Retry-After: 1\r\n");
	/* They are about the form that was chosen, or about there being none. */
	if ((status == 406 || status == 412 || status == 416) &&
	    !fields_replaced(m->t->server, FIELDS_VARY))
		buf_lit(out, "Vary: Accept-Encoding\r\n");
}

static void
answer_page(struct making *m, const struct page *page, off_t size)
{
	struct turn *t = m->t;
	enum accept_format format = m->req == NULL ? ACCEPT_TEXT :
	    accept_error(m->req->field[HTTP_ACCEPT]);
	size_t from = t->scratch.n;

	m->varies_by_accept = m->req != NULL;
	page_error(&t->scratch, format, page);
	set_text(m, &t->scratch, from);
	begin_head(m, page->status);
	put_status_lines(m, page->status, size);
	put_type(m, page_type(format));
	if (format == ACCEPT_HTML &&
	    !fields_replaced(t->server, FIELDS_CSP)) {
		buf_lit(&t->out, "Content-Security-Policy: ");
		buf_text(&t->out, page_csp);
		buf_lit(&t->out, "\r\n");
	}
	if (!fields_replaced(t->server, FIELDS_CACHE_CONTROL))
		buf_lit(&t->out, "Cache-Control: no-cache\r\n");
	put_length(&t->out, m->r->body.length);
	end_head(m);
}

static void
answer_error(struct making *m, int status)
{
	struct page page = { .status = status, .path = m->path };

	answer_page(m, &page, 0);
}

static void
answer_wrong_host(struct making *m)
{
	struct slice host = m->req->host;
	struct page page = {
		.status = 403, .reason = PAGE_WRONG_HOST, .host = host,
	};

	if (begin_note(m)) {
		struct buf *b = &m->t->scratch;

		buf_lit(b, "(host ");
		buf_visible(b, host);
		buf_lit(b, "; --allow-host ");
		buf_visible(b, host);
		buf_lit(b, " lets it in)");
		end_note(m);
	}
	answer_page(m, &page, 0);
}

static void
answer_options(struct making *m)
{
	begin_head(m, 204);
	if (policy_is_preflight(m->t->server->opt, m->req))
		policy_preflight_lines(&m->t->out, m->req);
	else
		buf_lit(&m->t->out, "Allow: GET, HEAD, OPTIONS\r\n");
	end_head(m);
}

/* Path only, never another host; one slash in front. */
static void
answer_redirect(struct making *m)
{
	struct buf *out = &m->t->out, *note = &m->t->scratch;
	size_t from, to;

	begin_head(m, 301);
	buf_lit(out, "Location: ");
	from = out->n;
	buf_url_path(out, m->path);
	buf_byte(out, '/');
	buf_url_query(out, m->req->query);
	to = out->n;
	/* A redirect kept for good would outlive the folder. */
	if (!fields_replaced(m->t->server, FIELDS_CACHE_CONTROL))
		buf_lit(out, "\r\nCache-Control: no-cache");
	buf_lit(out, "\r\nContent-Length: 0\r\n");
	end_head(m);
	if (begin_note(m)) {
		buf_lit(note, "-> ");
		buf_visible_path(note,
		    (struct slice){ out->p + from, to - from });
		end_note(m);
	}
}

/* ---- files ---- */

static void
set_file(struct making *m, struct file *f, off_t first, off_t last)
{
	struct body *body = &m->r->body;

	body->length = last - first + 1;
	if (m->req->method == HTTP_HEAD || body->length == 0)
		return;
	resource_hold(f);
	body->kind = BODY_FILE;
	body->file = f;
	body->whole = (struct part){ .first = first, .last = last };
	body->part_count = 1;
}

static void
put_coding(struct buf *out, const struct resource *res)
{
	static const char *const names[ACCEPT_CODINGS] = {
		[ACCEPT_BR] = "br",
		[ACCEPT_ZSTD] = "zstd",
		[ACCEPT_GZIP] = "gzip",
	};

	if (res->coding == ACCEPT_IDENTITY)
		return;
	buf_lit(out, "Content-Encoding: ");
	buf_text(out, names[res->coding]);
	buf_lit(out, "\r\n");
}

/* What is said of the bytes alone. */
static void
put_content_lines(struct making *m, const struct resource *res)
{
	struct buf *out = &m->t->out;

	buf_lit(out, "Content-Type: ");
	buf_put(out, res->type);
	buf_lit(out, "\r\n");
	put_coding(out, res);
}

static void
put_file_lines(struct making *m, const struct resource *res)
{
	buf_put(&m->t->out, res->lines);
	put_content_lines(m, res);
}

static void
answer_whole(struct making *m, struct resource *res, int status)
{
	set_file(m, res->file, 0, res->file->st.st_size - 1);
	begin_head(m, status);
	put_file_lines(m, res);
	put_length(&m->t->out, m->r->body.length);
}

static void
note_range(struct making *m, struct range range)
{
	struct buf *b = &m->t->scratch;

	if (!begin_note(m))
		return;
	buf_lit(b, "(bytes ");
	buf_number(b, (uint64_t)range.first);
	buf_byte(b, '-');
	buf_number(b, (uint64_t)range.last);
	buf_byte(b, ')');
	end_note(m);
}

static void
answer_range(struct making *m, struct resource *res, struct range range)
{
	set_file(m, res->file, range.first, range.last);
	begin_head(m, 206);
	put_file_lines(m, res);
	multipart_content_range(&m->t->out, range, res->file->st.st_size);
	put_length(&m->t->out, m->r->body.length);
	note_range(m, range);
}

/*
 * Several ranges.  False to send the whole instead: the parts would be more
 * than twice the file, or there is no memory.
 */
static bool
answer_ranges(struct making *m, struct resource *res,
    const struct range *range, int n)
{
	struct buf *out = &m->t->out;
	off_t size = res->file->st.st_size;
	char boundary[MULTIPART_BOUNDARY + 1];
	struct body *body = &m->r->body;

	if (multipart_make(body, range, n, size, res->type, boundary) == -1)
		return false;
	if (n > FEW_PARTS && body->length / 2 > size) {
		free(body->parts);
		*body = (struct body){ 0 };
		return false;
	}
	resource_hold(res->file);
	body->kind = BODY_FILE;
	body->file = res->file;
	begin_head(m, 206);
	buf_put(out, res->lines);
	buf_lit(out, "Content-Type: multipart/byteranges; boundary=");
	buf_text(out, boundary);
	buf_lit(out, "\r\n");
	put_coding(out, res);
	put_length(out, body->length);
	return true;
}

static void
answer_unsatisfiable(struct making *m, off_t size)
{
	struct page page = { .status = 416, .path = m->path };

	answer_page(m, &page, size);
}

/*
 * RFC 9110 section 14.2: a Range counts for GET alone, and may be ignored.  Some
 * clients ask for bytes=0- of everything, and want no 416 for an empty file.
 */
static void
answer_content(struct making *m, struct resource *res, bool ranges)
{
	struct slice value = m->req->field[HTTP_RANGE];
	off_t size = res->file->st.st_size;
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
	end_head(m);
}

static void
answer_not_modified(struct making *m, const struct resource *res)
{
	begin_head(m, 304);
	buf_put(&m->t->out, res->lines_304);
	end_head(m);
}

int
response_status(int error)
{
	return error == ENOMEM || error == EMFILE || error == ENFILE ? 503 :
	    500;
}

static void
answer_unreadable(struct making *m, int error)
{
	struct resource res = { .reason = RESOURCE_ERROR, .error = error };

	note_reason(m, &res);
	answer_error(m, response_status(error));
}

static void
answer_file(struct making *m, struct resource *res)
{
	struct turn *t = m->t;
	struct validators v;
	int status;

	metadata_validators(t, res);
	v = (struct validators){ res->etag, res->modified };
	status = condition_check(m->req, &v, t->date_second);
	if (status == 304)
		answer_not_modified(m, res);
	else if (status != 0)
		answer_error(m, status);
	else if (metadata_complete(t, res) == -1)
		answer_unreadable(m, errno);
	else
		answer_content(m, res,
		    condition_allows_range(m->req, &v, t->date_second));
}

/* ---- folders ---- */

static void
answer_no_listing(struct making *m)
{
	struct page page = {
		.status = 403, .reason = PAGE_NO_LISTING, .path = m->path,
	};

	note_text(m, "(a listing; --no-listing is on)");
	answer_page(m, &page, 0);
}

static void
put_no_store(struct making *m)
{
	if (!fields_replaced(m->t->server, FIELDS_CACHE_CONTROL))
		buf_lit(&m->t->out, "Cache-Control: no-store\r\n");
}

/* A listing has no tag and no date; "*" stands for it all the same. */
static bool
answer_condition(struct making *m)
{
	static const struct validators none = { .modified = -1 };
	int status = condition_check(m->req, &none, 0);

	if (status == 412)
		answer_error(m, status);
	if (status == 304) {
		begin_head(m, status);
		put_no_store(m);
		end_head(m);
	}
	return status != 0;
}

static void
answer_listing(struct making *m, const struct resource *res)
{
	struct turn *t = m->t;
	struct listing_request q = {
		.opt = t->server->opt,
		.place = t->server->place,
		.root = t->root,
		.fd = res->file->fd,
		.path = m->path,
		.query = m->req->query,
		.format = accept_listing(m->req->field[HTTP_ACCEPT]),
		.used = &t->server->shared->listing,
		.turn = &t->entries,
	};
	struct producer *producer;

	m->varies_by_accept = true;
	if (answer_condition(m))
		return;
	producer = listing_new(&q);
	if (producer == NULL) {
		answer_unreadable(m, errno);
		return;
	}
	m->r->body.kind = BODY_PRODUCER;
	m->r->body.length = -1;
	m->r->body.producer = producer;
	m->r->head_open = true;
	m->r->chunked_ok = m->req->minor == 1;
	/* Without chunked, the end of the connection may have to tell. */
	if (!m->r->chunked_ok)
		m->r->close = true;
	begin_head(m, 200);
	put_type(m, page_type(q.format));
	if (q.format == ACCEPT_HTML &&
	    !fields_replaced(t->server, FIELDS_CSP)) {
		buf_lit(&t->out, "Content-Security-Policy: ");
		buf_text(&t->out, listing_csp);
		buf_lit(&t->out, "\r\n");
	}
	put_no_store(m);
	put_connection(m);
}

void
response_frame(struct buf *out, const struct response *r, off_t length)
{
	if (length >= 0)
		put_length(out, length);
	else if (r->chunked_ok)
		buf_lit(out, "Transfer-Encoding: chunked\r\n");
	buf_lit(out, "\r\n");
}

/* ---- what a path stands for ---- */

/* --spa is for pages: not for a script or a picture that is missing. */
static bool
wants_page(const struct making *m)
{
	const char *slash = memrchr(m->path.p, '/', m->path.n);
	size_t n = (size_t)(m->path.p + m->path.n - slash);

	return memchr(slash, '.', n) == NULL ||
	    accept_names_html(m->req->field[HTTP_ACCEPT]);
}

/*
 * The site's own page for an error.  Validators and ranges are for a page that
 * was found, and so is --max-age: what is missing now may be there soon.
 */
static void
answer_file_as(struct making *m, struct resource *res, int status)
{
	struct turn *t = m->t;

	metadata_validators(t, res);
	if (metadata_complete(t, res) == -1) {
		answer_unreadable(m, errno);
		return;
	}
	m->varies_by_accept = true;
	set_file(m, res->file, 0, res->file->st.st_size - 1);
	begin_head(m, status);
	if (!fields_replaced(t->server, FIELDS_VARY))
		buf_lit(&t->out, "Vary: Accept-Encoding\r\n");
	if (!fields_replaced(t->server, FIELDS_CACHE_CONTROL))
		buf_lit(&t->out, "Cache-Control: no-cache\r\n");
	put_content_lines(m, res);
	put_length(&t->out, m->r->body.length);
	end_head(m);
}

/* What the site offers for a path that it does not have. */
static void
answer_missing(struct making *m, const enum accept_coding *codings, int n)
{
	const struct options *opt = m->t->server->opt;
	struct slice accept = m->req->field[HTTP_ACCEPT];
	struct resource *res;

	if (opt->spa && wants_page(m)) {
		res = resource_find(m->t->root, SLICE("/index.html"),
		    codings, n);
		if (res->kind == RESOURCE_FILE) {
			m->varies_by_accept = true;
			answer_file(m, res);
			return;
		}
	}
	if (accept_error(accept) != ACCEPT_JSON) {
		res = resource_find(m->t->root, SLICE("/404.html"),
		    codings, n);
		if (res->kind == RESOURCE_FILE) {
			answer_file_as(m, res, 404);
			return;
		}
	}
	answer_error(m, 404);
}

static void
answer_path(struct making *m)
{
	enum accept_coding codings[ACCEPT_CODINGS + 1];
	int n = accept_codings(m->req->field[HTTP_ACCEPT_ENCODING], codings);
	struct resource *res = resource_find(m->t->root, m->path, codings, n);

	switch (res->kind) {
	case RESOURCE_FILE:
		answer_file(m, res);
		break;
	case RESOURCE_REDIRECT:
		answer_redirect(m);
		break;
	case RESOURCE_FOLDER:
		if (m->t->server->opt->no_listing)
			answer_no_listing(m);
		else
			answer_listing(m, res);
		break;
	case RESOURCE_NONE:
		note_reason(m, res);
		if (res->status == 404)
			answer_missing(m, codings, n);
		else
			answer_error(m, res->status);
		break;
	}
}

/* 0, or the status of a path that names nothing. */
static int
decode_path(struct making *m)
{
	struct buf *b = &m->t->scratch;
	char *p = b->p + b->n;
	ssize_t n = http_decode_path(m->req->path, p);

	if (n < 0)
		return (int)-n;
	b->n += (size_t)n + 1;
	m->path = (struct slice){ p, (size_t)n };
	return 0;
}

/*
 * RFC 9110 section 7.4: without TLS a request for https:// is not for us, and
 * who sent it believes that nobody listens.
 */
static bool
wants_tls(const struct http_request *req)
{
	struct slice t = req->target, scheme = SLICE("https:");

	return t.n > scheme.n &&
	    slice_equal_nocase((struct slice){ t.p, scheme.n }, scheme);
}

bool
response_leaves_body(const struct http_request *req)
{
	return req->content_length > RESPONSE_BODY_MAX ||
	    (req->expect == HTTP_EXPECT_OTHER &&
	    (req->chunked || req->content_length > 0));
}

void
response_make(struct turn *t, struct http_request *req, struct response *r)
{
	struct making m = { .t = t, .req = req, .r = r };
	int status;

	*r = (struct response){
		.close = !req->keep_alive || t->server->shared->stopping,
		.head_only = req->method == HTTP_HEAD,
	};
	if (req->repeated != 0) {
		http_join_fields(req, t->scratch.p + t->scratch.n);
		t->scratch.n += req->head.n;
	}
	if (response_leaves_body(req))
		r->close = r->linger = true;

	if (!policy_accepts_host(&t->server->policy, req->host))
		answer_wrong_host(&m);
	else if (wants_tls(req))
		answer_error(&m, 421);
	else if (req->expect == HTTP_EXPECT_OTHER)
		answer_error(&m, 417);
	else if (req->method == HTTP_UNKNOWN)
		answer_error(&m, 501);
	else if (req->method == HTTP_KNOWN)
		answer_error(&m, 405);
	else if (req->method == HTTP_OPTIONS)
		answer_options(&m);
	else if ((status = decode_path(&m)) != 0)
		answer_error(&m, status);
	else
		answer_path(&m);
}

void
response_refuse(struct turn *t, int status, struct response *r)
{
	struct making m = { .t = t, .r = r };

	*r = (struct response){ .close = true, .linger = true };
	answer_error(&m, status);
}

void
response_free(struct turn *t, struct response *r)
{
	struct body *body = &r->body;

	if (body->kind == BODY_FILE) {
		resource_release(t->root, body->file);
		free(body->parts);
	}
	if (body->kind == BODY_PRODUCER)
		body->producer->free(body->producer);
	body->kind = BODY_NONE;
}
