#include "server/builder.h"

#include "server/cors.h"
#include "server/csp.h"
#include "server/fields.h"
#include "server/site.h"
#include "server/upstream.h"

static void
put_status_line(struct buf *out, int status)
{
	if (status == 200) {
		buf_lit(out, "HTTP/1.1 200 OK\r\n");
		return;
	}
	buf_lit(out, "HTTP/1.1 ");
	buf_number(out, (uint64_t)status);
	buf_byte(out, ' ');
	buf_text(out, http_reason(status));
	buf_lit(out, "\r\n");
}

static void
put_common_lines(struct builder *rb, int status)
{
	const struct server *server = rb->w->server;
	struct buf *out = &rb->w->out;
	/* Without nosniff: a guess, and a 304, which must not add the line to a
	 * stored response that lacks it. */
	bool sniffs = rb->guessed || status == 304;

	if (rb->access != SITE_LET_IN) {
		buf_put(out, sniffs ? server->same_site_headers :
		    server->default_headers);
		return;
	}
	buf_put(out, server->common_headers);
	fields_put(server, out, FIELDS_RESOURCE_POLICY, SLICE("cross-origin"));
	if (!sniffs)
		buf_put(out, server->nosniff);
}

void
builder_begin_head(struct builder *rb, int status)
{
	struct worker *w = rb->w;
	struct buf *out = &w->out;

	rb->r->status = status;
	put_status_line(out, status);
	buf_put(out, w->date_line);
	put_common_lines(rb, status);
	if (w->server->opt->cors_count > 0)
		fields_put(w->server, out, FIELDS_CORS_ORIGIN,
		    cors_allowed_origin(w->server->opt, rb->req));
	if (rb->varies_by_accept)
		fields_put(w->server, out, FIELDS_VARY, SLICE("Accept"));
}

void
builder_put_length(struct buf *out, off_t length)
{
	buf_lit(out, "Content-Length: ");
	buf_number(out, (uint64_t)length);
	buf_lit(out, "\r\n");
}

void
builder_put_type(struct builder *rb, const char *type)
{
	buf_lit(&rb->w->out, "Content-Type: ");
	buf_text(&rb->w->out, type);
	buf_lit(&rb->w->out, "\r\n");
}

void
builder_put_connection(struct builder *rb)
{
	if (rb->r->close)
		buf_lit(&rb->w->out, "Connection: close\r\n");
	else if (rb->req != NULL && rb->req->minor == 0)
		buf_lit(&rb->w->out, "Connection: keep-alive\r\n");
}

void
builder_end_head(struct builder *rb)
{
	builder_put_connection(rb);
	buf_lit(&rb->w->out, "\r\n");
}

void
builder_set_text(struct builder *rb, struct slice text)
{
	rb->r->body.length = (off_t)text.n;
	rb->r->body.kind = BODY_MEMORY;
	rb->r->body.text = text;
}

void
builder_put_csp(struct builder *rb, enum csp_page page)
{
	fields_put(rb->w->server, &rb->w->out, FIELDS_CSP,
	    rb->w->server->csp.value[page][rb->live_snippet.n > 0]);
}

void
builder_put_caching(struct builder *rb, struct slice value)
{
	fields_put(rb->w->server, &rb->w->out, FIELDS_CACHE_CONTROL, value);
}

void
builder_free_body(struct worker *w, struct response *r)
{
	struct body *body = &r->body;

	if (body->kind == BODY_FILE) {
		resource_unref(w->cache, body->file);
		budget_free(&w->server->shared->budget, body->parts);
	}
	if (body->kind == BODY_PRODUCER)
		body->producer->free(body->producer);
	if (body->kind == BODY_UPSTREAM)
		upstream_end(body->upstream);
	body->kind = BODY_NONE;
}

void
builder_finish_head(struct worker *w, struct response *r)
{
	r->head_open = false;
	/* An application's reply has its own head, and no body to HEAD. */
	if (r->head_only && r->body.kind != BODY_UPSTREAM)
		builder_free_body(w, r);
}

void
builder_frame(struct worker *w, struct buf *out, struct response *r,
    off_t length)
{
	if (length >= 0) {
		builder_put_length(out, length);
		r->chunked = false;
	} else if (r->chunked) {
		buf_lit(out, "Transfer-Encoding: chunked\r\n");
	} else {
		r->until_close = true;
	}
	buf_lit(out, "\r\n");
	builder_finish_head(w, r);
}
