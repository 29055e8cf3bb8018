#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/accept.h"
#include "server/archive.h"
#include "server/assets.h"
#include "server/condition.h"
#include "server/cors.h"
#include "server/date.h"
#include "server/disposition.h"
#include "server/fields.h"
#include "server/gateway.h"
#include "server/http_path.h"
#include "server/listing.h"
#include "server/live.h"
#include "server/metadata.h"
#include "server/multipart.h"
#include "server/note.h"
#include "server/override.h"
#include "server/page.h"
#include "server/query.h"
#include "server/range.h"
#include "server/reload.h"
#include "server/response.h"
#include "server/site.h"
#include "server/upstream.h"

enum {
	/* So many parts are never abuse, however small the file. */
	FEW_PARTS = 4,
};

/* One answer in the making. */
struct builder {
	struct worker *w;
	const struct http_request *req;
	const struct client *client;
	struct slice form;	/* its body, where that may have a key */
	struct response *r;
	struct slice url_path;	/* decoded; empty before */
	struct slice path;	/* the same beneath --base */
	const struct rules_redirect *rule;	/* the line that answers */
	const struct rules_change *type;	/* of _headers, for files */
	enum override_body body;
	enum site_access access;
	bool guessed;		/* the type: a browser may know better */
	bool varies_by_accept;	/* a page that --spa sends for this path */
	bool is_navigation;		/* --live: by a person, in a page */
	enum reload_page page;	/* then: which */
	struct slice tail;	/* what that puts behind it */
};

/* ---- the parts of a head ---- */

static void
begin_head(struct builder *m, int status)
{
	struct worker *w = m->w;
	struct buf *out = &w->out;

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
	buf_put(out, w->date_line);
	buf_put(out, w->server->common_headers);
	/* A 304 would add the line to a response that was stored without. */
	if (!m->guessed && status != 304)
		buf_put(out, w->server->nosniff);
	if (m->access == SITE_LET_IN)
		fields_put(w->server, out, FIELDS_RESOURCE_POLICY,
		    SLICE("cross-origin"));
	else
		buf_put(out, w->server->same_site);
	if (w->server->opt->cors_count > 0)
		fields_put(w->server, out, FIELDS_CORS_ORIGIN,
		    cors_allowed_origin(w->server->opt, m->req));
	if (m->varies_by_accept)
		fields_put(w->server, out, FIELDS_VARY, SLICE("Accept"));
}

static void
put_length(struct buf *out, off_t length)
{
	buf_lit(out, "Content-Length: ");
	buf_number(out, (uint64_t)length);
	buf_lit(out, "\r\n");
}

static void
put_type(struct builder *m, const char *type)
{
	buf_lit(&m->w->out, "Content-Type: ");
	buf_text(&m->w->out, type);
	buf_lit(&m->w->out, "\r\n");
}

static void
put_connection(struct builder *m)
{
	if (m->r->close)
		buf_lit(&m->w->out, "Connection: close\r\n");
	else if (m->req != NULL && m->req->minor == 0)
		buf_lit(&m->w->out, "Connection: keep-alive\r\n");
}

static void
end_head(struct builder *m)
{
	put_connection(m);
	buf_lit(&m->w->out, "\r\n");
}

/* ---- pages of our own ---- */

static void
set_text(struct builder *m, struct slice text)
{
	m->r->body.length = (off_t)text.n;
	m->r->body.kind = BODY_MEMORY;
	m->r->body.text = text;
}

static void
put_csp(struct builder *m, enum csp_page page)
{
	fields_put(m->w->server, &m->w->out, FIELDS_CSP,
	    m->w->server->csp.value[page][m->tail.n > 0]);
}

static void
put_caching(struct builder *m, struct slice what)
{
	fields_put(m->w->server, &m->w->out, FIELDS_CACHE_CONTROL, what);
}

static void
put_allow(struct builder *m)
{
	fields_put(m->w->server, &m->w->out, FIELDS_ALLOW,
	    SLICE("GET, HEAD, OPTIONS"));
}

/* Lines that a status asks for: RFC 9110 sections 15.5.6 and 15.5.17. */
static void
put_status_lines(struct builder *m, int status, off_t size)
{
	const struct server *server = m->w->server;
	struct buf *out = &m->w->out;

	if (status == 405)
		put_allow(m);
	if (status == 416) {
		buf_lit(out, "Content-Range: bytes */");
		buf_number(out, (uint64_t)size);
		buf_lit(out, "\r\n");
	}
	if (status == 401) {
		buf_lit(out, "WWW-Authenticate: ");
		buf_put(out, key_challenge(m->req));
		buf_lit(out, "\r\n");
	}
	if (status == 429)
		fields_put(server, out, FIELDS_RETRY_AFTER, SLICE("60"));
	if (status == 503)
		fields_put(server, out, FIELDS_RETRY_AFTER, SLICE("1"));
	/* They are about the form that was chosen, or that there is none. */
	if (status == 406 || status == 412 || status == 416)
		fields_put(server, out, FIELDS_VARY, SLICE("Accept-Encoding"));
}

/* The nearest folder above the path that exists; empty if that is hidden. */
static struct slice
nearest_folder(struct builder *m)
{
	struct slice path = m->path;
	int fd;

	/* A rule may have put another path in the place of the URL's. */
	if (path.n < 2 || path.p + path.n != m->url_path.p + m->url_path.n)
		return SLICE("");
	path.n--;
	fd = resource_open_folder(m->w->root, &path);
	if (fd == -1)
		return SLICE("");
	close(fd);
	return slice_between(m->url_path.p, path.p + path.n);
}

