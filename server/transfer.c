#include "server/transfer.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/builder.h"
#include "server/call.h"
#include "server/progress.h"
#include "server/reader.h"
#include "server/upstream.h"

enum {
	PIECE = 112 << 10,	/* bytes of a producer's body that are gathered
				   for one send */
	PREFIX = 32 << 10,	/* room before the piece for a head */
	SUFFIX = 16,		/* room after the piece for the last chunk */
	PRODUCE_NS = 1000000,	/* time to produce per wake-up: a new client may
				   have to wait twice as long */
	PRODUCE_ALL_NS = 4000000,	/* the same for all of an iteration */
};

static const int64_t WINDOW_NS = 30ll * 1000000000;	/* to measure a rate */

static_assert(PREFIX + PIECE + SUFFIX <= (int)WORKER_OUTPUT, "a piece fits");
static_assert(PIECE >= (int)PRODUCER_PIECE, "a piece is enough for a producer");

const struct slice transfer_body_was_slow = SLICE("(the body came too slowly)");
const struct slice transfer_body_was_malformed =
    SLICE("(the body is malformed)");

/* This is why t ends. */
static void
explain(struct transfer *t, struct slice note)
{
	t->entry.note = note;
	t->explained = true;
}

static void
add_note(struct transfer *t, const char *text)
{
	explain(t, slice_of(text));
}

/* Reading the file gave n: 0 at an early end, or -1. */
static enum transfer_state
fail_file(struct transfer *t, ssize_t n)
{
	add_note(t, n == 0 ? "(the file shrank)" :
	    "(reading the file failed)");
	return TRANSFER_FAILED;
}

static size_t
overlap(size_t a, size_t a_end, size_t b, size_t b_end)
{
	size_t from = a > b ? a : b, to = a_end < b_end ? a_end : b_end;

	return from < to ? to - from : 0;
}

/* The next n bytes of the span were sent. */
static void
advance(struct transfer *t, size_t n)
{
	struct span *s = &t->span;

	t->entry.bytes += overlap(s->sent, s->sent + n, s->body_from,
	    s->body_to);
	s->sent += n;
}

/* TRANSFER_SENT: the whole span was sent. */
static enum transfer_state
send_span(struct transfer *t, int fd, size_t *quota)
{
	struct span *s = &t->span;
	ssize_t n = send(fd, s->p + s->sent, s->n - s->sent,
	    MSG_NOSIGNAL | (transfer_has_more(t) ? MSG_MORE : 0));

	if (n == -1)
		return errno == EAGAIN ? TRANSFER_WAITS : TRANSFER_FAILED;
	advance(t, (size_t)n);
	*quota -= (size_t)n < *quota ? (size_t)n : *quota;
	return s->sent == s->n ? TRANSFER_SENT : TRANSFER_WAITS;
}

static void
set_span(struct transfer *t, const char *p, size_t n, size_t body_from,
    size_t body_to)
{
	t->span = (struct span){
		.p = p, .n = n, .body_from = body_from, .body_to = body_to,
	};
}

/* ---- a file and its parts ---- */

static const struct part *
part_at(const struct transfer *t, int i)
{
	const struct body *body = &t->r.body;

	return body->parts != NULL ? &body->parts[i] : &body->whole[i];
}

/* Move to the byte of the body after its first n bytes. */
static void
seek(struct transfer *t, uint64_t n)
{
	t->done = (off_t)n;
	for (t->part = 0; t->part < t->r.body.part_count; t->part++) {
		const struct part *part = part_at(t, t->part);
		off_t size = (off_t)part->text.n + part_file_bytes(part);

		if (t->done < size)
			return;
		t->done -= size;
	}
}

void
transfer_return_to_file(struct transfer *t)
{
	struct span *s = &t->span;

	if (t->r.body.kind != BODY_FILE || s->body_to == s->body_from)
		return;
	s->n = s->sent > s->body_from ? s->sent : s->body_from;
	s->body_to = s->n;
	seek(t, t->entry.bytes);
}

