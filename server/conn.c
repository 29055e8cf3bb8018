#include "server/conn.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/batch.h"
#include "server/request.h"
#include "server/tcp.h"
#include "server/upload.h"
#include "server/upstream.h"

enum {
	READ_MAX = 16 << 10,	/* bytes that one recv takes */
	INPUT_MAX = HTTP_HEAD_MAX + READ_MAX,
	/* Bytes that one wake-up may send.  With more, the queue in the socket
	 * grows longer, which makes sending slower, and others wait. */
	SEND_QUOTA = 256 << 10,
	DISCARD_MAX = 1 << 20,	/* bytes that one wake-up may discard */
};

static const int64_t HEAD_NS = 10ll * 1000000000;	/* for the whole head */
static const int64_t HEARTBEAT_NS = 15ll * 1000000000;	/* on a quiet stream */
static const int64_t HALF_CLOSE_NS = 100ll * 1000000;	/* after a request */
static const int64_t LINGER_NS = 2ll * 1000000000;	/* after last input */

static_assert(sizeof(struct conn) <= 128, "ten thousand of them are idle");

void
conn_open(struct conn *c, const struct worker *w, int fd,
    const struct address *client)
{
	*c = (struct conn){
		.fd = fd,
		.client = *client,
		.watched = CONN_NEW,
		.want = CONN_READ,
		.timer.deadline_ns = w->now_ns + w->server->timeout_ns,
	};
}

static bool
is_stream(const struct conn *c)
{
	return c->answer != NULL && transfer_is_stream(c->answer);
}

bool
conn_is_movable(const struct conn *c)
{
	return c->want == CONN_READ && !c->queued && c->answer == NULL &&
	    c->search == NULL && c->upload == NULL && c->in_n == 0 &&
	    !c->lingering && !c->held && !c->eof;
}

bool
conn_is_responding(const struct conn *c)
{
	/* With CONN_WRITE, complete requests may wait for socket space. */
	return (c->answer != NULL && !is_stream(c)) || c->search != NULL ||
	    c->want & CONN_WRITE;
}

static bool
waits_for_disk(const struct conn *c)
{
	return c->search != NULL && search_is_waiting(c->search);
}

/* ---- notes on the connection, for -v=curl ---- */

static void
trace_closed(struct conn *c, struct worker *w, const char *why, int64_t ns)
{
	char text[80];
	struct buf b = buf_over(text, sizeof(text));

	if (!c->traced)
		return;
	buf_lit(&b, "closed");
	buf_text(&b, why);
	if (ns > 0) {
		buf_byte(&b, ' ');
		buf_number(&b, (uint64_t)(ns / 1000000000));
		buf_lit(&b, " s");
	}
	log_trace_note(w->log, buf_slice(&b));
}

/* ---- input ---- */

bool
conn_may_read(const struct worker *w)
{
	return WORKER_INPUT - w->input_n >= INPUT_MAX;
}

void
conn_read(struct conn *c, struct worker *w)
{
	char *p = w->input + w->input_n;
	ssize_t n;

	if (c->in_n > 0)
		memcpy(p, c->in, c->in_n);
	if (c->owns_input)
		pool_put(&w->pool, c->in);
	c->owns_input = false;
	c->in = p;
	n = recv(c->fd, p + c->in_n, READ_MAX, 0);
	if (n > 0) {
		if (c->in_n == 0 && !c->lingering)
			c->started_ns = w->now_ns;
		c->in_n += (uint32_t)n;
	} else if (n == 0) {
		c->eof = true;
	} else if (errno != EAGAIN && errno != EINTR) {
		c->failed = true;
	}
	w->input_n += c->in_n;
}

/* Is there input that was not received yet, before the client's FIN? */
static bool
has_unread(const struct conn *c)
{
	char byte;

	return recv(c->fd, &byte, 1, MSG_PEEK) == 1;
}

/* When the request or a part of its response was last passed on. */
static int64_t
progress_ns(const struct conn *c)
{
	return c->answer != NULL && c->answer->moved_ns > c->started_ns ?
	    c->answer->moved_ns : c->started_ns;
}

/*
 * A client has closed its end while it waits for an application or a disk.
 * Right after a request or its body this means that the client has no more
 * requests; later it means that the client will not read the response, so the
 * application can stop.
 */
