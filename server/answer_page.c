#include "server/answer_page.h"

#include "server/accept.h"
#include "server/builder.h"
#include "server/csp.h"
#include "server/fields.h"
#include "server/key.h"
#include "server/note.h"
#include "server/override.h"
#include "server/page.h"
#include "server/reload.h"

void
answer_put_allow(struct builder *rb)
{
	fields_put(rb->w->server, &rb->w->out, FIELDS_ALLOW,
	    SLICE(FIELDS_METHODS));
}

/*
 * Lines that belong to a status: Allow (RFC 9110 section 10.2.1), Content-Range
 * (14.4), WWW-Authenticate (11.6.1), Retry-After (10.2.3), Vary (12.5.5).
 */
static void
put_status_lines(struct builder *rb, const struct page *page)
{
	int status = page->status;
	const struct server *server = rb->w->server;
	struct buf *out = &rb->w->out;

	if (status == 405)
		answer_put_allow(rb);
	if (status == 416) {
		buf_lit(out, "Content-Range: bytes */");
		buf_number(out, (uint64_t)page->size);
		buf_lit(out, "\r\n");
	}
	if (status == 401)
		fields_put(server, out, FIELDS_WWW_AUTHENTICATE,
		    key_challenge(rb->req));
	if (status == 429)
		fields_put(server, out, FIELDS_RETRY_AFTER, SLICE("60"));
	if (status == 503)
		fields_put(server, out, FIELDS_RETRY_AFTER, SLICE("1"));
	/* These statuses depend on the chosen content coding. */
	if (status == 406 || status == 412 || status == 416)
		fields_put(server, out, FIELDS_VARY, SLICE("Accept-Encoding"));
}

/* The nearest existing folder above the path; empty if it is hidden. */
static struct slice
nearest_folder(struct builder *rb)
{
	struct slice path = rb->path;

	/* A rule may have replaced the path of the URL. */
	if (path.n < 2 || path.p + path.n != rb->url_path.p + rb->url_path.n)
		return SLICE("");
	path.n--;
	if (!resource_find_folder(rb->w->cache, &path))
		return SLICE("");
	return slice_between(rb->url_path.p, path.p + path.n);
}

void
answer_page_as(struct builder *rb, struct page *page,
    enum accept_format format)
{
	struct worker *w = rb->w;
	size_t from = w->scratch.n;

	rb->varies_by_accept = rb->req != NULL;
	rb->body = OVERRIDE_OWN;
	if (format == ACCEPT_HTML && rb->req != NULL) {
		page->target = rb->req->path;
		page->folder = nearest_folder(rb);
	}
	page_error(&w->scratch, format, page);
	/* Drop a snippet that was chosen for a file before this error. */
	rb->live_snippet.n = 0;
	if (rb->is_navigation && rb->url_path.n > 0 && format == ACCEPT_HTML)
		rb->live_snippet = w->server->snippets.text[
		    rb->page == RELOAD_SPA ? RELOAD_SPA_ERROR : RELOAD_ERROR];
	buf_put(&w->scratch, rb->live_snippet);
	builder_set_text(rb, buf_since(&w->scratch, from));
	builder_begin_head(rb, page->status);
	put_status_lines(rb, page);
	builder_put_type(rb, page_type(format));
	if (format == ACCEPT_HTML)
		builder_put_csp(rb, page->status == 401 ? CSP_KEY : CSP_ERROR);
	builder_put_caching(rb, page->status == 401 ? SLICE("no-store") :
	    SLICE("no-cache"));
	builder_put_length(&w->out, rb->r->body.length);
	builder_end_head(rb);
}

struct page
answer_page_about(const struct builder *rb, int status)
{
	return (struct page){
		.status = status, .path = rb->url_path,
		.base = rb->w->server->opt->base,
	};
}

void
answer_page(struct builder *rb, struct page *page)
{
	struct slice accept = rb->req->field[HTTP_ACCEPT];

	answer_page_as(rb, page, accept_error_format(accept));
}

void
answer_error(struct builder *rb, int status)
{
	struct page page = answer_page_about(rb, status);

	answer_page(rb, &page);
}

void
answer_wrong_host(struct builder *rb)
{
	struct slice host = rb->req->host;
	struct page page = {
		.status = 403, .reason = PAGE_WRONG_HOST, .host = host,
	};

	note_host(rb->w, rb->r, host);
	answer_page(rb, &page);
}