/* For file systems without sendfile(2): copy through the output space. */
static enum transfer_state
read_piece(struct transfer *t, struct worker *w, struct file_range *range)
{
	size_t want = range->n < PIECE ? (size_t)range->n : PIECE;
	ssize_t n = pread(range->fd, w->out.p, want, range->at);

	if (n <= 0)
		return fail_file(t, n);
	range->at += n;
	range->n -= n;
	set_span(t, w->out.p, (size_t)n, 0, (size_t)n);
	return TRANSFER_SENT;
}

/* False with ENOMEM. */
static bool
get_reader(struct transfer *t, struct worker *w)
{
	struct reader *reader;

	if (t->has_reader)
		return true;
	reader = reader_new(w, t->r.body.file, t->client);
	if (reader == NULL)
		return false;
	t->reader = reader;
	t->has_reader = true;
	return true;
}

/* For a slow disk: send bytes that the pool has read, or sleep until then. */
static enum transfer_state
send_read(struct transfer *t, struct worker *w, struct file_range *range)
{
	const char *p;
	ssize_t n;

	if (!get_reader(t, w)) {
		add_note(t, "(no memory)");
		return TRANSFER_FAILED;
	}
	n = reader_read(t->reader, range->at, range->n, &p);
	if (n == -1 && errno == EINPROGRESS)
		return TRANSFER_SLEEPS;
	if (n <= 0)
		return fail_file(t, n);
	range->at += n;
	set_span(t, p, (size_t)n, 0, (size_t)n);
	return TRANSFER_SENT;
}

