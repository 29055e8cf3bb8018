#include "server/response.h"

#include <errno.h>

#include "server/accept.h"
#include "server/answer_application.h"
#include "server/answer_file.h"
#include "server/answer_key.h"
#include "server/answer_live.h"
#include "server/answer_page.h"
#include "server/answer_path.h"
#include "server/builder.h"
#include "server/cors.h"
#include "server/gateway.h"
#include "server/key.h"
#include "server/note.h"
#include "server/page.h"
#include "server/reload.h"
#include "server/site.h"

static void
answer_options(struct builder *rb)
{
	builder_begin_head(rb, 204);
	if (cors_is_preflight(rb->w->server->opt, rb->req))
		cors_put_preflight_lines(rb->w->server, &rb->w->out, rb->req);
	else
		answer_put_allow(rb);
	builder_end_head(rb);
}

/* Is the key missing, unless the request's body, a form, has it? */
static bool
lacks_key(const struct worker *w, const struct http_request *req)
{
	struct key_offer o;

	if (w->server->key == NULL)
		return false;
	key_read(w->server->key, req, (struct slice){ 0 }, &o);
	return !o.cookie && !o.key;
}

bool
response_relays_body(struct worker *w, const struct http_request *req)
{
	size_t scratch = w->scratch.n;
	bool relays;

	if ((!http_has_body(req) && !gateway_upgrades(req)) ||
	    lacks_key(w, req))
		return false;
	relays = answer_may_be_for_application(w, req);
	w->scratch.n = scratch;
	return relays;
}

/*
 * The form on the page that asks for the key has the Origin "null", because of
 * its Referrer-Policy.  Another site can post one too, but it learns nothing
 * and needs the key.
 */
static bool
may_post_key(const struct builder *rb)
{
	return rb->w->server->key != NULL && key_may_be_in_form(rb->req) &&
	    slice_equal(rb->req->field[HTTP_ORIGIN], SLICE("null"));
}

/* True if the request lacks the key, and was answered. */
static bool
answer_stranger(struct builder *rb)
{
	return rb->w->server->key != NULL && answer_without_key(rb);
}

/* True if another website, not let in, sent the request; it was answered. */
static bool
answer_other_site(struct builder *rb)
{
	const struct options *opt = rb->w->server->opt;
	struct page page = { .status = 403, .reason = PAGE_OTHER_SITE };
	struct gateway_route route;

	rb->access = site_check(rb->req, opt->cors, opt->cors_count,
	    &page.host);
	if (rb->access == SITE_OWN && page.host.n == 0)
		return false;
	/* Beneath PREFIX the application decides; but without the key only the
	 * answer to a preflight depends on the path. */
	if (rb->w->upstreams != NULL &&
	    (!lacks_key(rb->w, rb->req) ||
	    cors_is_preflight(opt, rb->req)) &&
	    gateway_find(rb->w->server, rb->req, &route)) {
		rb->access = SITE_OWN;
		return false;
	}
	if (rb->access == SITE_REFUSED && may_post_key(rb))
		rb->access = SITE_OWN;
	if (rb->access == SITE_OWN && page.host.n > 0)
		note_other_site(rb->w, rb->r, rb->req, page.host);
	if (rb->access != SITE_REFUSED)
		return false;
	/* The application without PREFIX also decides for itself, but files of
	 * the folder stay hidden. */
	if (gateway_find_fallback(rb->w->server, rb->req, &route)) {
		if (!answer_stranger(rb))
			answer_application(rb, &route);
		return true;
	}
	note_refused_site(rb->w, rb->r, page.host);
	answer_page(rb, &page);
	return true;
}

/*
 * Without TLS, reject a request for https:// (RFC 9110 section 7.4): the sender
 * assumed an encrypted connection.
 */
static bool
wants_tls(const struct http_request *req)
{
	return slice_starts_nocase(req->target, SLICE("https:"));
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
	    (req->expect == HTTP_EXPECT_OTHER && http_has_body(req));
}

void
response_make(struct worker *w, const struct address *peer,
    const struct address *client, struct http_request *req, struct slice form,
    struct response *r)
{
	struct builder rb = {
		.w = w, .req = req, .peer = peer, .client = client,
		.form = form, .r = r,
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
	rb.relays_body = w->upstreams != NULL && response_may_relay_body(req) &&
	    response_relays_body(w, req);
	/* No other response reads the body. */
	if (response_refuses_body(req) || rb.relays_body)
		r->close = r->linger = true;
	rb.is_navigation = w->server->live != NULL && reload_is_navigation(req);

	if (!host_is_accepted(&w->server->host_check, req->host))
		answer_wrong_host(&rb);
	else if (answer_other_site(&rb) || answer_stranger(&rb))
		;
	else if (wants_tls(req))
		answer_error(&rb, 421);
	else if (req->expect == HTTP_EXPECT_OTHER)
		answer_error(&rb, 417);
	else if (w->upstreams != NULL &&
	    (answer_is_for_application(w, req, &route) ||
	    answer_leaves_options(&rb, &route)))
		answer_application(&rb, &route);
	else if (req->method == HTTP_UNKNOWN)
		answer_error(&rb, 501);
	else if (req->method == HTTP_NOT_ALLOWED)
		answer_error(&rb, 405);
	else if (req->method == HTTP_OPTIONS)
		answer_options(&rb);
	else if ((status = answer_decode_path(&rb)) != 0)
		answer_error(&rb, status);
	else if ((w->server->live == NULL || !answer_live(&rb)) &&
	    answer_enter_base(&rb))
		answer_site(&rb);
	if (!r->head_open)
		builder_finish_head(w, r);
}

/* Answer with this page, without a request; the connection closes after it. */
static void
close_with_page(struct worker *w, struct page *page,
    enum accept_format format, bool head_only, struct response *r)
{
	struct builder rb = { .w = w, .r = r };

	*r = (struct response){
		.close = true, .linger = true, .head_only = head_only,
	};
	answer_page_as(&rb, page, format);
	builder_finish_head(w, r);
}

void
response_refuse(struct worker *w, int status, bool head_only,
    struct response *r)
{
	struct page page = { .status = status };

	close_with_page(w, &page, ACCEPT_TEXT, head_only, r);
}

void
response_fail(struct worker *w, int error, bool head_only, struct response *r)
{
	struct page page = {
		.status = answer_status_of(error),
		.reason = error == EFBIG ? PAGE_ZIP_TOO_LARGE : PAGE_DEFAULT,
	};

	close_with_page(w, &page, ACCEPT_TEXT, head_only, r);
}

void
response_gateway_error(struct worker *w, int status, struct slice url,
    enum accept_format format, bool head_only, struct response *r)
{
	struct page page = {
		.status = status, .host = url,
		.reason = status < 500 ? PAGE_DEFAULT : PAGE_APPLICATION,
	};

	close_with_page(w, &page, format, head_only, r);
}