static void
answer_page_as(struct builder *m, struct page *page,
    enum accept_format format, off_t size)
{
	struct worker *w = m->w;
	size_t from = w->scratch.n;

	m->varies_by_accept = m->req != NULL;
	m->body = OVERRIDE_OWN;
	if (format == ACCEPT_HTML && m->req != NULL) {
		page->target = m->req->path;
		page->folder = nearest_folder(m);
	}
	page_error(&w->scratch, format, page);
	/* A file's own may have been meant before. */
	m->tail.n = 0;
	if (m->is_navigation && m->url_path.n > 0 && format == ACCEPT_HTML)
		m->tail = m->w->server->snippets.text[
		    m->page == RELOAD_SPA ? RELOAD_SPA_ERROR : RELOAD_ERROR];
	buf_put(&w->scratch, m->tail);
	set_text(m, buf_since(&w->scratch, from));
	begin_head(m, page->status);
	put_status_lines(m, page->status, size);
	put_type(m, page_type(format));
	if (format == ACCEPT_HTML)
		put_csp(m, page->status == 401 ? CSP_KEY : CSP_ERROR);
	put_caching(m, page->status == 401 ? SLICE("no-store") :
	    SLICE("no-cache"));
	put_length(&w->out, m->r->body.length);
	end_head(m);
}

static struct page
page_of(const struct builder *m, int status)
{
	return (struct page){
		.status = status, .path = m->url_path,
		.base = m->w->server->opt->base,
	};
}

static void
answer_page(struct builder *m, struct page *page, off_t size)
{
	answer_page_as(m, page, m->req == NULL ? ACCEPT_TEXT :
	    accept_error(m->req->field[HTTP_ACCEPT]), size);
}

static void
answer_error(struct builder *m, int status)
{
	struct page page = page_of(m, status);

	answer_page(m, &page, 0);
}

static void
answer_wrong_host(struct builder *m)
{
	struct slice host = m->req->host;
	struct page page = {
		.status = 403, .reason = PAGE_WRONG_HOST, .host = host,
	};

	note_host(m->w, m->r, host);
	answer_page(m, &page, 0);
}

/* ---- --key ---- */

static enum key_decision
decide_by_key(struct builder *m, struct page *page)
{
	const struct worker *w = m->w;
	struct shared *shared = w->server->shared;
	bool once_left, limited = false;
	struct key_offer o;

	key_read(w->server->key, m->req, m->form, &o);
	once_left = o.once && o.navigates &&
	    w->now_ns < shared->once_until_ns &&
	    !atomic_exchange(&shared->once_used, true);
	if (o.wrongs > 0 && !o.key && !o.cookie && !once_left)
		limited = attempts_add(shared->attempts, m->client, o.wrong,
		    o.wrongs, w->now_ns);
	if (o.wrongs > 0)
		page->reason = PAGE_WRONG_KEY;
	note_text(w, m->r, limited ? SLICE("(too many wrong keys)") :
	    o.wrongs > 0 ? SLICE("(wrong key)") : SLICE("(no key)"));
	return key_decide(&o, once_left, limited);
}

static void
answer_with_cookie(struct builder *m)
{
	struct buf *out = &m->w->out;
	size_t from;

	begin_head(m, 303);
	buf_lit(out, "Location: ");
	from = out->n;
	key_put_location(out, m->req);
	note_target(m->w, m->r, buf_since(out, from));
	buf_lit(out, "\r\nSet-Cookie: ");
	key_put_cookie(out, m->w->server->key);
	buf_lit(out, "\r\n");
	put_caching(m, SLICE("no-store"));
	put_length(out, 0);
	end_head(m);
}

/*
 * Ask for the key.  Nothing is looked at that the path names, so nothing tells
 * whether it is there.  True if this was the answer.
 */
static bool
answer_without_key(struct builder *m)
{
	const struct server *server = m->w->server;
	struct page page = { .status = 401 };

	/* Browsers send no cookie with a preflight. */
	if (server->key == NULL || cors_is_preflight(server->opt, m->req))
		return false;
	switch (decide_by_key(m, &page)) {
	case KEY_PASS:
		m->r->note.n = 0;
		return false;
	case KEY_REDIRECT:
		answer_with_cookie(m);
		break;
	case KEY_LIMIT:
		page = (struct page){ .status = 429 };
		answer_page(m, &page, 0);
		break;
	case KEY_REFUSE:
		answer_page(m, &page, 0);
		break;
	}
	return true;
}

static void
answer_options(struct builder *m)
{
	begin_head(m, 204);
	if (cors_is_preflight(m->w->server->opt, m->req))
		cors_put_preflight_lines(m->w->server, &m->w->out, m->req);
	else
		put_allow(m);
	end_head(m);
}

/* For the log: where the path leads to. */
static void
note_folder(struct builder *m)
{
	struct buf *b = &m->w->scratch;
	size_t start = b->n;

	if (!m->w->server->notes)
		return;
	buf_url_path(b, m->url_path);
	buf_byte(b, '/');
	buf_url_query(b, m->req->query);
	note_target(m->w, m->r, buf_since(b, start));
}

/*
 * Relative, so that a proxy in front may serve all this below a prefix.  All
 * but the plainest bytes are escaped: a colon would end a scheme.
 */