/* Any other error of sendfile(2) comes from the file. */
static bool
is_socket_error(int error)
{
	switch (error) {
	case ECONNABORTED:
	case ECONNRESET:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EPIPE:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

/* Send as much of the range as the socket takes, and shorten it by that. */
static enum transfer_state
send_range(struct transfer *t, struct worker *w, int fd,
    struct file_range *range, size_t *quota)
{
	size_t want = range->n < (off_t)*quota ? (size_t)range->n : *quota;
	ssize_t n;

	if (t->no_sendfile)
		return read_piece(t, w, range);
	n = sendfile(fd, range->fd, &range->at, want);
	if (n > 0) {
		range->n -= n;
		t->entry.bytes += (uint64_t)n;
		*quota -= (size_t)n;
		return (size_t)n == want ? TRANSFER_SENT : TRANSFER_WAITS;
	}
	if (n == 0)
		return fail_file(t, n);
	if (errno == EAGAIN)
		return TRANSFER_WAITS;
	if (errno == EINVAL || call_is_refused(errno)) {
		t->no_sendfile = true;
		return TRANSFER_SENT;
	}
	return is_socket_error(errno) ? TRANSFER_FAILED : fail_file(t, n);
}

/*
 * Are the bytes that are sent next in the page cache?  If not, let the pool
 * read some of them; later *range is cut to those.
 */
static bool
is_ready(struct transfer *t, struct worker *w, struct file_range *range,
    size_t quota)
{
	off_t n = range->n < (off_t)quota ? range->n : (off_t)quota;
	off_t ready = t->has_reader ? reader_ahead(t->reader, range->at) : 0;

	if (ready == -1)
		return false;
	if (ready > 0) {
		range->n = n < ready ? n : ready;
		return true;
	}
	if (resource_has_bytes(w->cache, t->r.body.file, range->at,
	    range->at + n - 1) || !get_reader(t, w))
		return true;
	reader_begin_ahead(t->reader, range->at, n);
	return false;
}

static enum transfer_state
send_from_file(struct transfer *t, struct worker *w, int fd,
    const struct part *part, size_t *quota)
{
	struct file *f = t->r.body.file;
	off_t at = part->first + t->done - (off_t)part->text.n;
	struct file_range range = {
		.fd = f->fd, .at = at, .n = part->last - at + 1,
	};
	enum transfer_state state = TRANSFER_SLEEPS;

	if (f->mount != 0)
		state = send_read(t, w, &range);
	else if (is_ready(t, w, &range, *quota))
		state = send_range(t, w, fd, &range, quota);
	/* The disk caused the delay, not the client. */
	if (state == TRANSFER_SLEEPS)
		t->moved_ns = w->now_ns;
	t->done += range.at - at;
	return state;
}

/* Send the next piece of a file: the text of a part, then its bytes. */
static enum transfer_state
send_part(struct transfer *t, struct worker *w, int fd, size_t *quota)
{
	const struct part *part = part_at(t, t->part);
	size_t text_n = part->text.n;

	if (t->done < (off_t)text_n) {
		size_t from = (size_t)t->done;

		t->done = (off_t)text_n;
		set_span(t, part->text.p + from, text_n - from, 0,
		    text_n - from);
	}
	if (t->done == (off_t)text_n + part_file_bytes(part)) {
		t->part++;
		t->done = 0;
		return TRANSFER_SENT;
	}
	if (transfer_has_span(t))
		return TRANSFER_SENT;
	return send_from_file(t, w, fd, part, quota);
}

/* ---- a body that is produced while the socket drains ---- */

/* Is this errno a producer's sign that it must wait (body.h), not an error? */
static bool
is_wait(int error)
{
	return error == EAGAIN || error == EINPROGRESS;
}

/* Let the producer fill p[0..PIECE) until end_ns.  -1 with its errno. */
static ssize_t
gather(struct transfer *t, char *p, int64_t end_ns)
{
	struct producer *producer = t->r.body.producer;
	size_t got = 0;

	do {
		ssize_t n = producer->more(producer, p + got, PIECE - got);

		if (n == -1 && got > 0 && is_wait(errno))
			break;
		if (n == -1)
			return -1;
		got += (size_t)n;
		if (n == 0 && producer->range.n == 0) {
			t->produced = true;
			break;
		}
		/* The first piece decides on Content-Length or chunks, which
		 * must not depend on how busy the machine is. */
	} while (PIECE - got >= PRODUCER_PIECE && producer->range.n == 0 &&
	    (t->r.head_open || clock_monotonic() < end_ns));
	return (ssize_t)got;
}

/* hold_head() in batch.c has put the request in front of the head. */
static void
trace_head(const struct transfer *t, struct worker *w, struct slice head)
{
	struct slice request = { t->saved, (size_t)(t->span.p - t->saved) };

	if (request.n == 0)
		return;
	log_trace_answer(w->log, request, head);
	log_flush(w->log);
}

/* Complete the head, now that the body's first piece is known. */
static void
close_head(struct transfer *t, struct worker *w, struct buf *b, size_t got)
{
	buf_add(b, t->span.p, t->span.n);
	builder_frame(w, b, &t->r, t->produced ? (off_t)got : -1);
	trace_head(t, w, buf_slice(b));
}

/* The head of an error page is in the output: send it, and the page.  Keep the
 * note about it, because the socket may have no room for the page now. */
static enum transfer_state
set_page(struct transfer *t, struct worker *w)
{
	size_t head_n = w->out.n;

	log_keep_changes(w->log, &t->entry, &w->server->shared->budget);
	if (t->r.body.kind == BODY_MEMORY)
		buf_put(&w->out, t->r.body.text);
	set_span(t, w->out.p, w->out.n, head_n, w->out.n);
	return TRANSFER_SENT;
}

/* Why the producer has failed: in its own words, if it has given a reason. */
static void
note_failure(struct transfer *t, struct worker *w, int error)
{
	struct slice note = t->r.body.producer->note;
	size_t from = w->scratch.n;

	if (error == ENOMEM) {
		add_note(t, "(no memory for the listing)");
	} else if (note.n == 0) {
		add_note(t, "(reading the folder failed)");
	} else {
		/* The producer is freed before the line is logged. */
		buf_put(&w->scratch, note);
		explain(t, buf_since(&w->scratch, from));
	}
}

/*
 * Send an error in place of the response, of which no byte has been sent, and
 * close the connection after it.
 */
static enum transfer_state
replace_by_error(struct transfer *t, struct worker *w, int error)
{
	bool head_only = t->r.head_only;

	note_failure(t, w, error);
	builder_free_body(w, &t->r);
	w->out.n = 0;
	response_fail(w, error, head_only, &t->r);
	trace_head(t, w, buf_slice(&w->out));
	return set_page(t, w);
}

/* Free the buffer, so that a client that waits for the next piece has none. */
static void
free_saved(struct transfer *t, struct worker *w)
{
	pool_put(&w->pool, t->saved);
	t->saved = NULL;
}

/*
 * Frame one chunk that consists of the piece in *suffix and the range after it.
 * The next piece then ends the chunk.
 */
static void
put_chunk(struct transfer *t, struct buf *prefix, struct buf *suffix)
{
	off_t rest = t->r.body.producer->range.n;
	uint64_t n = suffix->n + (uint64_t)rest;

	if (t->in_chunk)
		buf_lit(prefix, "\r\n");
	t->in_chunk = rest > 0;
	if (n > 0) {
		buf_hex(prefix, n);
		buf_lit(prefix, "\r\n");
		if (!t->in_chunk)
			buf_lit(suffix, "\r\n");
	}
	if (t->produced)
		buf_lit(suffix, "0\r\n\r\n");
}

/*
 * Make the next piece in the output space, between the first line and the end
 * of its chunk.
 */
static enum transfer_state
produce(struct transfer *t, struct worker *w, int64_t end_ns)
{
	char *piece = w->out.p + PREFIX;
	struct buf prefix = buf_over(w->out.p, PREFIX);
	struct buf suffix = buf_over(piece, PIECE + SUFFIX);
	ssize_t got;
	size_t head_n;

	if (!t->r.head_open)
		free_saved(t, w);
	else if (t->saved == NULL || t->denied)
		return replace_by_error(t, w, ENOMEM);
	if (clock_monotonic() >= end_ns)
		return TRANSFER_WAITS;
	got = gather(t, piece, end_ns);
	if (got == -1 && is_wait(errno)) {
		/* The client did not cause the delay. */
		t->moved_ns = w->now_ns;
		return errno == EAGAIN ? TRANSFER_WAITS : TRANSFER_SLEEPS;
	}
	if (got == -1 && t->r.head_open)
		return replace_by_error(t, w, errno);
	if (got == -1) {
		t->explained = true;	/* by the note of the producer */
		return TRANSFER_FAILED;
	}
	if (t->r.head_open)
		close_head(t, w, &prefix, (size_t)got);
	if (prefix.full)
		return TRANSFER_FAILED;
	if (t->r.body.kind == BODY_NONE) {
		set_span(t, prefix.p, prefix.n, prefix.n, prefix.n);
		return TRANSFER_SENT;
	}
	suffix.n = (size_t)got;
	if (t->r.chunked)
		put_chunk(t, &prefix, &suffix);
	head_n = prefix.n;
	memmove(piece - head_n, prefix.p, head_n);
	set_span(t, piece - head_n, head_n + suffix.n, head_n,
	    head_n + (size_t)got);
	return TRANSFER_SENT;
}

/* ---- the reply of an application ---- */

/* "(http://127.0.0.1:5000: Connection refused)" */
static void
note_no_reply(struct transfer *t, struct worker *w, struct slice url,
    int error)
{
	struct buf *b = &w->scratch;
	size_t from = b->n;

	if (!w->server->notes)
		return;
	buf_byte(b, '(');
	buf_visible(b, url);
	buf_lit(b, ": ");
	buf_text(b, error == 0 ? "no reply" : strerror(error));
	buf_byte(b, ')');
	t->entry.note = buf_since(b, from);
}

/* No reply came, and nothing was sent: answer with an error page. */
static enum transfer_state
replace_by_page(struct transfer *t, struct worker *w, int status, int error)
{
	bool head_only = t->r.head_only;
	struct upstream *u = t->r.body.upstream;
	enum accept_format format = accept_error_format(upstream_accept(u,
	    &w->scratch));
	struct slice url = upstream_url(u);

	transfer_name_upstream(t);
	if (status == 408)
		t->entry.note = transfer_body_was_slow;
	else if (status == 400)
		t->entry.note = transfer_body_was_malformed;
	else
		note_no_reply(t, w, url, error);
	builder_free_body(w, &t->r);
	w->out.n = 0;
	response_gateway_error(w, status, url, format, head_only, &t->r);
	log_trace_reply(w->log, (struct slice){ 0 }, buf_slice(&w->out));
	return set_page(t, w);
}

/* The next piece of the reply, head and framing included. */
static enum transfer_state
relay(struct transfer *t, struct worker *w, int fd, size_t *quota)
{
	struct upstream *u = t->r.body.upstream;
	struct reply_piece piece = { 0 };
	int status = 0;

	free_saved(t, w);
	switch (upstream_read(u, fd, *quota, w->out.p, &piece, &status)) {
	case UPSTREAM_WAITS:
		return TRANSFER_SLEEPS;
	case UPSTREAM_REFUSED:
		return replace_by_page(t, w, status, upstream_error(u));
	case UPSTREAM_BROKEN:
		add_note(t, "(the application ended within its reply)");
		return TRANSFER_FAILED;
	case UPSTREAM_PIECE:
		break;
	}
	t->r.status = upstream_status(u);
	t->r.close = upstream_closes(u);
	t->r.until_close = upstream_until_close(u);
	t->produced = piece.is_end;
	t->entry.bytes += piece.sent;
	*quota -= piece.sent;
	set_span(t, piece.p, piece.n, piece.body_from, piece.body_to);
	return TRANSFER_SENT;
}

static enum transfer_state
send_body(struct transfer *t, struct worker *w, int fd, size_t *quota,
    int64_t end_ns)
{
	if (t->r.body.kind == BODY_UPSTREAM)
		return relay(t, w, fd, quota);
	if (t->r.body.kind == BODY_FILE)
		return send_part(t, w, fd, quota);
	if (t->r.body.producer->range.n > 0)
		return send_range(t, w, fd, &t->r.body.producer->range, quota);
	return produce(t, w, end_ns);
}

void
transfer_set_client(struct transfer *t, struct source *client)
{
	t->client = client;
	if (t->r.body.kind == BODY_PRODUCER)
		t->r.body.producer->client = client;
	if (t->r.body.kind == BODY_UPSTREAM)
		upstream_set_client(t->r.body.upstream, client);
}

bool
transfer_is_awaited(const struct transfer *t)
{
	return t->r.body.kind == BODY_UPSTREAM ? !t->produced &&
	    !upstream_is_tunnel(t->r.body.upstream) : !transfer_is_stream(t);
}

void
transfer_heartbeat(struct transfer *t)
{
	struct slice comment = t->r.body.producer->heartbeat;

	set_span(t, comment.p, comment.n, 0, comment.n);
}

/*
 * Until when may the producer of t work now?  If there are too many for one
 * iteration, a turn takes several, and each producer works once in a turn.
 */
static int64_t
take_turn(struct transfer *t, struct worker *w)
{
	int64_t now_ns;

	if (t->turn == w->turn)
		return 0;
	now_ns = clock_monotonic();
	if (w->produce_end_ns == 0)
		w->produce_end_ns = now_ns + PRODUCE_ALL_NS;
	if (now_ns >= w->produce_end_ns) {
		w->turn_goes_on = true;
		return 0;
	}
	t->turn = w->turn;
	return now_ns + PRODUCE_NS;
}

enum transfer_state
transfer_send(struct transfer *t, struct worker *w, int fd, size_t *quota)
{
	enum transfer_state state = TRANSFER_SENT;
	int64_t end_ns = t->r.body.kind == BODY_PRODUCER ? take_turn(t, w) : 0;

	while (state == TRANSFER_SENT && !transfer_is_done(t)) {
		if (*quota == 0)
			state = TRANSFER_WAITS;
		else if (transfer_has_span(t))
			state = send_span(t, fd, quota);
		else
			state = send_body(t, w, fd, quota, end_ns);
	}
	if (t->progress != NULL)
		progress_set(t->progress, t->entry.bytes);
	return state;
}

/* Does p point into the worker's output space? */
static bool
is_in_output(const struct worker *w, const char *p)
{
	return p >= w->out.p && p < w->out.p + w->out.cap;
}

static_assert(sizeof(struct transfer) <= POOL_SMALL,
    "fits the smallest buffer");

int
transfer_save(struct transfer *t, struct worker *w)
{
	struct span *s = &t->span;
	size_t left = s->n - s->sent;
	char *copy;

	if (left == 0 || !is_in_output(w, s->p))
		return 0;
	copy = pool_get(&w->pool, left);
	if (copy == NULL)
		return -1;
	memcpy(copy, s->p + s->sent, left);
	free_saved(t, w);
	t->saved = copy;
	s->body_from -= s->sent < s->body_from ? s->sent : s->body_from;
	s->body_to -= s->sent < s->body_to ? s->sent : s->body_to;
	s->p = copy;
	s->n = left;
	s->sent = 0;
	return 0;
}

struct transfer *
transfer_keep(struct transfer *t, struct worker *w)
{
	struct transfer *kept = pool_get(&w->pool, sizeof(*kept));

	if (kept == NULL)
		goto fail;
	if (transfer_save(t, w) == -1)
		goto return_kept;
	if (w->server->shared->progress != NULL && !transfer_is_stream(t))
		t->progress = progress_begin(w->server->shared->progress,
		    &w->server->shared->budget, &t->entry, t->r.body.length);
	log_keep(w->log, &t->entry, &w->server->shared->budget);
	memcpy(kept, t, sizeof(*kept));
	w->server->shared->transfers += !transfer_is_stream(kept);
	return kept;

return_kept:
	pool_put(&w->pool, kept);
fail:
	if (t->entry.note.n == 0)
		add_note(t, "(no memory)");
	transfer_finish(t, w, worker_log_clock(w));
	errno = ENOMEM;
	return NULL;
}

void
transfer_measure(struct transfer *t, const struct worker *w, int fd)
{
	int64_t window = w->server->timeout_ns < WINDOW_NS ?
	    w->server->timeout_ns : WINDOW_NS;
	int64_t elapsed = w->now_ns - t->window_ns;
	uint64_t bytes;
	double rate;
	int queued;

	if (elapsed < window || ioctl(fd, TIOCOUTQ, &queued) == -1)
		return;
	bytes = t->entry.bytes > (uint64_t)queued ?
	    t->entry.bytes - (uint64_t)queued : 0;
	rate = bytes > t->window_bytes ? (double)(bytes - t->window_bytes) *
	    1e9 / (double)elapsed : 0;
	t->rate = rate < (double)EVICT_RATE ? (int)rate : EVICT_RATE;
	t->window_bytes = bytes;
	t->window_ns = w->now_ns;
}

size_t
transfer_memory(const struct transfer *t)
{
	size_t n = pool_size(t) + pool_size(t->saved) +
	    budget_size(t->entry.kept) + budget_size(t->progress);

	switch (t->r.body.kind) {
	case BODY_FILE:
		n += budget_size(t->r.body.parts);
		return t->has_reader ? n + reader_memory(t->reader) : n;
	case BODY_PRODUCER:
		return n + t->r.body.producer->memory;
	case BODY_UPSTREAM:
		return n + upstream_memory(t->r.body.upstream);
	case BODY_NONE:
	case BODY_MEMORY:
		break;
	}
	return n;
}

enum evict_class
transfer_evict_class(const struct transfer *t)
{
	if (t->r.body.kind != BODY_PRODUCER)
		return EVICT_TRANSFER;
	return t->r.body.producer->is_archive ? EVICT_ARCHIVE : EVICT_LISTING;
}