static bool
has_left(const struct conn *c, const struct worker *w)
{
	bool awaits = c->answer != NULL ? transfer_is_awaited(c->answer) :
	    c->search != NULL;

	return awaits && c->upload == NULL &&
	    w->now_ns - progress_ns(c) > HALF_CLOSE_NS && !has_unread(c);
}

/*
 * A client that closed its end right after its request can get a late reply,
 * but in most cases it has left.  TCP does not tell which, so an application
 * that is silent for --timeout can stop.
 */
static bool
has_probably_left(const struct conn *c, const struct worker *w)
{
	return (c->eof || c->hung_up) && c->upload == NULL &&
	    c->answer->r.body.kind == BODY_UPSTREAM &&
	    transfer_is_awaited(c->answer) &&
	    w->now_ns - progress_ns(c) >= w->server->timeout_ns;
}

void
conn_hang_up(struct conn *c, const struct worker *w, bool gone)
{
	if (gone || has_left(c, w))
		c->failed = true;
}

/*
 * Save the input from at on for a later iteration, in a buffer of the pool.
 * Until now it is in the worker's input, or at the end of a larger buffer.
 */
static int
keep_input(struct conn *c, struct worker *w, size_t at)
{
	size_t left = c->in_n - at;
	char *copy = NULL;

	if (left > 0 && c->owns_input && at == 0)
		return 0;
	if (left > 0 && (copy = pool_get(&w->pool, left)) == NULL)
		return -1;
	if (left > 0)
		memcpy(copy, c->in + at, left);
	if (c->owns_input)
		pool_put(&w->pool, c->in);
	c->in = copy;
	c->in_n = (uint32_t)left;
	c->owns_input = copy != NULL;
	return 0;
}

/* ---- from a batch to the socket ---- */

/* Everything is sent: close the connection, or wait for the client's FIN. */
static unsigned
start_linger(struct conn *c, struct worker *w, bool linger, size_t unread)
{
	/* close() with unread input sends a reset, which discards data in
	 * flight: RFC 9112 section 9.6.  After "Connection: close" assume that
	 * the client sends nothing more, except during a large response. */
	if (c->eof || (!linger && unread == 0))
		return CONN_CLOSE;
	if (shutdown(c->fd, SHUT_WR) == -1)
		return CONN_CLOSE;
	c->lingering = true;
	request_end_body(c, w);
	c->started_ns = w->now_ns;
	c->timer.deadline_ns = w->now_ns + LINGER_NS;
	return CONN_READ;
}

enum flow {
	FLOW_ON,	/* go on with the next request */
	FLOW_WAITS,	/* the socket is full */
	FLOW_SLEEPS,	/* a source will wake the connection */
	FLOW_OVER,	/* the connection ends */
};

/* Send t, and return how the connection goes on. */
static enum flow
send_transfer(struct conn *c, struct worker *w, struct transfer *t,
    size_t *quota)
{
	switch (transfer_send(t, w, c->fd, quota)) {
	case TRANSFER_WAITS:
		return FLOW_WAITS;
	case TRANSFER_SLEEPS:
		return FLOW_SLEEPS;
	case TRANSFER_FAILED:
		c->failed = true;
		c->reset = transfer_would_seem_done(t);
		transfer_note_end(t, w, TRANSFER_LEFT);
		return FLOW_OVER;
	case TRANSFER_SENT:
		break;
	}
	return t->r.close ? FLOW_OVER : FLOW_ON;
}

/*
 * The reply to t is complete.  If the application did not read the whole body,
 * close the connection: the rest would be parsed as a request.  A tunnel that
 * was refused took no bytes, so its connection goes on.
 */
static enum flow
end_relay(struct conn *c, struct worker *w, const struct transfer *t,
    enum flow flow)
{
	if (c->upload == NULL)
		return flow;
	if (!c->upload->tunnel || t->r.status == 101)
		flow = FLOW_OVER;
	request_end_body(c, w);
	return flow;
}

/* Go on with the transfer that a batch could not send completely. */
static enum flow
begin_answer(struct conn *c, struct worker *w, struct transfer *t,
    size_t *quota)
{
	enum flow flow;

	transfer_set_client(t, &c->timer.source);
	flow = send_transfer(c, w, t, quota);
	if (flow == FLOW_WAITS || flow == FLOW_SLEEPS) {
		c->answer = transfer_keep(t, w);
		if (c->answer != NULL)
			return flow;
		c->failed = true;
		c->reset = t->r.until_close;
		return FLOW_OVER;
	}
	flow = end_relay(c, w, t, flow);
	transfer_finish(t, w, worker_log_clock(w));
	t->r.linger |= t->entry.bytes > RESOURCE_SMALL;
	return flow;
}