static void
put_location(struct builder *m)
{
	struct buf *out = &m->w->out;
	struct slice path = m->url_path;
	const char *slash = memrchr(path.p, '/', path.n);

	note_folder(m);
	if (fields_overridden(m->w->server, FIELDS_LOCATION))
		return;
	buf_lit(out, "Location: ");
	buf_url(out, slice_between(slash + 1, path.p + path.n));
	buf_byte(out, '/');
	buf_url_query(out, m->req->query);
	buf_lit(out, "\r\n");
}

static void
answer_redirect(struct builder *m)
{
	begin_head(m, 301);
	put_location(m);
	/* A redirect kept for good would outlive the folder. */
	put_caching(m, SLICE("no-cache"));
	buf_lit(&m->w->out, "Content-Length: 0\r\n");
	end_head(m);
}

/* ---- files ---- */

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
		m->tail = m->w->server->snippets.text[m->page];
	return 0;
}

static off_t
full_size(const struct builder *m, const struct file *f)
{
	return f->st.st_size + (off_t)m->tail.n;
}

/* Of the file and the tail behind it. */
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
		m->tail.p + cut, (size_t)(last + 1 - end - cut) } };
	body->part_count = 2;
}

static void
put_coding(struct builder *m, const struct resource *res)
{
	if (res->coding != ACCEPT_IDENTITY)
		fields_put(m->w->server, &m->w->out, FIELDS_CONTENT_ENCODING,
		    accept_coding_name(res->coding));
}

/* What is said of the bytes alone. */
static void
put_content_lines(struct builder *m, const struct resource *res)
{
	struct buf *out = &m->w->out;

	/* "! Content-Type" leaves it out. */
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
	begin_head(m, status);
}

static void
answer_whole(struct builder *m, struct resource *res, int status)
{
	set_file(m, res->file, 0, full_size(m, res->file) - 1);
	begin_file_head(m, res, status);
	put_file_lines(m, res);
	put_length(&m->w->out, m->r->body.length);
}

static void
answer_range(struct builder *m, struct resource *res, struct range range)
{
	set_file(m, res->file, range.first, range.last);
	begin_file_head(m, res, 206);
	put_file_lines(m, res);
	multipart_content_range(&m->w->out, range, full_size(m, res->file));
	put_length(&m->w->out, m->r->body.length);
	note_range(m->w, m->r, range);
}

/*
 * Several ranges.  False to send the whole instead: the parts would be more
 * than twice the file, a tail belongs to them, or there is no memory.
 */
