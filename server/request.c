#include "server/request.h"

#include <assert.h>
#include <string.h>

#include "server/builder.h"
#include "server/client.h"
#include "server/response.h"
#include "server/upload.h"
#include "server/upstream.h"

enum {
	REFUSED_SHOWN = 24,	/* logged bytes of input that is not HTTP */
};

static_assert(sizeof(struct upload) <= POOL_SMALL, "fits the smallest buffer");

static void
put_client(const struct conn *c, struct worker *w)
{
	char text[80];
	struct buf b = buf_over(text, sizeof(text));

	buf_lit(&b, "client ");
	address_put(&b, &c->client);
	buf_lit(&b, " port ");
	buf_number(&b, c->client.port);
	log_trace_note(w->log, buf_slice(&b));
}

/* For -v=curl, once a connection. */
static void
trace_client(struct conn *c, struct worker *w)
{
	if (c->traced || w->server->opt->trace != TRACE_CURL)
		return;
	c->traced = true;
	put_client(c, w);
}

/* Did a proxy on this machine send the request for another client? */
static bool
is_forwarded(const struct conn *c, const struct http_request *req)
{
	return req->field[HTTP_X_FORWARDED_FOR].n > 0 &&
	    address_is_loopback(&c->client);
}

static void
describe(const struct conn *c, const struct http_request *req,
    struct log_entry *e)
{
	*e = (struct log_entry){
		.client = c->client,
		.method = req->method_name,
		.target = req->target,
		.version = req->version,
		.started_ns = c->started_ns,
	};
	if (is_forwarded(c, req))
		client_read_forwarded(req->head, &e->client);
}

static void
describe_fields(const struct http_request *req, struct log_entry *e)
{
	e->referer = req->field[HTTP_REFERER];
	e->user_agent = req->field[HTTP_USER_AGENT];
	e->host = req->field[HTTP_HOST];
}

/*
 * Make the response, in rounds (search.h) once it would wait for a disk.  False
 * if the request waits for that disk.
 */
static bool
make_response(struct conn *c, struct worker *w, const struct address *client,
    struct http_request *req, struct slice form, struct response *r)
{
	size_t out_n = w->out.n, scratch_n = w->scratch.n;
	enum search_state state = SEARCH_DONE;
	bool in_round = c->search != NULL;

	for (;; in_round = true) {
		if (in_round)
			search_begin_round(c->search, w,
			    state == SEARCH_REFUSED);
		response_make(w, &c->client, client, req, form, r);
		if (!in_round && !resource_waits(w->cache))
			return true;
		state = search_end_round(&c->search, w, &c->timer.source,
		    c->bucket);
		if (state == SEARCH_DONE)
			return true;
		builder_free_body(w, r);
		w->out.n = out_n;
		w->scratch.n = scratch_n;
		if (state == SEARCH_WAITS)
			return false;
	}
}

/*
 * Set *relays if an application takes the body.  The rules decide that too:
 * returns false if the request waits for their disk.
 */
static bool
find_relay(struct conn *c, struct worker *w, const struct http_request *req,
    bool *relays)
{
	bool is_traced = c->search != NULL;
	enum search_state state = SEARCH_DONE;

	do {
		search_begin_round(c->search, w, state == SEARCH_REFUSED);
		*relays = response_relays_body(w, req);
		state = search_end_round(&c->search, w, &c->timer.source,
		    c->bucket);
	} while (state == SEARCH_REFUSED);
	if (!is_traced && c->search != NULL &&
	    w->server->opt->trace != TRACE_OFF)
		log_trace_request(w->log, req->head);
	return state == SEARCH_DONE;
}

static void
end_search(struct conn *c, struct worker *w)
{
	if (c->search == NULL)
		return;
	search_end(c->search, w);
	c->search = NULL;
}

/*
 * Answer the request at in[*at..in_end) and advance *at past it.  False if the
 * request waits for a disk: then it stays in the input, and c->search will wake
 * the connection.
 */
static bool
add_answer(struct conn *c, struct worker *w, struct batch *b,
    struct http_request *req, struct slice form, size_t *at, size_t in_end)
{
	struct transfer *t = batch_add(b, in_end);
	size_t head_at = w->out.n;

	describe(c, req, &t->entry);
	/* must_wait() must not delay the request again in the next round. */
	c->released = !make_response(c, w, &t->entry.client, req, form, &t->r);
	if (c->released) {
		b->n--;
		return false;
	}
	describe_fields(req, &t->entry);
	batch_complete(b, w, head_at, req->head);
	end_search(c, w);
	c->started_ns = w->now_ns;
	*at = in_end;
	return true;
}

static void
note_refusal(struct slice start, int status, struct log_entry *e)
{
	if (e->method.n > 0)
		return;
	if (start.n > REFUSED_SHOWN)
		start.n = REFUSED_SHOWN;
	e->target = start;
	/* RFC 8446 section 5.1: a handshake record starts with 22, 3. */
	if (start.n >= 2 && start.p[0] == 0x16 && start.p[1] == 0x03)
		e->note = SLICE("(TLS? this is http://, not https://)");
	else if (status == 408)
		e->note = SLICE("(the head took too long)");
}

