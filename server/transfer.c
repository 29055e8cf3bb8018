#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/transfer.h"
#include "server/live.h"

enum {
	PIECE = 64 << 10,	/* of a producer's body, gathered for a send */
	PREFIX = 32 << 10,	/* room before it for a head */
	SUFFIX = 16,		/* and behind it for the end of the chunks */
};

static_assert(PREFIX + PIECE + SUFFIX <= (int)WORKER_OUTPUT, "a piece fits");
static_assert(PIECE >= (int)PRODUCER_PIECE, "a piece is enough for a producer");

static void
add_note(struct transfer *a, const char *text)
{
	a->x.note = (struct slice){ text, strlen(text) };
}

static size_t
overlap(size_t a, size_t a_end, size_t b, size_t b_end)
{
	size_t from = a > b ? a : b, to = a_end < b_end ? a_end : b_end;

	return from < to ? to - from : 0;
}

/* Is there more behind the span, so that the kernel should wait for it? */
static bool
has_more(const struct transfer *a)
{
	return a->r.body.kind == BODY_FILE &&
	    a->part < a->r.body.part_count;
}

/* TRANSFER_SENT: the span is out. */
static enum transfer_state
send_span(struct transfer *a, int fd, size_t *share)
{
	struct span *s = &a->span;
	ssize_t n = send(fd, s->p + s->sent, s->n - s->sent,
	    MSG_NOSIGNAL | (has_more(a) ? MSG_MORE : 0));

	if (n == -1)
		return errno == EAGAIN ? TRANSFER_WAITS : TRANSFER_FAILED;
	a->x.bytes += overlap(s->sent, s->sent + (size_t)n, s->body_from,
	    s->body_to);
	s->sent += (size_t)n;
	*share -= (size_t)n < *share ? (size_t)n : *share;
	return s->sent == s->n ? TRANSFER_SENT : TRANSFER_WAITS;
}

static void
set_span(struct transfer *a, const char *p, size_t n, size_t body_from,
    size_t body_to)
{
	a->span = (struct span){
		.p = p, .n = n, .body_from = body_from, .body_to = body_to,
	};
}

/* Where sendfile(2) is not to be had: through the turn's output space. */
static enum transfer_state
read_piece(struct transfer *a, struct worker *w, off_t left)
{
	size_t want = left < PIECE ? (size_t)left : PIECE;
	ssize_t n = pread(a->r.body.file->fd, w->out.p, want, a->at);

	if (n <= 0) {
		add_note(a, n == 0 ? "(the file shrank)" :
		    "(reading the file failed)");
		return TRANSFER_FAILED;
	}
	a->at += n;
	set_span(a, w->out.p, (size_t)n, 0, (size_t)n);
	return TRANSFER_SENT;
}

/* All else that fails in sendfile(2) is the file. */
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

static enum transfer_state
send_from_file(struct transfer *a, struct worker *w, int fd, off_t left,
    size_t *share)
{
	size_t want = (size_t)left < *share ? (size_t)left : *share;
	ssize_t n;

	if (a->no_sendfile)
		return read_piece(a, w, left);
	n = sendfile(fd, a->r.body.file->fd, &a->at, want);
	if (n > 0) {
		a->x.bytes += (uint64_t)n;
		*share -= (size_t)n;
		return (size_t)n == want ? TRANSFER_SENT : TRANSFER_WAITS;
	}
	if (n == 0) {
		add_note(a, "(the file shrank)");
		return TRANSFER_FAILED;
	}
	if (errno == EAGAIN)
		return TRANSFER_WAITS;
	if (errno == EINVAL || errno == ENOSYS) {
		a->no_sendfile = true;
		return TRANSFER_SENT;
	}
	if (!is_socket_error(errno))
		add_note(a, "(reading the file failed)");
	return TRANSFER_FAILED;
}

/* The next piece of a file: of the part's text, or of its bytes. */
static enum transfer_state
send_part(struct transfer *a, struct worker *w, int fd, size_t *share)
{
	const struct body *body = &a->r.body;
	const struct part *part = body->parts != NULL ?
	    &body->parts[a->part] : &body->whole[a->part];

	if (a->at == -1) {
		a->at = part->first;
		if (part->text.n > 0) {
			if (part->last < part->first)
				a->part++;	/* nothing follows its text */
			set_span(a, part->text.p, part->text.n, 0,
			    part->text.n);
			if (part->last < part->first)
				a->at = -1;
			return TRANSFER_SENT;
		}
	}
	if (a->at > part->last) {
		a->part++;
		a->at = -1;
		return TRANSFER_SENT;
	}
	return send_from_file(a, w, fd, part->last - a->at + 1, share);
}