static bool
answer_ranges(struct builder *m, struct resource *res,
    const struct range *range, int n)
{
	struct buf *out = &m->w->out;
	off_t size = res->file->st.st_size;
	char boundary[MULTIPART_BOUNDARY + 1];
	struct body *body = &m->r->body;

	if (m->tail.n > 0 || multipart_make(body, range, n, size,
	    content_type(m, res),
	    boundary) == -1)
		return false;
	if (n > FEW_PARTS && body->length / 2 > size) {
		free(body->parts);
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
	put_length(out, body->length);
	return true;
}

static void
answer_unsatisfiable(struct builder *m, off_t size)
{
	struct page page = page_of(m, 416);

	answer_page(m, &page, size);
}

/*
 * RFC 9110 section 14.2: a Range counts for GET alone and may be ignored.  Some
 * clients ask for bytes=0- of everything, and want no 416 for an empty file.
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
	end_head(m);
}

static void
answer_not_modified(struct builder *m, const struct resource *res)
{
	begin_head(m, 304);
	buf_put(&m->w->out, res->lines_304);
	end_head(m);
}

static int
status_of(int error)
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

static void
answer_unreadable(struct builder *m, int error)
{
	struct resource res = { .reason = RESOURCE_ERROR, .error = error };

	note_reason(m->w, m->r, &res);
	answer_error(m, status_of(error));
}

static void
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

/* ---- folders ---- */

static void
answer_no_listing(struct builder *m)
{
	struct page page = page_of(m, 403);

	page.reason = PAGE_NO_LISTING;

	note_text(m->w, m->r, SLICE("(a listing; --no-listing is on)"));
	answer_page(m, &page, 0);
}

/* A listing has no tag and no date; "*" stands for it all the same. */
static bool
answer_condition(struct builder *m)
{
	static const struct validators none = { .modified = DATE_NONE };
	int status = condition_check(m->req, &none, 0);

	if (status == 412)
		answer_error(m, status);
	if (status == 304) {
		begin_head(m, status);
		put_caching(m, SLICE("no-cache"));
		end_head(m);
	}
	return status != 0;
}

/* Its length is known when all of it has been made. */
static void
set_producer(struct builder *m, struct producer *producer)
{
	m->r->body.kind = BODY_PRODUCER;
	m->r->body.length = -1;
	m->r->body.producer = producer;
	m->r->head_open = true;
	m->r->chunked = m->req->minor == 1;
	/* Else the body may have to end with the connection. */
	if (!m->r->chunked)
		m->r->close = true;
}

static void
answer_listing(struct builder *m, const struct resource *res)
{
	struct worker *w = m->w;
	struct listing_request q = {
		.opt = w->server->opt,
		.docroot = w->server->docroot,
		.root = w->root,
		.fd = res->file->fd,
		.path = m->path,
		.query = m->req->query,
		.format = accept_listing(m->req->field[HTTP_ACCEPT]),
		.used = &w->server->shared->listing,
		.shared_entries = &w->entries,
	};
	struct producer *producer;

	m->varies_by_accept = true;
	m->body = OVERRIDE_OWN;
	if (answer_condition(m))
		return;
	if (m->is_navigation && q.format == ACCEPT_HTML)
		q.live_snippet = m->tail =
		    w->server->snippets.text[RELOAD_LISTING];
	producer = listing_new(&q);
	if (producer == NULL) {
		answer_unreadable(m, errno);
		return;
	}
	set_producer(m, producer);
	begin_head(m, 200);
	put_type(m, page_type(q.format));
	if (q.format == ACCEPT_HTML)
		put_csp(m, CSP_LISTING);
	put_caching(m, SLICE("no-cache"));
	put_connection(m);
}

static bool
wants_archive(const struct builder *m, enum archive_format *format)
{
	struct slice name = query_find(m->req->query, SLICE("archive"));

	*format = slice_equal(name, SLICE("tar")) ? ARCHIVE_TAR : ARCHIVE_ZIP;
	return *format == ARCHIVE_TAR || slice_equal(name, SLICE("zip"));
}

/* No page of another site makes a browser download all there is. */
static bool
is_cross_site(const struct http_request *req)
{
	return slice_equal(req->field[HTTP_SEC_FETCH_SITE],
	    SLICE("cross-site"));
}

static void
put_archive_lines(struct builder *m, const struct archive_request *q)
{
	static const struct {
		const char *type;
		struct slice ending;
	} formats[] = {
		[ARCHIVE_ZIP] = { "application/zip", { ".zip", 4 } },
		[ARCHIVE_TAR] = { "application/x-tar", { ".tar", 4 } },
	};
	struct buf *out = &m->w->out;

	put_type(m, formats[q->format].type);
	if (!fields_overridden(m->w->server, FIELDS_CONTENT_DISPOSITION)) {
		buf_lit(out, "Content-Disposition: ");
		disposition_put(out, tree_folder_name(&q->tree),
		    formats[q->format].ending);
		buf_lit(out, "\r\n");
	}
	put_caching(m, SLICE("no-store"));
	put_connection(m);
}

static void
answer_archive_error(struct builder *m, int error)
{
	if (error != EBUSY) {
		answer_unreadable(m, error);
		return;
	}
	note_text(m->w, m->r, SLICE("(archives: two at a time for a client, "
	    "eight in all)"));
	answer_error(m, 503);
}

/* The whole folder as one file.  HEAD opens nothing and takes no place. */
static void
send_archive(struct builder *m, const struct archive_request *q)
{
	struct producer *producer = NULL;

	if (m->req->method != HTTP_HEAD) {
		producer = archive_new(q);
		if (producer == NULL) {
			answer_archive_error(m, errno);
			return;
		}
	}
	m->r->chunked = m->req->minor == 1;
	if (producer != NULL)
		set_producer(m, producer);
	begin_head(m, 200);
	put_archive_lines(m, q);
	if (producer == NULL)
		response_frame(m->w, &m->w->out, m->r, -1);
}

static void
answer_archive(struct builder *m, enum archive_format format)
{
	struct worker *w = m->w;
	struct archive_request q = {
		.format = format,
		.tree = {
			.opt = w->server->opt,
			.root = resource_beneath(w->root),
			.root_name = slice_of(w->server->docroot->path),
			.path = m->path,
		},
		.client = m->client,
		.archives = &w->server->shared->archives,
	};

	m->body = OVERRIDE_OWN;
	if (is_cross_site(m->req)) {
		note_text(w, m->r, SLICE("(an archive, for another site)"));
		answer_error(m, 403);
	} else if (!answer_condition(m)) {
		send_archive(m, &q);
	}
}

/* The head is complete: RFC 9110 section 9.3.2. */
static void
finish_head(struct worker *w, struct response *r)
{
	r->head_open = false;
	/* An application's reply has its own head, and no body to HEAD. */
	if (r->head_only && r->body.kind != BODY_UPSTREAM)
		response_free(w, r);
}

void
response_frame(struct worker *w, struct buf *out, struct response *r,
    off_t length)
{
	if (length >= 0) {
		put_length(out, length);
		r->chunked = false;
	} else if (r->chunked) {
		buf_lit(out, "Transfer-Encoding: chunked\r\n");
	}
	buf_lit(out, "\r\n");
	finish_head(w, r);
}

/* ---- --live ---- */

/* Without a length: it ends when the connection closes. */
static void
answer_stream(struct builder *m)
{
	struct worker *w = m->w;
	int64_t age_ns = reload_age_ms(m->req->query) * 1000000;
	struct body *body = &m->r->body;

	body->producer = live_stream_new(w->feed, w->now_ns - age_ns);
	if (body->producer == NULL) {
		answer_unreadable(m, errno);
		return;
	}
	body->kind = BODY_PRODUCER;
	m->r->close = true;
	note_text(w, m->r, SLICE("(live)"));
	begin_head(m, 200);
	put_type(m, "text/event-stream");
	put_caching(m, SLICE("no-store"));
	/* nginx would collect events until its buffer is full. */
	buf_lit(&m->w->out, "X-Accel-Buffering: no\r\n");
	end_head(m);
}

static void
answer_script(struct builder *m)
{
	struct buf *b = &m->w->scratch;
	size_t start = b->n;

	reload_put_script(b, m->req->path);
	set_text(m, buf_since(b, start));
	begin_head(m, 200);
	put_type(m, "text/javascript; charset=utf-8");
	put_caching(m, SLICE("no-store"));
	put_length(&m->w->out, m->r->body.length);
	end_head(m);
}

/* What pages request with --live.  False: it is something else. */
static bool
answer_live(struct builder *m)
{
	const struct server *server = m->w->server;
	bool script = reload_is_script(m->url_path);

	if (server->live == NULL ||
	    (!script && !slice_equal(m->url_path, SLICE(RELOAD_PATH))))
		return false;
	/* A new stream would delay shutdown. */
	if (server->shared->stopping)
		answer_error(m, 503);
	else if (script)
		answer_script(m);
	else
		answer_stream(m);
	return true;
}

/* ---- what a path stands for ---- */

/* --spa is for pages: not for a missing script or image, nor for a client that
 * prefers JSON. */
static bool
wants_page(const struct builder *m)
{
	const char *slash = memrchr(m->path.p, '/', m->path.n);
	size_t n = (size_t)(m->path.p + m->path.n - slash);
	struct slice accept = m->req->field[HTTP_ACCEPT];

	if (accept_listing(accept) == ACCEPT_JSON)
		return false;
	return memchr(slash, '.', n) == NULL || accept_names_html(accept);
}

/*
 * The site's own page for an error.  Validators and ranges are for a page that
 * was found, and so is --max-age: what is missing now may be there soon.
 */
static void
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
	put_caching(m, SLICE("no-cache"));
	put_content_lines(m, res);
	put_length(&w->out, m->r->body.length);
	end_head(m);
}

