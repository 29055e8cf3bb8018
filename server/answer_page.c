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
answer_put_allow(struct builder *m)
{
	fields_put(m->w->server, &m->w->out, FIELDS_ALLOW,
	    SLICE("GET, HEAD, OPTIONS"));
}

/*
 * Lines that belong to a status: Allow (RFC 9110 section 10.2.1), Content-Range
 * (14.4), WWW-Authenticate (11.6.1), Retry-After (10.2.3), Vary (12.5.5).
 */
static void
put_status_lines(struct builder *m, const struct page *page)
{
	int status = page->status;
	const struct server *server = m->w->server;
	struct buf *out = &m->w->out;

	if (status == 405)
		answer_put_allow(m);
	if (status == 416) {
		buf_lit(out, "Content-Range: bytes */");
		buf_number(out, (uint64_t)page->size);
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
	/* These statuses depend on the chosen content coding. */
	if (status == 406 || status == 412 || status == 416)
		fields_put(server, out, FIELDS_VARY, SLICE("Accept-Encoding"));
}

/* The nearest existing folder above the path; empty if it is hidden. */
static struct slice
nearest_folder(struct builder *m)
{
	struct slice path = m->path;

	/* A rule may have replaced the path of the URL. */
	if (path.n < 2 || path.p + path.n != m->url_path.p + m->url_path.n)
		return SLICE("");
	path.n--;
	if (!resource_find_folder(m->w->root, &path))
		return SLICE("");
	return slice_between(m->url_path.p, path.p + path.n);
}

void
answer_page_as(struct builder *m, struct page *page,
    enum accept_format format)
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
	/* Drop a snippet that was chosen for a file before this error. */
	m->live_snippet.n = 0;
	if (m->is_navigation && m->url_path.n > 0 && format == ACCEPT_HTML)
		m->live_snippet = m->w->server->snippets.text[
		    m->page == RELOAD_SPA ? RELOAD_SPA_ERROR : RELOAD_ERROR];
	buf_put(&w->scratch, m->live_snippet);
	builder_set_text(m, buf_since(&w->scratch, from));
	builder_begin_head(m, page->status);
	put_status_lines(m, page);
	builder_put_type(m, page_type(format));
	if (format == ACCEPT_HTML)
		builder_put_csp(m, page->status == 401 ? CSP_KEY : CSP_ERROR);
	builder_put_caching(m, page->status == 401 ? SLICE("no-store") :
	    SLICE("no-cache"));
	builder_put_length(&w->out, m->r->body.length);
	builder_end_head(m);
}

struct page
answer_page_about(const struct builder *m, int status)
{
	return (struct page){
		.status = status, .path = m->url_path,
		.base = m->w->server->opt->base,
	};
}

void
answer_page(struct builder *m, struct page *page)
{
	answer_page_as(m, page, accept_error(m->req->field[HTTP_ACCEPT]));
}

void
answer_error(struct builder *m, int status)
{
	struct page page = answer_page_about(m, status);

	answer_page(m, &page);
}

void
answer_wrong_host(struct builder *m)
{
	struct slice host = m->req->host;
	struct page page = {
		.status = 403, .reason = PAGE_WRONG_HOST, .host = host,
	};

	note_host(m->w, m->r, host);
	answer_page(m, &page);
}