/* Send b.  Moves *at back to the end of the last request that was answered. */
static enum flow
send_batch(struct conn *c, struct worker *w, struct batch *b, size_t *at,
    size_t *quota)
{
	enum transfer_state state = batch_send(b, w, c->fd, quota);
	struct transfer *last;

	c->failed = state == TRANSFER_FAILED;
	if (b->n == 0)
		return c->failed ? FLOW_OVER : FLOW_ON;
	last = &b->transfer[b->n - 1];
	if (state == TRANSFER_SENT)
		return last->r.close ? FLOW_OVER : FLOW_ON;
	*at = b->in_end[b->n - 1];
	if (state == TRANSFER_WAITS)
		return begin_answer(c, w, last, quota);
	transfer_note_end(last, w, TRANSFER_LEFT);
	transfer_finish(last, w, worker_log_clock(w));
	return FLOW_OVER;
}

static enum flow
answer_requests(struct conn *c, struct worker *w, size_t *at, size_t *quota,
    bool *linger)
{
	struct batch b;
	enum flow flow = FLOW_ON;
	bool more = true;
	size_t end;

	while (flow == FLOW_ON && more) {
		if (*quota == 0)
			return FLOW_WAITS;
		more = request_take_all(c, w, &b, at);
		if (b.n == 0 && w->out.n == 0)
			break;
		end = *at;
		flow = send_batch(c, w, &b, at, quota);
		/* If some responses did not fit, parse their requests again. */
		more |= *at < end;
		if (b.n > 0)
			*linger = b.transfer[b.n - 1].r.linger;
	}
	return flow;
}

/* ---- steps ---- */

/*
 * Our end is closed: discard further input, because a reset would destroy the
 * response.  Go on while the client keeps sending, up to --timeout.
 */
static unsigned
discard(struct conn *c, struct worker *w)
{
	int64_t end_ns = c->started_ns + w->server->timeout_ns;
	size_t left = DISCARD_MAX;
	ssize_t n = 1;

	if (c->in_n > 0)
		c->timer.deadline_ns = w->now_ns + LINGER_NS < end_ns ?
		    w->now_ns + LINGER_NS : end_ns;
	c->in_n = 0;
	while (left > 0 && !c->eof && n > 0) {
		n = recv(c->fd, w->out.p, w->out.cap, 0);
		if (n > 0)
			left -= (size_t)n < left ? (size_t)n : left;
	}
	if (c->eof || n == 0 || (n == -1 && errno != EAGAIN))
		return CONN_CLOSE;
	return CONN_READ;
}

/* The bytes of a form so far: they stay in the input. */
static size_t
kept_of_body(const struct conn *c)
{
	return c->upload->form_n > 0 ? c->in_n - c->upload->head_n : 0;
}

/* When the body of the request will be too slow; INT64_MAX without a body. */
static int64_t
body_deadline(const struct conn *c)
{
	return c->upload == NULL ? INT64_MAX :
	    upload_deadline(c->upload, kept_of_body(c));
}

static void
set_deadline(struct conn *c, const struct worker *w)
{
	int64_t timeout_ns = w->server->timeout_ns;
	int64_t head_ns = HEAD_NS < timeout_ns ? HEAD_NS : timeout_ns;

	if (c->upload != NULL)
		c->timer.deadline_ns = body_deadline(c);
	else if (c->in_n > 0)
		c->timer.deadline_ns = c->started_ns + head_ns;
	else
		c->timer.deadline_ns = w->now_ns + timeout_ns;
}

/* The time between two checks of a transfer: the precision of --timeout. */
static int64_t
check_interval(const struct worker *w)
{
	return w->server->timeout_ns / 4;
}

static void
check_after(struct conn *c, const struct worker *w, int64_t interval_ns)
{
	int64_t body_ns = body_deadline(c);

	c->timer.deadline_ns = w->now_ns + interval_ns;
	if (body_ns < c->timer.deadline_ns)
		c->timer.deadline_ns = body_ns;
}