/* With --live, it is watched from now on. */
static struct resource *
find(struct builder *m, struct slice path, const enum accept_coding *codings,
    int n)
{
	struct worker *w = m->w;
	struct live *live = w->server->live;
	struct resource *res;

	if (live != NULL)
		live_watch(live, w->root, path, w->log, w->now_ns);
	res = resource_find(w->root, path, codings, n);
	if (live != NULL && res->kind == RESOURCE_FILE)
		live_watch_link(live, res, path, w->log, w->now_ns);
	return res;
}

/*
 * A site that was built for a base path and is served without one asks for
 * /app/x.js where /x.js is.
 */
static void
note_base(struct builder *m)
{
	static const enum accept_coding plain[] = { ACCEPT_IDENTITY };
	struct worker *w = m->w;
	struct slice rest = slice_skip(m->path, 1);
	const char *slash = memchr(rest.p, '/', rest.n);

	if (!w->server->notes || w->server->opt->base != NULL ||
	    m->r->note.n > 0 || slash == NULL)
		return;
	rest = slice_between(slash, rest.p + rest.n);
	if (rest.n > 1 && rest.p[rest.n - 1] != '/' &&
	    resource_find(w->root, rest, plain, 1)->kind == RESOURCE_FILE)
		note_missing_base(w, m->r, rest,
		    slice_between(m->path.p, slash + 1));
}

/* What the site offers for a path that it does not have. */
static void
answer_missing(struct builder *m, const enum accept_coding *codings, int n)
{
	const struct options *opt = m->w->server->opt;
	struct slice accept = m->req->field[HTTP_ACCEPT];
	struct resource *res;

	if (opt->spa && wants_page(m)) {
		res = find(m, SLICE("/index.html"), codings, n);
		m->page = RELOAD_SPA;
		if (res->kind == RESOURCE_FILE) {
			m->varies_by_accept = true;
			answer_file(m, res);
			return;
		}
	}
	note_base(m);
	if (accept_error(accept) != ACCEPT_JSON) {
		res = find(m, SLICE("/404.html"), codings, n);
		if (res->kind == RESOURCE_FILE) {
			m->page = RELOAD_MISSING;
			answer_file_as(m, res, 404);
			return;
		}
	}
	answer_error(m, 404);
}

/* Is it what stands in for the listing of a folder? */
static bool
is_index_page(const struct builder *m)
{
	return m->path.p[m->path.n - 1] == '/' &&
	    m->w->server->docroot->single_file == NULL;
}

/* Only what could be listed is handed out as a whole. */
static void
answer_no_archive(struct builder *m)
{
	note_text(m->w, m->r, SLICE("(an archive; the folder has an index "
	    "page)"));
	answer_error(m, 404);
}

/* ---- _redirects and _headers ---- */

/*
 * Where the rule leads, in scratch, with --base in front of a path.  Its length
 * without that is *n; empty where it is too long.
 */
static struct slice
make_target(struct builder *m, size_t *n)
{
	const char *base = m->w->server->opt->base;
	struct buf *scratch = &m->w->scratch;
	struct buf b = buf_over(scratch->p + scratch->n,
	    RULES_TARGET_MAX + 4 * OPTIONS_BASE_MAX);

	if (base != NULL && !m->rule->external)
		buf_url_path(&b, slice_first(slice_of(base),
		    strlen(base) - 1));
	*n = b.n;
	rules_put_target(m->rule, m->path, m->req->query, &b);
	*n = b.n - *n;
	if (b.full)
		return (struct slice){ b.p, 0 };
	scratch->n += b.n;
	return buf_slice(&b);
}

/* "no-cache": a browser would keep a 301 beyond this preview. */
static void
answer_rule_redirect(struct builder *m)
{
	struct buf *out = &m->w->out;
	size_t n;
	struct slice target = make_target(m, &n);

	if (target.n == 0) {
		answer_error(m, 414);
		return;
	}
	begin_head(m, m->rule->status);
	if (!fields_overridden(m->w->server, FIELDS_LOCATION)) {
		buf_lit(out, "Location: ");
		buf_put(out, target);
		buf_lit(out, "\r\n");
	}
	put_caching(m, SLICE("no-cache"));
	buf_lit(out, "Content-Length: 0\r\n");
	end_head(m);
	note_target(m->w, m->r, target);
}