/* A request that has waited for a disk was traced before it did. */
static void
trace_request(const struct conn *c, struct worker *w, struct slice head)
{
	if (w->server->opt->trace != TRACE_OFF && c->search == NULL)
		log_trace_request(w->log, head);
}

void
request_refuse(struct conn *c, struct worker *w, struct batch *b,
    const struct http_request *req, size_t at, int status)
{
	struct slice input = { 0 };	/* empty: the connection is rejected */
	struct transfer *t = batch_add(b, c->in_n);
	size_t head_at = w->out.n;

	trace_client(c, w);
	describe(c, req, &t->entry);
	if (c->in_n > at)
		input = (struct slice){ c->in + at, c->in_n - at };
	if (c->upload != NULL)
		input.n = c->upload->head_n;	/* traced already */
	else
		trace_request(c, w, input);
	response_refuse(w, status, req->method == HTTP_HEAD, &t->r);
	note_refusal(input, status, &t->entry);
	if (c->upload != NULL && status == 408)
		t->entry.note = transfer_body_was_slow;
	t->r.note = t->entry.note;
	batch_complete(b, w, head_at, input);
}

void
request_end_body(struct conn *c, struct worker *w)
{
	if (c->upload == NULL)
		return;
	upload_end(c->upload);
	pool_put(&w->pool, c->upload);
	c->upload = NULL;
}

/* Refuse the request at in[*at..) and drop everything after it. */
static void
refuse_request(struct conn *c, struct worker *w, struct batch *b,
    const struct http_request *req, size_t *at, int status)
{
	request_refuse(c, w, b, req, *at, status);
	*at = c->in_n;
}

/*
 * Take more of the body that the request at in[*at..) waits for.  Bytes that
 * were taken are removed from the input, so that it keeps only the head.
 */
static bool
take_body(struct conn *c, struct worker *w, struct batch *b, size_t *at)
{
	struct upload *u = c->upload;
	char *body = c->in + *at + u->head_n;
	size_t n = c->in_n - *at - u->head_n, taken;
	enum upload_state state = upload_take(u, body, n, &taken, w->now_ns);
	struct http_request req;

	memmove(body, body + taken, n - taken);
	c->in_n -= (uint32_t)taken;
	if (state == UPLOAD_FULL || (state == UPLOAD_MORE && !c->eof))
		return false;
	http_parse_request(c->in + *at, u->head_n, &req);
	if (state == UPLOAD_BAD || state == UPLOAD_MORE) {
		refuse_request(c, w, b, &req, at, 400);
		return true;
	}
	if (state == UPLOAD_TOO_LARGE)
		req.content_length = RESPONSE_BODY_MAX + 1ull;
	if (!add_answer(c, w, b, &req, (struct slice){ 0 }, at,
	    *at + u->head_n))
		return false;
	request_end_body(c, w);
	return true;
}

/* Take a form when all of it has arrived.  It stays in the input, because the
 * response needs it. */
static bool
take_form(struct conn *c, struct worker *w, struct batch *b, size_t *at)
{
	struct upload *u = c->upload;
	struct slice form = { c->in + *at + u->head_n, u->form_n };
	struct http_request req;

	if (c->in_n - *at - u->head_n < form.n && !c->eof)
		return false;
	http_parse_request(c->in + *at, u->head_n, &req);
	if (c->in_n - *at - u->head_n < form.n) {
		refuse_request(c, w, b, &req, at, 400);
		return true;
	}
	if (!add_answer(c, w, b, &req, form, at, *at + u->head_n + form.n))
		return false;
	request_end_body(c, w);
	return true;
}

/*
 * Get c->upload for the request at in[*at..).  False: send the earlier
 * responses of the batch first, or there is no memory and it was refused.
 */
static bool
get_upload(struct conn *c, struct worker *w, struct batch *b,
    const struct http_request *req, size_t *at)
{
	if (b->n > 0) {
		b->full = true;
		return false;
	}
	c->upload = pool_get(&w->pool, sizeof(*c->upload));
	if (c->upload == NULL)
		refuse_request(c, w, b, req, at, 503);
	return c->upload != NULL;
}

/*
 * The response to a request with a body waits for the end of the body.  A body
 * that has arrived completely is skipped in the input.  Skipping a longer one
 * destroys it, so send the earlier responses of the batch first: their requests
 * may have to be parsed again.
 */
static bool
begin_body(struct conn *c, struct worker *w, struct batch *b,
    struct http_request *req, size_t *at, size_t head_n)
{
	const char *p = c->in + *at + head_n;
	size_t n = c->in_n - *at - head_n;
	size_t form_n = response_reads_form(w, req) ?
	    (size_t)req->content_length : 0;
	struct http_body body;
	ssize_t taken;