/* A client that does not even read heartbeats is closed after --timeout. */
static int64_t
heartbeat_interval(const struct worker *w)
{
	int64_t half = w->server->timeout_ns / 2;

	return half < HEARTBEAT_NS ? half : HEARTBEAT_NS;
}

/* The event for the rest of an upload, while the response is under way. */
static unsigned
upload_want(const struct conn *c)
{
	return c->upload != NULL && !c->upload->full && !c->eof ? CONN_READ : 0;
}

/*
 * While the connection waits for a source, only the client's FIN matters.  An
 * event stream also ends when the client sends anything.
 */
static unsigned
sleep_until_woken(struct conn *c, const struct worker *w)
{
	check_after(c, w,
	    is_stream(c) ? heartbeat_interval(w) : check_interval(w));
	if (is_stream(c) || upload_want(c) != 0)
		return CONN_READ;
	return c->eof || c->hung_up ? 0 : CONN_HANGUP;
}

/*
 * The body for an application is too slow or malformed: end the exchange.
 * False if the connection must be cut, because a reply has begun.
 */
static bool
refuse_relay(struct conn *c, int status)
{
	struct transfer *t = c->answer;

	if (t->r.body.kind == BODY_UPSTREAM &&
	    upstream_refuse(t->r.body.upstream, status))
		return true;
	t->entry.note = status == 408 ? transfer_body_was_slow :
	    transfer_body_was_malformed;
	return false;
}

/*
 * Offer the input from *at on to the application.  The client's FIN ends its
 * half of a tunnel, but means that a body is incomplete.  Returns true if the
 * answer has become an error page.
 */
static bool
feed_upload(struct conn *c, struct worker *w, size_t *at)
{
	struct upload *u = c->upload;
	size_t taken;
	enum upload_state state = upload_take(u, c->in + *at, c->in_n - *at,
	    &taken, w->now_ns);

	*at += taken;
	if (taken > 0)
		c->started_ns = w->now_ns;
	if (state == UPLOAD_MORE && c->eof && u->tunnel) {
		u->consumer->take(u->consumer, NULL, 0);
		request_end_body(c, w);
	} else if (state == UPLOAD_ENDED) {
		request_end_body(c, w);
	} else if (state == UPLOAD_BAD && refuse_relay(c, 400)) {
		/* Where the next request begins is unknown. */
		*at = c->in_n;
		request_end_body(c, w);
		return true;
	} else if (state == UPLOAD_BAD || state == UPLOAD_FAILED ||
	    (state == UPLOAD_MORE && c->eof)) {
		c->failed = true;
	}
	return false;
}

static enum flow
resume_answer(struct conn *c, struct worker *w, size_t *quota, bool *linger)
{
	struct transfer *t = c->answer;
	size_t before = *quota;
	enum flow flow;

	w->scratch.n = 0;
	flow = send_transfer(c, w, t, quota);
	if (*quota != before) {
		t->moved_ns = w->now_ns;
		t->queued = INT_MAX;
		transfer_measure(t, w, c->fd);
	}
	if (flow == FLOW_WAITS || flow == FLOW_SLEEPS) {
		if (transfer_save(t, w) == 0)
			return flow;
		c->failed = true;
		c->reset = transfer_would_seem_done(t);
		transfer_note_end(t, w, TRANSFER_LEFT);
		flow = FLOW_OVER;
	}
	*linger = true;
	c->answer = NULL;
	flow = end_relay(c, w, t, flow);
	transfer_drop(t, w);
	/* The next request may have waited: its time starts now. */
	c->started_ns = w->now_ns;
	return flow;
}

/* Read nothing while a try of a key is delayed; only the client's FIN
 * matters. */
static unsigned
wait_held(const struct conn *c, const struct worker *w)
{
	if (c->failed || w->server->shared->stopping)
		return CONN_CLOSE;
	return c->eof || c->hung_up ? 0 : CONN_HANGUP;
}

/* The same while a request waits for a disk. */
static unsigned
wait_for_search(struct conn *c, const struct worker *w)
{
	if (c->failed)
		return CONN_CLOSE;
	c->timer.deadline_ns = w->now_ns + check_interval(w);
	return c->eof || c->hung_up ? 0 : CONN_HANGUP;
}

/* Returns the events that the connection waits for after a step.  unread: bytes
 * of input that the step left. */