/* The path of the page that the rule sends, decoded in scratch, with room for a
 * slash; empty where no path can be that. */
static struct slice
find_page_path(struct builder *m)
{
	struct buf *scratch = &m->w->scratch;
	char *p = scratch->p + scratch->n;
	size_t beneath;
	struct slice target = make_target(m, &beneath);
	ssize_t n;

	if (target.n == 0)
		return target;
	target = slice_skip(target, target.n - beneath);
	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] == '?' || target.p[i] == '#')
			target.n = i;
	p = scratch->p + scratch->n;
	n = http_decode_path(target, p);
	if (n < 0)
		return (struct slice){ p, 0 };
	scratch->n += (size_t)n + 2;
	return (struct slice){ p, (size_t)n };
}

/* The file that path stands for, be it the index page of a folder that path
 * names without a slash: then the slash is put there. */
static struct resource *
find_page(struct builder *m, struct slice *path,
    const enum accept_coding *codings, int n)
{
	struct resource *res = find(m, *path, codings, n);

	if (res->kind != RESOURCE_REDIRECT)
		return res;
	strcpy((char *)path->p + path->n, "/");
	path->n++;
	return find(m, *path, codings, n);
}

/* What --live's script is told that the page is made from. */
static enum reload_page
page_source(struct slice path)
{
	return slice_equal(path, SLICE("/index.html")) ? RELOAD_SPA :
	    slice_equal(path, SLICE("/404.html")) ? RELOAD_MISSING :
	    RELOAD_ANY;
}

static void
answer_rule_page(struct builder *m, const enum accept_coding *codings, int n)
{
	struct slice path = find_page_path(m);
	struct resource *res = path.n > 0 ?
	    find_page(m, &path, codings, n) : NULL;
	int status = m->rule->status;

	if (res != NULL && res->kind == RESOURCE_FILE) {
		m->page = page_source(path);
		if (status == 200)
			answer_file(m, res);
		else
			answer_file_as(m, res, status);
	} else if (status == 200) {
		answer_missing(m, codings, n);
	} else {
		answer_error(m, status);
	}
}

static void
answer_rule(struct builder *m, const struct rules_redirect *rule,
    const enum accept_coding *codings, int n)
{
	m->rule = rule;
	if (rule->status >= 300 && rule->status < 400)
		answer_rule_redirect(m);
	else
		answer_rule_page(m, codings, n);
	note_rule(m->w, m->r, rule->line);
}

/* Has the site this path?  A folder without an index page is none. */
static bool
is_present(struct builder *m, const struct resource *res,
    const enum accept_coding *codings, int n)
{
	struct buf *scratch = &m->w->scratch;
	struct slice path = { scratch->p + scratch->n, m->path.n };

	if (res->kind == RESOURCE_NONE)
		return res->status != 404;
	if (res->kind != RESOURCE_REDIRECT)
		return res->kind == RESOURCE_FILE;
	memcpy(scratch->p + scratch->n, m->path.p, m->path.n + 1);
	return find_page(m, &path, codings, n)->kind == RESOURCE_FILE;
}

/*
 * The first line that matches holds: before the files if it is forced, else
 * where there is no file.  A file that is there leaves it to the first forced
 * one.  NULL: the path is answered without.
 */
static const struct rules_redirect *
choose_rule(struct builder *m, const enum accept_coding *codings, int n)
{
	const struct rules_redirects *r = m->w->redirects;
	struct slice query = m->req->query;
	const struct rules_redirect *rule = rules_find_redirect(r, m->path,
	    query, false);

	if (rule == NULL || rule->forced || !is_present(m,
	    find(m, m->path, codings, n), codings, n))
		return rule;
	return rules_find_redirect(r, m->path, query, true);
}

/* ---- applications ---- */

/* Its reply comes with a head of its own. */
static void
answer_application(struct builder *m, const struct gateway_route *route,
    bool has_body)
{
	int status = gateway_pass(m->w, m->req, m->client, route, has_body,
	    m->r);

	if (status != 0)
		answer_error(m, status);
}

/* A request beneath PREFIX, or by a method that files do not know. */
static bool
is_for_application(const struct worker *w, const struct http_request *req,
    struct gateway_route *route)
{
	*route = gateway_find(w->server, req);
	if (route->app == NULL && (req->method == HTTP_UNKNOWN ||
	    req->method == HTTP_NOT_ALLOWED))
		*route = gateway_find_fallback(w->server, req);
	return route->app != NULL;
}

bool
response_relays_body(const struct worker *w, const struct http_request *req)
{
	struct gateway_route route;

	return w->upstreams != NULL &&
	    (req->chunked || req->content_length > 0 ||
	    gateway_upgrades(req)) && is_for_application(w, req, &route);
}

/* Does the folder have nothing at this path, and an application may? */
static bool
is_left_to_application(const struct builder *m, const struct resource *res,
    struct gateway_route *route)
{
	if (res->kind == RESOURCE_FILE ||
	    (res->kind == RESOURCE_NONE && res->status != 404))
		return false;
	*route = gateway_find_fallback(m->w->server, m->req);
	return route->app != NULL;
}

/* ---- from the path to the answer ---- */