/* Let the producer fill p[0..PIECE).  Its errors are in errno. */
static ssize_t
gather(struct transfer *a, char *p)
{
	struct producer *producer = a->r.body.producer;
	size_t got = 0;

	while (PIECE - got >= PRODUCER_PIECE) {
		ssize_t n = producer->more(producer, p + got, PIECE - got);

		if (n == -1 && errno == EAGAIN && got > 0)
			break;
		if (n == -1)
			return -1;
		if (n == 0) {
			a->produced = true;
			break;
		}
		got += (size_t)n;
	}
	return (ssize_t)got;
}

void
transfer_trace_later(struct transfer *a, struct worker *w, struct slice asked)
{
	a->asked = pool_get(w, asked.n);
	if (a->asked == NULL)
		return;
	memcpy(a->asked, asked.p, asked.n);
	a->asked_n = (uint32_t)asked.n;
}

static void
trace_head(struct transfer *a, struct worker *w, struct slice head)
{
	if (a->asked == NULL)
		return;
	log_trace_answer(w->log, (struct slice){ a->asked, a->asked_n }, head);
	log_flush(w->log);
	pool_put(w, a->asked);
	a->asked = NULL;
}

/* The rest of the head if it is still open, then the line of a chunk. */
static void
put_prefix(struct transfer *a, struct worker *w, struct buf *b, size_t got)
{
	bool known = a->r.head_open && a->produced;

	if (a->r.head_open) {
		buf_add(b, a->kept, a->span.n);
		response_frame(b, &a->r, known ? (off_t)got : -1);
		trace_head(a, w, buf_slice(b));
		a->r.head_open = false;
		if (known)
			a->r.chunked_ok = false;
	}
	if (a->r.chunked_ok && got > 0 && !a->r.head_only) {
		buf_hex(b, got);
		buf_lit(b, "\r\n");
	}
}

/*
 * Nothing of the answer has left yet: an error is said in its place, and the
 * connection ends with it.
 */
static enum transfer_state
say_failure(struct transfer *a, struct worker *w, int error)
{
	struct response r;
	size_t head_n;

	response_free(w, &a->r);
	w->out.n = 0;
	response_refuse(w, response_status(error), &r);
	head_n = w->out.n;
	if (!a->r.head_only)
		buf_put(&w->out, r.body.text);
	r.body.kind = BODY_NONE;
	a->r = r;
	set_span(a, w->out.p, w->out.n, head_n, w->out.n);
	add_note(a, error == ENOMEM ? "(no memory for the listing)" :
	    "(reading the folder failed)");
	return TRANSFER_SENT;
}

/*
 * The next piece of a body that is made while the socket drains.  It stands in
 * the output space between its chunk's line and end.
 */
static enum transfer_state
produce(struct transfer *a, struct worker *w)
{
	char *piece = w->out.p + PREFIX;
	struct buf prefix = buf_over(w->out.p, PREFIX);
	struct buf suffix = buf_over(piece, PIECE + SUFFIX);
	ssize_t got;

	if (a->r.head_open && a->kept == NULL)
		return say_failure(a, w, ENOMEM);
	got = gather(a, piece);
	if (got == -1 && errno == EAGAIN)
		return TRANSFER_WAITS;
	if (got == -1)
		return a->r.head_open ? say_failure(a, w, errno) :
		    TRANSFER_FAILED;
	put_prefix(a, w, &prefix, (size_t)got);
	if (prefix.full)
		return TRANSFER_FAILED;
	suffix.n = a->r.head_only ? 0 : (size_t)got;
	if (a->r.chunked_ok && !a->r.head_only) {
		if (got > 0)
			buf_lit(&suffix, "\r\n");
		if (a->produced)
			buf_lit(&suffix, "0\r\n\r\n");
	}
	if (a->r.head_only)
		a->produced = true;
	memmove(piece - prefix.n, prefix.p, prefix.n);
	set_span(a, piece - prefix.n, prefix.n + suffix.n, prefix.n,
	    prefix.n + (a->r.head_only ? 0 : (size_t)got));
	return TRANSFER_SENT;
}

static enum transfer_state
send_events(struct transfer *a, struct worker *w)
{
	/* A slow reader's share is not kept while there are no news. */
	if (a->kept != NULL)
		pool_put(w, a->kept);
	a->kept = NULL;
	w->out.n = 0;
	live_write_events(w->server->live, &a->r.body.since_ns, w->now_ns, &w->out);
	set_span(a, w->out.p, w->out.n, 0, w->out.n);
	return w->out.n > 0 ? TRANSFER_SENT : TRANSFER_WAITS;
}

