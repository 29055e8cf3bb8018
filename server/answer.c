#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/answer.h"
#include "server/live.h"

enum {
	PIECE = 64 << 10,	/* of a producer's body, gathered for a send */
	PREFIX = 32 << 10,	/* room before it for a head */
	SUFFIX = 16,		/* and behind it for the end of the chunks */
};

static_assert(PREFIX + PIECE + SUFFIX <= (int)TURN_OUTPUT, "a piece fits");
static_assert(PIECE >= (int)PRODUCER_PIECE, "a piece is enough for a producer");

static void
add_note(struct answer *a, const char *text)
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
has_more(const struct answer *a)
{
	return a->r.body.kind == BODY_FILE &&
	    a->part < a->r.body.part_count;
}

/* ANSWER_SENT: the span is out. */
static enum answer_state
send_span(struct answer *a, int fd, size_t *share)
{
	struct span *s = &a->span;
	ssize_t n = send(fd, s->p + s->sent, s->n - s->sent,
	    MSG_NOSIGNAL | (has_more(a) ? MSG_MORE : 0));

	if (n == -1)
		return errno == EAGAIN ? ANSWER_WAITS : ANSWER_FAILED;
	a->x.bytes += overlap(s->sent, s->sent + (size_t)n, s->body_from,
	    s->body_to);
	s->sent += (size_t)n;
	*share -= (size_t)n < *share ? (size_t)n : *share;
	return s->sent == s->n ? ANSWER_SENT : ANSWER_WAITS;
}

static void
set_span(struct answer *a, const char *p, size_t n, size_t body_from,
    size_t body_to)
{
	a->span = (struct span){
		.p = p, .n = n, .body_from = body_from, .body_to = body_to,
	};
}

/* Where sendfile(2) is not to be had: through the turn's output space. */
static enum answer_state
read_piece(struct answer *a, struct turn *t, off_t left)
{
	size_t want = left < PIECE ? (size_t)left : PIECE;
	ssize_t n = pread(a->r.body.file->fd, t->out.p, want, a->at);

	if (n <= 0) {
		add_note(a, n == 0 ? "(the file shrank)" :
		    "(reading the file failed)");
		return ANSWER_FAILED;
	}
	a->at += n;
	set_span(a, t->out.p, (size_t)n, 0, (size_t)n);
	return ANSWER_SENT;
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

static enum answer_state
send_from_file(struct answer *a, struct turn *t, int fd, off_t left,
    size_t *share)
{
	size_t want = (size_t)left < *share ? (size_t)left : *share;
	ssize_t n;

	if (a->no_sendfile)
		return read_piece(a, t, left);
	n = sendfile(fd, a->r.body.file->fd, &a->at, want);
	if (n > 0) {
		a->x.bytes += (uint64_t)n;
		*share -= (size_t)n;
		return (size_t)n == want ? ANSWER_SENT : ANSWER_WAITS;
	}
	if (n == 0) {
		add_note(a, "(the file shrank)");
		return ANSWER_FAILED;
	}
	if (errno == EAGAIN)
		return ANSWER_WAITS;
	if (errno == EINVAL || errno == ENOSYS) {
		a->no_sendfile = true;
		return ANSWER_SENT;
	}
	if (!is_socket_error(errno))
		add_note(a, "(reading the file failed)");
	return ANSWER_FAILED;
}

/* The next piece of a file: of the part's text, or of its bytes. */
static enum answer_state
send_part(struct answer *a, struct turn *t, int fd, size_t *share)
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
			return ANSWER_SENT;
		}
	}
	if (a->at > part->last) {
		a->part++;
		a->at = -1;
		return ANSWER_SENT;
	}
	return send_from_file(a, t, fd, part->last - a->at + 1, share);
}

/* Let the producer fill p[0..PIECE).  Its errors are in errno. */
static ssize_t
gather(struct answer *a, char *p)
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
answer_trace_later(struct answer *a, struct turn *t, struct slice asked)
{
	a->asked = turn_borrow(t, asked.n);
	if (a->asked == NULL)
		return;
	memcpy(a->asked, asked.p, asked.n);
	a->asked_n = (uint32_t)asked.n;
}

static void
trace_head(struct answer *a, struct turn *t, struct slice head)
{
	if (a->asked == NULL)
		return;
	log_trace_answer(t->log, (struct slice){ a->asked, a->asked_n }, head);
	log_flush(t->log);
	turn_return(t, a->asked);
	a->asked = NULL;
}