	http_body_start(&body, http_request_framing(req),
	    req->content_length);
	taken = http_body_skip(&body, p, n);
	if (taken >= 0 && http_body_ended(&body) &&
	    taken <= RESPONSE_BODY_MAX) {
		trace_request(c, w, req->head);
		return add_answer(c, w, b, req, (struct slice){ p, form_n },
		    at, *at + head_n + (size_t)taken);
	}
	if (!get_upload(c, w, b, req, at))
		return true;
	upload_begin(c->upload, req, head_n, &upload_discard,
	    RESPONSE_BODY_MAX, w->now_ns);
	c->upload->form_n = form_n;
	trace_request(c, w, req->head);
	/* The answer may come much later: look everything up again then. */
	end_search(c, w);
	/* RFC 9110 section 10.1.1: not if the body has begun to arrive. */
	if (req->expect == HTTP_EXPECT_CONTINUE && n == 0)
		buf_lit(&w->out, "HTTP/1.1 100 Continue\r\n\r\n");
	return form_n > 0 ? take_form(c, w, b, at) : take_body(c, w, b, at);
}

/* Slow down the guessing of keys: after many tries, delay each new one. */
static bool
must_wait(struct conn *c, const struct worker *w,
    const struct http_request *req)
{
	const struct server *server = w->server;

	c->held = server->key != NULL && !c->released &&
	    attempts_are_many(server->shared->attempts, w->now_ns) &&
	    response_tries_key(w, req);
	return c->held;
}

/* Tell the client to send the body (RFC 9110 section 10.1.1). */
static void
put_continue(struct batch *b, struct worker *w)
{
	struct span *s = &b->transfer[0].span;

	buf_lit(&w->out, "HTTP/1.1 100 Continue\r\n\r\n");
	b->out_n = s->n = s->body_from = s->body_to = w->out.n;
}

/*
 * An application takes the body, or the bytes of a tunnel, while it replies.
 * Send the earlier responses of the batch first: an exchange with an
 * application cannot be started twice.
 */
static bool
begin_relay(struct conn *c, struct worker *w, struct batch *b,
    struct http_request *req, size_t *at, size_t head_n)
{
	struct upstream *u;
	bool is_awaited, answered;

	if (!get_upload(c, w, b, req, at))
		return true;
	trace_request(c, w, req->head);
	is_awaited = req->expect == HTTP_EXPECT_CONTINUE &&
	    *at + head_n == c->in_n;
	answered = add_answer(c, w, b, req, (struct slice){ 0 }, at,
	    *at + head_n);
	if (!answered || b->transfer[0].r.body.kind != BODY_UPSTREAM) {
		pool_put(&w->pool, c->upload);
		c->upload = NULL;
		return answered;
	}
	if (is_awaited)
		put_continue(b, w);
	u = b->transfer[0].r.body.upstream;
	upload_begin(c->upload, req, 0, upstream_consumer(u), UINT64_MAX,
	    w->now_ns);
	c->upload->tunnel = upstream_upgrades(u);
	if (c->upload->tunnel)
		http_body_start(&c->upload->body, HTTP_FRAMING_CLOSE, 0);
	return true;
}

/*
 * Add the request at c->in[*at..) to the batch, and advance *at past it.  If
 * its body is incomplete, *at stays at its head, and the call after more input
 * goes on with the body.  False if there is no complete request, or it waits.
 */
static bool
take_request(struct conn *c, struct worker *w, struct batch *b, size_t *at)
{
	struct http_request req;
	bool relays = false;
	ssize_t n;

	if (c->search != NULL && search_is_waiting(c->search))
		return false;
	if (c->upload != NULL)
		return c->upload->form_n > 0 ? take_form(c, w, b, at) :
		    take_body(c, w, b, at);
	if (*at == c->in_n)
		return false;
	n = http_parse_request(c->in + *at, c->in_n - *at, &req);
	/* Empty lines after a body are not the start of a request. */
	if (n == 0 && req.method_name.n == 0 && c->in[c->in_n - 1] == '\n') {
		*at = c->in_n;
		return false;
	}
	if (n == 0 && c->eof)
		n = -400;	/* cut off */
	if (n == 0)
		return false;
	if (n < 0) {
		refuse_request(c, w, b, &req, at, (int)-n);
		return true;
	}
	c->forwarded |= is_forwarded(c, &req);
	if (c->in_excess && !c->forwarded) {
		refuse_request(c, w, b, &req, at, 503);
		return true;
	}
	trace_client(c, w);
	if (must_wait(c, w, &req))
		return false;
	if (w->upstreams != NULL && response_may_relay_body(&req) &&
	    !find_relay(c, w, &req, &relays)) {
		c->released = true;
		return false;
	}
	if (relays)
		return begin_relay(c, w, b, &req, at, (size_t)n);
	if (http_has_body(&req) && !response_refuses_body(&req))
		return begin_body(c, w, b, &req, at, (size_t)n);
	trace_request(c, w, req.head);
	return add_answer(c, w, b, &req, (struct slice){ 0 }, at,
	    *at + (size_t)n);
}

bool
request_take_all(struct conn *c, struct worker *w, struct batch *b, size_t *at)
{
	bool more = true;

	batch_begin(b, w);
	while (more && batch_has_room(b, w))
		more = take_request(c, w, b, at);
	return more;
}