static void
answer_found(struct builder *m, const enum accept_coding *codings, int n)
{
	struct worker *w = m->w;
	enum archive_format format;
	struct resource *res = find(m, m->path, codings, n);
	struct gateway_route route;

	if (is_left_to_application(m, res, &route)) {
		/* A body was read past: it was not known where it goes. */
		answer_application(m, &route, false);
		return;
	}
	switch (res->kind) {
	case RESOURCE_FILE:
		if (is_index_page(m) && wants_archive(m, &format))
			answer_no_archive(m);
		else
			answer_file(m, res);
		break;
	case RESOURCE_REDIRECT:
		answer_redirect(m);
		break;
	case RESOURCE_FOLDER:
		if (w->server->opt->no_listing)
			answer_no_listing(m);
		else if (wants_archive(m, &format))
			answer_archive(m, format);
		else
			answer_listing(m, res);
		break;
	case RESOURCE_NONE:
		note_reason(m->w, m->r, res);
		/* One of these comes with each page. */
		if (res->reason == RESOURCE_ABSENT &&
		    slice_equal(m->path, SLICE("/favicon.ico")))
			note_text(m->w, m->r, SLICE("(browsers ask for it)"));
		else if (res->reason == RESOURCE_ABSENT)
			note_single_file(m->w, m->r);
		if (res->status == 404)
			answer_missing(m, codings, n);
		else
			answer_error(m, res->status);
		break;
	}
}

/* So that FILE is saved under its name: "/" redirects to it. */
static void
answer_to_file(struct builder *m, struct slice name)
{
	struct buf *out = &m->w->out;
	size_t from;

	begin_head(m, 302);
	buf_lit(out, "Location: ");
	from = out->n;
	buf_url(out, name);
	buf_url_query(out, m->req->query);
	note_target(m->w, m->r, buf_since(out, from));
	buf_lit(out, "\r\n");
	put_caching(m, SLICE("no-store"));
	buf_lit(out, "Content-Length: 0\r\n");
	end_head(m);
}

static void
answer_path(struct builder *m)
{
	enum accept_coding codings[ACCEPT_CODINGS + 1];
	int n = accept_codings(m->req->field[HTTP_ACCEPT_ENCODING], codings);
	const struct rules_redirect *rule = NULL;

	/* A tail is not compressed.  By naming identity twice the turn keeps
	 * such answers apart. */
	if (m->is_navigation && n > 0) {
		codings[0] = codings[1] = ACCEPT_IDENTITY;
		n = 2;
	}
	if (m->w->redirects != NULL)
		rule = choose_rule(m, codings, n);
	if (rule != NULL)
		answer_rule(m, rule, codings, n);
	else
		answer_found(m, codings, n);
}

/* The same, with what _headers says of the path. */
static void
answer_with_headers(struct builder *m, const struct rules_headers *headers)
{
	struct rules_change change[RULES_SAME_FIELDS];
	struct worker *w = m->w;
	struct buf space = buf_over(w->scratch.p + w->scratch.n,
	    RULES_FIELDS_MAX);
	size_t from = w->out.n;
	bool cut;
	unsigned count = rules_find_changes(headers, m->path, change, &space,
	    &cut);

	w->scratch.n += space.n;
	m->type = override_type(w->server, change, count);
	answer_path(m);
	if (count > 0)
		override_head(w->server, &w->out, from, change, count,
		    m->body);
	if (cut)
		note_text(w, m->r, SLICE("(_headers: too much for one answer, "
		    "the rest was left out)"));
}

static void
say_message(void *arg, struct slice message)
{
	log_message(arg, message);
}

/* Once in an iteration. */
static void
check_rules(struct worker *w)
{
	const struct rules_listener listener = { say_message, w->log };

	w->rules_checked = true;
	rules_file_refresh(w->rules, w->root, w->wall_ns, &listener);
	w->redirects = rules_file_redirects(w->rules);
	w->headers = rules_file_headers(w->rules);
}

/* With the rules in force, if there are any. */
static void
answer_site(struct builder *m)
{
	struct worker *w = m->w;
	const struct docroot *docroot = w->server->docroot;

	if (docroot->single_file != NULL && m->path.n == 1) {
		answer_to_file(m, slice_of(docroot->url_name));
		return;
	}
	if (w->rules != NULL && !w->rules_checked)
		check_rules(w);
	if (w->rules != NULL && rules_file_is_path(m->path)) {
		if (resource_has_name(w->root, m->path.p + 1))
			note_text(w, m->r, SLICE("(rules are not served; "
			    "--no-rules serves this)"));
		answer_error(m, 404);
	} else if (w->headers != NULL) {
		answer_with_headers(m, w->headers);
	} else {
		answer_path(m);
	}
}

static void
answer_to_base(struct builder *m, const char *base)
{
	struct buf *out = &m->w->out;
	size_t from;

	begin_head(m, 302);
	buf_lit(out, "Location: ");
	from = out->n;
	buf_url_path(out, slice_of(base));
	buf_url_query(out, m->req->query);
	note_target(m->w, m->r, buf_since(out, from));
	buf_lit(out, "\r\n");
	put_caching(m, SLICE("no-store"));
	buf_lit(out, "Content-Length: 0\r\n");
	end_head(m);
}

/* False where the path is not beneath --base: then this has answered. */
static bool
enter_base(struct builder *m)
{
	const char *text = m->w->server->opt->base;
	struct slice base;

	if (text == NULL) {
		m->path = m->url_path;
		return true;
	}
	base = slice_of(text);
	if (slice_starts(m->url_path, base)) {
		m->path = slice_skip(m->url_path, base.n - 1);
		return true;
	}
	if (m->url_path.n == 1) {
		answer_to_base(m, text);
	} else if (slice_equal(m->url_path, slice_first(base, base.n - 1))) {
		answer_redirect(m);
	} else {
		note_outside_base(m->w, m->r, base);
		answer_error(m, 404);
	}
	return false;
}