/* The rest of the head if it is still open, then the line of a chunk. */
static void
put_prefix(struct answer *a, struct turn *t, struct buf *b, size_t got)
{
	bool known = a->r.head_open && a->produced;

	if (a->r.head_open) {
		buf_add(b, a->kept, a->span.n);
		response_frame(b, &a->r, known ? (off_t)got : -1);
		trace_head(a, t, buf_slice(b));
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
static enum answer_state
say_failure(struct answer *a, struct turn *t, int error)
{
	struct response r;
	size_t head_n;

	response_free(t, &a->r);
	t->out.n = 0;
	response_refuse(t, response_status(error), &r);
	head_n = t->out.n;
	if (!a->r.head_only)
		buf_put(&t->out, r.body.text);
	r.body.kind = BODY_NONE;
	a->r = r;
	set_span(a, t->out.p, t->out.n, head_n, t->out.n);
	add_note(a, error == ENOMEM ? "(no memory for the listing)" :
	    "(reading the folder failed)");
	return ANSWER_SENT;
}

/*
 * The next piece of a body that is made while the socket drains.  It stands in
 * the output space between its chunk's line and end.
 */
static enum answer_state
produce(struct answer *a, struct turn *t)
{
	char *piece = t->out.p + PREFIX;
	struct buf prefix = buf_over(t->out.p, PREFIX);
	struct buf suffix = buf_over(piece, PIECE + SUFFIX);
	ssize_t got;

	if (a->r.head_open && a->kept == NULL)
		return say_failure(a, t, ENOMEM);
	got = gather(a, piece);
	if (got == -1 && errno == EAGAIN)
		return ANSWER_WAITS;
	if (got == -1)
		return a->r.head_open ? say_failure(a, t, errno) :
		    ANSWER_FAILED;
	put_prefix(a, t, &prefix, (size_t)got);
	if (prefix.full)
		return ANSWER_FAILED;
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
	return ANSWER_SENT;
}

static enum answer_state
send_news(struct answer *a, struct turn *t)
{
	/* A slow reader's share is not kept while there are no news. */
	if (a->kept != NULL)
		turn_return(t, a->kept);
	a->kept = NULL;
	t->out.n = 0;
	live_news(t->server->live, &a->r.body.since_ns, t->now_ns, &t->out);
	set_span(a, t->out.p, t->out.n, 0, t->out.n);
	return t->out.n > 0 ? ANSWER_SENT : ANSWER_WAITS;
}

static enum answer_state
send_body(struct answer *a, struct turn *t, int fd, size_t *share)
{
	if (a->r.body.kind == BODY_FILE)
		return send_part(a, t, fd, share);
	if (answer_is_stream(a))
		return send_news(a, t);
	return produce(a, t);
}

static bool
is_done(const struct answer *a)
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
has_span(const struct answer *a)
{
	return !a->r.head_open && a->span.sent < a->span.n;
}

bool
answer_is_stream(const struct answer *a)
{
	return a->r.body.kind == BODY_STREAM;
}

bool
answer_awaits_news(const struct answer *a)
{
	return answer_is_stream(a) && !has_span(a);
}

void
answer_beat(struct answer *a)
{
	static const char comment[] = ":\n\n";

	set_span(a, comment, sizeof(comment) - 1, 0, sizeof(comment) - 1);
}

enum answer_state
answer_send(struct answer *a, struct turn *t, int fd, size_t *share)
{
	enum answer_state state = ANSWER_SENT;

	while (state == ANSWER_SENT && (has_span(a) || !is_done(a))) {
		if (*share == 0)
			return ANSWER_WAITS;
		state = has_span(a) ? send_span(a, fd, share) :
		    send_body(a, t, fd, share);
	}
	return state;
}

/* Does p point into the turn's output space? */
static bool
is_in_output(const struct turn *t, const char *p)
{
	return p >= t->out.p && p < t->out.p + t->out.cap;
}

static_assert(sizeof(struct answer) <= 496, "fits the smallest buffer");

int
answer_save(struct answer *a, struct turn *t)
{
	struct span *s = &a->span;
	size_t left = s->n - s->sent;
	char *copy;

	if (left == 0 || !is_in_output(t, s->p))
		return 0;
	copy = turn_borrow(t, left);
	if (copy == NULL)
		return -1;
	memcpy(copy, s->p + s->sent, left);
	if (a->kept != NULL)
		turn_return(t, a->kept);
	a->kept = copy;
	s->body_from -= s->sent < s->body_from ? s->sent : s->body_from;
	s->body_to -= s->sent < s->body_to ? s->sent : s->body_to;
	s->p = copy;
	s->n = left;
	s->sent = 0;
	return 0;
}

struct answer *
answer_keep(struct answer *a, struct turn *t)
{
	struct answer *kept = (void *)turn_borrow(t, sizeof(*kept));

	if (kept == NULL)
		goto fail;
	if (answer_save(a, t) == -1)
		goto return_kept;
	log_keep(&a->x);
	memcpy(kept, a, sizeof(*kept));
	t->server->shared->transfers += !answer_is_stream(kept);
	return kept;

return_kept:
	turn_return(t, (char *)kept);
fail:
	answer_finish(a, t);
	errno = ENOMEM;
	return NULL;
}

void
answer_note_left(struct answer *a, struct turn *t)
{
	struct buf *b = &t->scratch;
	size_t from = b->n;

	if (!t->server->notes || a->x.note.n > 0 || a->r.body.length <= 0 ||
	    a->r.body.kind == BODY_NONE)
		return;
	buf_lit(b, "(client left after ");
	buf_number(b, a->x.bytes * 100 / (uint64_t)a->r.body.length);
	buf_lit(b, "%)");
	a->x.note = buf_since(b, from);
}

void
answer_finish(struct answer *a, struct turn *t)
{
	a->x.ended_ns = turn_clock();
	a->x.ended_wall_ns = t->wall_ns + (a->x.ended_ns - t->now_ns);
	a->x.status = a->r.status;
	t->requests++;
	t->bytes += a->x.bytes;
	log_exchange(t->log, &a->x);
	log_release(&a->x);
	response_free(t, &a->r);
	if (a->kept != NULL)
		turn_return(t, a->kept);
	if (a->asked != NULL)
		turn_return(t, a->asked);
}

void
answer_drop(struct answer *a, struct turn *t)
{
	/* Finished, it is no stream any more. */
	t->server->shared->transfers -= !answer_is_stream(a);
	answer_finish(a, t);
	turn_return(t, (char *)a);
}
