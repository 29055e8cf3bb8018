#include "server/answer_folder.h"

#include <errno.h>

#include "server/accept.h"
#include "server/answer_file.h"
#include "server/answer_page.h"
#include "server/archive.h"
#include "server/builder.h"
#include "server/condition.h"
#include "server/csp.h"
#include "server/date.h"
#include "server/disposition.h"
#include "server/fields.h"
#include "server/listing.h"
#include "server/live.h"
#include "server/note.h"
#include "server/override.h"
#include "server/page.h"
#include "server/query.h"
#include "server/reload.h"

void
answer_no_listing(struct builder *m)
{
	struct page page = answer_page_about(m, 403);

	page.reason = PAGE_NO_LISTING;
	note_text(m->w, m->r, SLICE("(a listing; --no-listing is on)"));
	answer_page(m, &page);
}

/* A listing has no validators, but "*" matches it. */
static bool
answer_condition(struct builder *m)
{
	static const struct validators none = { .modified = DATE_NONE };
	int status = condition_check(m->req, &none, 0);

	if (status == 412)
		answer_error(m, status);
	if (status == 304) {
		builder_begin_head(m, status);
		builder_put_caching(m, SLICE("no-cache"));
		builder_end_head(m);
	}
	return status != 0;
}

/* The length of the body is unknown until the producer has ended. */
static void
set_producer(struct builder *m, struct producer *producer)
{
	m->r->body.kind = BODY_PRODUCER;
	m->r->body.length = -1;
	m->r->body.producer = producer;
	m->r->head_open = true;
	m->r->chunked = m->req->minor == 1;
	/* HTTP/1.0: closing the connection may have to end the body. */
	if (!m->r->chunked)
		m->r->close = true;
}

void
answer_listing(struct builder *m, const struct resource *res)
{
	struct worker *w = m->w;
	dev_t mount = res->file->mount;
	struct listing_request q = {
		.opt = w->server->opt,
		.docroot = w->server->docroot,
		.root = resource_beneath(w->root),
		.fd = res->file->fd,
		.mount = mount,
		.path = m->path,
		.query = m->req->query,
		.format = accept_listing(m->req->field[HTTP_ACCEPT]),
		.budget = &w->server->shared->budget,
		.shared_entries = mount == 0 ? &w->entries : NULL,
	};
	struct deferrable *listing;
	struct producer *producer = NULL;

	m->varies_by_accept = true;
	m->body = OVERRIDE_OWN;
	if (answer_condition(m))
		return;
	if (m->is_navigation && q.format == ACCEPT_HTML)
		q.live_snippet = m->live_snippet =
		    w->server->snippets.text[RELOAD_LISTING];
	/* On a slow disk listing_new() takes the descriptor over; no other
	 * request uses it. */
	if (mount != 0)
		res->file->fd = -1;
	listing = listing_new(&q);
	if (listing != NULL)
		producer = deferred_new(w, listing,
		    mount != 0 || res->file->was_cold);
	if (producer == NULL) {
		answer_unreadable(m, errno);
		return;
	}
	set_producer(m, producer);
	builder_begin_head(m, 200);
	builder_put_type(m, page_type(q.format));
	if (q.format == ACCEPT_HTML)
		builder_put_csp(m, CSP_LISTING);
	builder_put_caching(m, SLICE("no-cache"));
	builder_put_connection(m);
}

bool
answer_wants_archive(const struct builder *m, enum archive_format *format)
{
	struct slice name = query_find(m->req->query, SLICE("archive"));

	*format = slice_equal(name, SLICE("tar")) ? ARCHIVE_TAR : ARCHIVE_ZIP;
	return *format == ARCHIVE_TAR || slice_equal(name, SLICE("zip"));
}

/* A page of another site must not start the download of a whole folder. */
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
		[ARCHIVE_ZIP] = { "application/zip", SLICE(".zip") },
		[ARCHIVE_TAR] = { "application/x-tar", SLICE(".tar") },
	};
	struct buf *out = &m->w->out;

	builder_put_type(m, formats[q->format].type);
	if (!fields_overridden(m->w->server, FIELDS_CONTENT_DISPOSITION)) {
		buf_lit(out, "Content-Disposition: ");
		disposition_put(out, tree_folder_name(&q->tree),
		    formats[q->format].ending);
		buf_lit(out, "\r\n");
	}
	builder_put_caching(m, SLICE("no-store"));
	builder_put_connection(m);
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

/* The whole folder as one file.  HEAD opens nothing and needs no slot. */
static void
send_archive(struct builder *m, const struct archive_request *q)
{
	struct deferrable *archive;
	struct producer *producer = NULL;

	if (m->req->method != HTTP_HEAD) {
		archive = archive_new(q);
		if (archive != NULL)
			producer = deferred_new(m->w, archive, q->mount != 0);
		if (producer == NULL) {
			answer_archive_error(m, errno);
			return;
		}
	}
	m->r->chunked = m->req->minor == 1;
	if (producer != NULL)
		set_producer(m, producer);
	builder_begin_head(m, 200);
	put_archive_lines(m, q);
	if (producer == NULL)
		builder_frame(m->w, &m->w->out, m->r, -1);
}

void
answer_archive(struct builder *m, const struct resource *res,
    enum archive_format format)
{
	struct worker *w = m->w;
	struct archive_request q = {
		.format = format,
		.mount = res->file->mount,
		.tree = {
			.opt = w->server->opt,
			.root = resource_beneath(w->root),
			.root_name = slice_of(w->server->docroot->path),
			.path = m->path,
		},
		.client = m->client,
		.archives = &w->server->shared->archives,
		.budget = &w->server->shared->budget,
	};

	m->body = OVERRIDE_OWN;
	if (is_cross_site(m->req)) {
		note_text(w, m->r, SLICE("(archive requested by another "
		    "site)"));
		answer_error(m, 403);
	} else if (!answer_condition(m)) {
		send_archive(m, &q);
	}
}