/* 0, or the status of a path that names nothing. */
static int
decode_path(struct builder *m)
{
	struct buf *b = &m->w->scratch;
	char *p = b->p + b->n;
	ssize_t n = http_decode_path(m->req->path, p);

	if (n < 0)
		return (int)-n;
	b->n += (size_t)n + 1;
	m->url_path = (struct slice){ p, (size_t)n };
	return 0;
}

/* True if a page of another website asks that is not let in. */
static bool
answer_other_site(struct builder *m)
{
	const struct options *opt = m->w->server->opt;
	struct page page = { .status = 403, .reason = PAGE_OTHER_SITE };
	struct gateway_route route;

	/* Beneath PREFIX the application decides. */
	if (gateway_find(m->w->server, m->req).app != NULL)
		return false;
	m->access = site_check(m->req, opt->cors, opt->cors_count,
	    &page.host);
	if (m->access == SITE_OWN)
		note_other_site(m->w, m->r, m->req, page.host);
	if (m->access != SITE_REFUSED)
		return false;
	/* The one without PREFIX too, but nothing of the folder shows. */
	route = gateway_find_fallback(m->w->server, m->req);
	if (route.app != NULL) {
		answer_application(m, &route,
		    response_relays_body(m->w, m->req));
		return true;
	}
	note_refused_site(m->w, m->r, page.host);
	answer_page(m, &page, 0);
	return true;
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
response_tries_key(const struct worker *w, const struct http_request *req)
{
	struct key_offer o;

	key_read(w->server->key, req, (struct slice){ 0 }, &o);
	return !o.cookie && (o.key || o.wrongs > 0 || key_may_be_in_form(req));
}

bool
response_reads_form(const struct worker *w, const struct http_request *req)
{
	return w->server->key != NULL && key_may_be_in_form(req);
}

bool
response_refuses_body(const struct http_request *req)
{
	return req->content_length > RESPONSE_BODY_MAX ||
	    (req->expect == HTTP_EXPECT_OTHER &&
	    (req->chunked || req->content_length > 0));
}

void
response_make(struct worker *w, const struct client *client,
    struct http_request *req, struct slice form, struct response *r)
{
	struct builder m = {
		.w = w, .req = req, .client = client, .form = form, .r = r,
	};
	struct gateway_route route;
	int status;

	*r = (struct response){
		.close = !req->keep_alive || w->server->shared->stopping,
		.head_only = req->method == HTTP_HEAD,
	};
	if (req->repeated != 0) {
		http_join_fields(req, w->scratch.p + w->scratch.n);
		w->scratch.n += req->head.n;
	}
	/* Any other answer leaves the body unread. */
	if (response_refuses_body(req) || response_relays_body(w, req))
		r->close = r->linger = true;
	m.is_navigation = w->server->live != NULL && reload_is_navigation(req);

	if (!host_is_accepted(&w->server->host_check, req->host))
		answer_wrong_host(&m);
	else if (answer_other_site(&m) || answer_without_key(&m))
		;
	else if (wants_tls(req))
		answer_error(&m, 421);
	else if (req->expect == HTTP_EXPECT_OTHER)
		answer_error(&m, 417);
	else if (is_for_application(w, req, &route))
		answer_application(&m, &route, true);
	else if (req->method == HTTP_UNKNOWN)
		answer_error(&m, 501);
	else if (req->method == HTTP_NOT_ALLOWED)
		answer_error(&m, 405);
	else if (req->method == HTTP_OPTIONS)
		answer_options(&m);
	else if ((status = decode_path(&m)) != 0)
		answer_error(&m, status);
	else if (!answer_live(&m) && enter_base(&m))
		answer_site(&m);
	if (!r->head_open)
		finish_head(w, r);
}

void
response_refuse(struct worker *w, int status, bool head_only,
    struct response *r)
{
	struct builder m = { .w = w, .r = r };

	*r = (struct response){
		.close = true, .linger = true, .head_only = head_only,
	};
	answer_error(&m, status);
	finish_head(w, r);
}

void
response_fail(struct worker *w, int error, bool head_only, struct response *r)
{
	struct builder m = { .w = w, .r = r };
	struct page page = {
		.status = status_of(error),
		.reason = error == EFBIG ? PAGE_ZIP_TOO_LARGE : PAGE_PLAIN,
	};

	*r = (struct response){
		.close = true, .linger = true, .head_only = head_only,
	};
	answer_page(&m, &page, 0);
	finish_head(w, r);
}

void
response_gateway_error(struct worker *w, int status, struct slice url,
    enum accept_format format, bool head_only, struct response *r)
{
	struct builder m = { .w = w, .r = r };
	struct page page = {
		.status = status, .reason = PAGE_APPLICATION, .host = url,
	};

	*r = (struct response){
		.close = true, .linger = true, .head_only = head_only,
	};
	answer_page_as(&m, &page, format, 0);
	finish_head(w, r);
}

void
response_free(struct worker *w, struct response *r)
{
	struct body *body = &r->body;

	if (body->kind == BODY_FILE) {
		resource_unref(w->root, body->file);
		free(body->parts);
	}
	if (body->kind == BODY_PRODUCER)
		body->producer->free(body->producer);
	if (body->kind == BODY_UPSTREAM)
		upstream_end(body->upstream);
	body->kind = BODY_NONE;
}