static unsigned
end_step(struct conn *c, struct worker *w, enum flow flow, bool linger,
    size_t unread)
{
	if (flow == FLOW_OVER)
		return start_linger(c, w, linger, unread);
	if (flow == FLOW_SLEEPS)
		return sleep_until_woken(c, w);
	if (flow == FLOW_WAITS) {
		check_after(c, w, check_interval(w));
		return CONN_WRITE | upload_want(c);
	}
	if (c->held) {
		c->timer.deadline_ns = w->now_ns + ATTEMPTS_DELAY_NS;
		return wait_held(c, w);
	}
	if (waits_for_disk(c))
		return wait_for_search(c, w);
	if (c->eof) {
		trace_closed(c, w, " by the client", 0);
		return CONN_CLOSE;
	}
	if (w->server->shared->stopping)
		return start_linger(c, w, false, unread);
	if (c->upload != NULL && c->upload->full)
		return sleep_until_woken(c, w);
	set_deadline(c, w);
	return CONN_READ;
}

unsigned
conn_step(struct conn *c, struct worker *w)
{
	enum flow flow = FLOW_ON;
	size_t at = 0, quota = SEND_QUOTA, unread;
	bool linger = false;

	if (c->lingering)
		return discard(c, w);
	if (c->held)
		return wait_held(c, w);
	if (c->answer == NULL && waits_for_disk(c))
		return wait_for_search(c, w);
	/* A client of a stream sends no more requests: any input ends it. */
	if (is_stream(c) && (c->in_n > 0 || c->eof)) {
		trace_closed(c, w, " by the client", 0);
		return CONN_CLOSE;
	}
	if (c->answer != NULL && c->upload != NULL)
		feed_upload(c, w, &at);
	if (c->answer != NULL && !c->failed)
		flow = resume_answer(c, w, &quota, &linger);
	if (flow == FLOW_ON && !c->failed)
		flow = answer_requests(c, w, &at, &quota, &linger);
	if (c->answer != NULL && c->upload != NULL && !c->failed &&
	    feed_upload(c, w, &at))
		flow = resume_answer(c, w, &quota, &linger);
	if (c->failed)
		return CONN_CLOSE;
	unread = c->in_n - at;
	if (flow == FLOW_OVER || is_stream(c))
		at = c->in_n;
	if (keep_input(c, w, at) == -1) {
		/* The requests before it were answered. */
		memmove(c->in, c->in + at, unread);
		c->in_n = (uint32_t)unread;
		conn_evict(c, w);
		return CONN_CLOSE;
	}
	return end_step(c, w, flow, linger, unread);
}

/*
 * A slow phone is not idle: EPOLLOUT may take a minute to arrive, but the send
 * queue of the socket shrinks.
 */
static unsigned
check_transfer(struct conn *c, struct worker *w)
{
	struct transfer *t = c->answer;
	/* First check: there is no earlier queue length to compare with, and
	 * after SIGSTOP the check may be late. */
	bool first = t->queued == INT_MAX;
	int queued;

	if (ioctl(c->fd, TIOCOUTQ, &queued) == -1)
		return CONN_CLOSE;
	if (queued < t->queued) {
		if (!first)
			t->moved_ns = w->now_ns;
		t->queued = queued;
	}
	transfer_measure(t, w, c->fd);
	/* Keep a download that the client has paused: its TCP still answers.
	 * A stream is closed, because the client can request it again. */
	if (first || !is_stream(c) ||
	    w->now_ns - t->moved_ns < w->server->timeout_ns) {
		check_after(c, w, check_interval(w));
		return CONN_WRITE | upload_want(c);
	}
	trace_closed(c, w, ": client takes nothing", 0);
	return CONN_CLOSE;
}

/* Refuse the request of which a part, or nothing, is in the input.  False if
 * the response cannot be sent at once.  note: for the log, or empty. */
static bool
send_refusal(struct conn *c, struct worker *w, int status, struct slice note)
{
	struct http_request req = { 0 };
	struct batch b;
	size_t at = 0, quota = SEND_QUOTA;

	batch_begin(&b, w);
	if (c->in_n > 0)
		http_parse_request(c->in, c->in_n, &req);
	request_refuse(c, w, &b, &req, 0, status);
	if (note.n > 0)
		b.transfer[0].entry.note = note;
	return send_batch(c, w, &b, &at, &quota) == FLOW_OVER && !c->failed;
}