static enum transfer_state
send_body(struct transfer *a, struct worker *w, int fd, size_t *share)
{
	if (a->r.body.kind == BODY_FILE)
		return send_part(a, w, fd, share);
	if (transfer_is_stream(a))
		return send_events(a, w);
	return produce(a, w);
}

static bool
is_done(const struct transfer *a)
{
	switch (a->r.body.kind) {
	case BODY_FILE:
		return a->part == a->r.body.part_count;
	case BODY_PRODUCER:
		return a->produced;
	case BODY_STREAM:
		return false;
	default:
		return true;
	}
}

/* A head that is still open waits for the first piece. */
static bool
has_span(const struct transfer *a)
{
	return !a->r.head_open && a->span.sent < a->span.n;
}

bool
transfer_is_stream(const struct transfer *a)
{
	return a->r.body.kind == BODY_STREAM;
}

bool
transfer_is_waiting_stream(const struct transfer *a)
{
	return transfer_is_stream(a) && !has_span(a);
}

void
transfer_heartbeat(struct transfer *a)
{
	static const char comment[] = ":\n\n";

	set_span(a, comment, sizeof(comment) - 1, 0, sizeof(comment) - 1);
}

enum transfer_state
transfer_send(struct transfer *a, struct worker *w, int fd, size_t *share)
{
	enum transfer_state state = TRANSFER_SENT;

	while (state == TRANSFER_SENT && (has_span(a) || !is_done(a))) {
		if (*share == 0)
			return TRANSFER_WAITS;
		state = has_span(a) ? send_span(a, fd, share) :
		    send_body(a, w, fd, share);
	}
	return state;
}

/* Does p point into the turn's output space? */
static bool
is_in_output(const struct worker *w, const char *p)
{
	return p >= w->out.p && p < w->out.p + w->out.cap;
}

static_assert(sizeof(struct transfer) <= 496, "fits the smallest buffer");

int
transfer_save(struct transfer *a, struct worker *w)
{
	struct span *s = &a->span;
	size_t left = s->n - s->sent;
	char *copy;

	if (left == 0 || !is_in_output(w, s->p))
		return 0;
	copy = pool_get(w, left);
	if (copy == NULL)
		return -1;
	memcpy(copy, s->p + s->sent, left);
	if (a->kept != NULL)
		pool_put(w, a->kept);
	a->kept = copy;
	s->body_from -= s->sent < s->body_from ? s->sent : s->body_from;
	s->body_to -= s->sent < s->body_to ? s->sent : s->body_to;
	s->p = copy;
	s->n = left;
	s->sent = 0;
	return 0;
}

struct transfer *
transfer_keep(struct transfer *a, struct worker *w)
{
	struct transfer *kept = (void *)pool_get(w, sizeof(*kept));

	if (kept == NULL)
		goto fail;
	if (transfer_save(a, w) == -1)
		goto return_kept;
	log_keep(&a->x);
	memcpy(kept, a, sizeof(*kept));
	w->server->shared->transfers += !transfer_is_stream(kept);
	return kept;

return_kept:
	pool_put(w, (char *)kept);
fail:
	transfer_finish(a, w);
	errno = ENOMEM;
	return NULL;
}

void
transfer_note_left(struct transfer *a, struct worker *w)
{
	struct buf *b = &w->scratch;
	size_t from = b->n;

	if (!w->server->notes || a->x.note.n > 0 || a->r.body.length <= 0 ||
	    a->r.body.kind == BODY_NONE)
		return;
	buf_lit(b, "(client left after ");
	buf_number(b, a->x.bytes * 100 / (uint64_t)a->r.body.length);
	buf_lit(b, "%)");
	a->x.note = buf_since(b, from);
}

void
transfer_finish(struct transfer *a, struct worker *w)
{
	a->x.ended_ns = worker_clock();
	a->x.ended_wall_ns = w->wall_ns + (a->x.ended_ns - w->now_ns);
	a->x.status = a->r.status;
	w->requests++;
	w->bytes += a->x.bytes;
	log_exchange(w->log, &a->x);
	log_release(&a->x);
	response_free(w, &a->r);
	if (a->kept != NULL)
		pool_put(w, a->kept);
	if (a->asked != NULL)
		pool_put(w, a->asked);
}

void
transfer_drop(struct transfer *a, struct worker *w)
{
	/* Finished, it is no stream any more. */
	w->server->shared->transfers -= !transfer_is_stream(a);
	transfer_finish(a, w);
	pool_put(w, (char *)a);
}
