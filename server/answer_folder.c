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
#include "server/note.h"
#include "server/override.h"
#include "server/page.h"
#include "server/query.h"
#include "server/reload.h"

static void
refuse_listing(struct builder *rb)
{
	struct page page = answer_page_about(rb, 403);

	page.reason = PAGE_NO_LISTING;
	note_text(rb->w, rb->r, SLICE("(a listing; --no-listing is on)"));
	answer_page(rb, &page);
}

/* A listing has no validators, but "*" matches it. */
static bool
answer_condition(struct builder *rb)
{
	static const struct validators none = { .modified = DATE_NONE };
	int status = condition_check(rb->req, &none, 0);

	if (status == 412)
		answer_error(rb, status);
	if (status == 304) {
		builder_begin_head(rb, status);
		builder_put_caching(rb, SLICE("no-cache"));
		builder_end_head(rb);
	}
	return status != 0;
}

/* The length of the body is unknown until the producer has ended. */
static void
set_producer(struct builder *rb, struct producer *producer)
{
	rb->r->body.kind = BODY_PRODUCER;
	rb->r->body.length = -1;
	rb->r->body.producer = producer;
	rb->r->head_open = true;
	rb->r->chunked = rb->req->minor == 1;
	/* HTTP/1.0: closing the connection may have to end the body. */
	if (!rb->r->chunked)
		rb->r->close = true;
}

static void
list_folder(struct builder *rb, const struct resource *res)
{
	struct worker *w = rb->w;
	dev_t mount = res->file->mount;
	struct listing_request q = {
		.opt = w->server->opt,
		.docroot = w->server->docroot,
		.root = resource_beneath(w->cache),
		.fd = res->file->fd,
		.mount = mount,
		.path = rb->path,
		.query = rb->req->query,
		.format = accept_listing_format(rb->req->field[HTTP_ACCEPT]),
		.budget = &w->server->shared->budget,
		.shared_entries = &w->entries,
	};
	struct deferrable *listing;
	struct producer *producer = NULL;

	rb->varies_by_accept = true;
	rb->body = OVERRIDE_OWN;
	if (answer_condition(rb))
		return;
	if (rb->is_navigation && q.format == ACCEPT_HTML)
		q.live_snippet = rb->live_snippet =
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
		answer_unreadable(rb, errno);
		return;
	}
	set_producer(rb, producer);
	builder_begin_head(rb, 200);
	builder_put_type(rb, page_type(q.format));
	if (q.format == ACCEPT_HTML)
		builder_put_csp(rb, CSP_LISTING);
	builder_put_caching(rb, SLICE("no-cache"));
	builder_put_connection(rb);
}

static bool
wants_archive(const struct builder *rb, enum archive_format *format)
{
	struct slice name = query_find(rb->req->query, SLICE("archive"));

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
put_archive_lines(struct builder *rb, const struct archive_request *q)
{
	static const struct {
		const char *type;
		struct slice ending;
	} formats[] = {
		[ARCHIVE_ZIP] = { "application/zip", SLICE(".zip") },
		[ARCHIVE_TAR] = { "application/x-tar", SLICE(".tar") },
	};
	struct buf *out = &rb->w->out;

	builder_put_type(rb, formats[q->format].type);
	if (!fields_overridden(rb->w->server, FIELDS_CONTENT_DISPOSITION)) {
		buf_lit(out, "Content-Disposition: ");
		disposition_put(out, tree_folder_name(&q->tree),
		    formats[q->format].ending);
		buf_lit(out, "\r\n");
	}
	builder_put_caching(rb, SLICE("no-store"));
	builder_put_connection(rb);
}

static void
answer_archive_error(struct builder *rb, int error)
{
	if (error != EBUSY) {
		answer_unreadable(rb, error);
		return;
	}
	note_text(rb->w, rb->r, SLICE("(archives: two at a time for a client, "
	    "eight in all)"));
	answer_error(rb, 503);
}

/* The whole folder as one file.  HEAD opens nothing and needs no slot. */
static void
send_archive(struct builder *rb, const struct archive_request *q)
{
	struct deferrable *archive;
	struct producer *producer = NULL;

	if (rb->req->method != HTTP_HEAD) {
		archive = archive_new(q);
		if (archive != NULL)
			producer = deferred_new(rb->w, archive, q->mount != 0);
		if (producer == NULL) {
			answer_archive_error(rb, errno);
			return;
		}
	}
	rb->r->chunked = rb->req->minor == 1;
	if (producer != NULL)
		set_producer(rb, producer);
	builder_begin_head(rb, 200);
	put_archive_lines(rb, q);
	if (producer == NULL)
		builder_frame(rb->w, &rb->w->out, rb->r, -1);
}

static void
archive_folder(struct builder *rb, const struct resource *res,
    enum archive_format format)
{
	struct worker *w = rb->w;
	struct archive_request q = {
		.format = format,
		.mount = res->file->mount,
		.tree = {
			.opt = w->server->opt,
			.root = resource_beneath(w->cache),
			.root_name = slice_of(w->server->docroot->path),
			.path = rb->path,
		},
		.client = rb->client,
		.archives = &w->server->shared->archives,
		.budget = &w->server->shared->budget,
	};

	rb->body = OVERRIDE_OWN;
	if (is_cross_site(rb->req)) {
		note_text(w, rb->r, SLICE("(archive requested by another "
		    "site)"));
		answer_error(rb, 403);
	} else if (!answer_condition(rb)) {
		send_archive(rb, &q);
	}
}

void
answer_folder(struct builder *rb, const struct resource *res)
{
	enum archive_format format;

	if (rb->w->server->opt->no_listing)
		refuse_listing(rb);
	else if (wants_archive(rb, &format))
		archive_folder(rb, res, format);
	else
		list_folder(rb, res);
}

bool
answer_no_archive(struct builder *rb)
{
	enum archive_format format;

	if (!wants_archive(rb, &format))
		return false;
	note_text(rb->w, rb->r, SLICE("(an archive; the folder has an index "
	    "page)"));
	answer_error(rb, 404);
	return true;
}