/* 408: a head or a body did not arrive in time. */
static unsigned
refuse_slow(struct conn *c, struct worker *w)
{
	bool is_sent = send_refusal(c, w, 408, (struct slice){ 0 });

	if (c->upload == NULL)
		trace_closed(c, w, ": head took over",
		    c->timer.deadline_ns - c->started_ns);
	else
		trace_closed(c, w, ": body slower than 1 KiB/s", 0);
	if (!is_sent || keep_input(c, w, c->in_n) == -1)
		return CONN_CLOSE;
	return start_linger(c, w, true, 0);
}

/*
 * An application receives the body that is too slow: end the exchange.  The
 * client gets 408 unless a reply has begun.
 */
static unsigned
refuse_slow_relay(struct conn *c, struct worker *w)
{
	trace_closed(c, w, ": body slower than 1 KiB/s", 0);
	return refuse_relay(c, 408) ? conn_step(c, w) : CONN_CLOSE;
}

/*
 * Has input arrived that was not read yet?  Then serve is late, not the client:
 * it was stopped (SIGSTOP) or busy.
 */
static bool
excuse_client(struct conn *c, const struct worker *w)
{
	if ((c->want & CONN_READ) == 0 || !has_unread(c))
		return false;
	if (w->now_ns >= body_deadline(c))
		upload_excuse(c->upload, kept_of_body(c), w->now_ns);
	return true;
}

unsigned
conn_expire(struct conn *c, struct worker *w)
{
	bool is_excused;

	if (c->lingering)
		return CONN_CLOSE;
	if (c->held) {
		c->held = false;
		c->released = true;
		return conn_step(c, w);
	}
	if (c->answer == NULL && waits_for_disk(c))
		return wait_for_search(c, w);
	is_excused = excuse_client(c, w);
	if (c->answer != NULL && w->now_ns >= body_deadline(c))
		return refuse_slow_relay(c, w);
	if (c->answer != NULL && c->want & CONN_WRITE)
		return check_transfer(c, w);
	if (is_stream(c)) {
		transfer_heartbeat(c->answer);
		return conn_step(c, w);
	}
	if (c->answer != NULL && has_probably_left(c, w)) {
		trace_closed(c, w, " by the client", 0);
		return CONN_CLOSE;
	}
	/* A tunnel may be slow for its client (see conn_usage.c), but not a
	 * transfer that waits for a disk. */
	if (c->answer != NULL && c->answer->r.body.kind == BODY_UPSTREAM)
		transfer_measure(c->answer, w, c->fd);
	if (c->answer != NULL || (c->upload != NULL && c->upload->full))
		return sleep_until_woken(c, w);
	/* Complete requests waited for socket space; once there is a
	 * response, its progress can be measured. */
	if (c->want == CONN_WRITE)
		return conn_step(c, w);
	if (is_excused) {
		set_deadline(c, w);
		return CONN_READ;
	}
	if (c->in_n > 0)
		return refuse_slow(c, w);
	trace_closed(c, w, ": idle", w->server->timeout_ns);
	return CONN_CLOSE;
}

void
conn_evict(struct conn *c, struct worker *w)
{
	trace_closed(c, w, ": made room for others", 0);
	if (c->answer == NULL && c->upload == NULL && c->in_n > 0)
		send_refusal(c, w, 503, SLICE("(made room for others)"));
}

void
conn_reject(struct conn *c, struct worker *w)
{
	c->started_ns = w->now_ns;
	send_refusal(c, w, 503, (struct slice){ 0 });
	/* Sent or not, parse nothing from this client. */
	start_linger(c, w, true, 0);
	c->lingering = true;
}

void
conn_close(struct conn *c, struct worker *w, enum transfer_end end)
{
	if (c->answer != NULL) {
		w->scratch.n = 0;
		c->reset = transfer_would_seem_done(c->answer);
		transfer_note_end(c->answer, w, end);
		transfer_drop(c->answer, w);
	}
	if (c->search != NULL)
		search_end(c->search, w);
	if (c->owns_input)
		pool_put(&w->pool, c->in);
	request_end_body(c, w);
	/* shutdown() flushes MSG_MORE data before close(), which sends a
	 * reset if there is unread input. */
	if (c->reset)
		tcp_reset_on_close(c->fd);
	else
		shutdown(c->fd, SHUT_WR);
	close(c->fd);
}
