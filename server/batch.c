#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#include "server/batch.h"

void
batch_begin(struct batch *b, struct turn *t)
{
	t->out.n = t->scratch.n = 0;
	b->n = 0;
	b->has_last = b->full = false;
}

bool
batch_has_room(const struct batch *b, const struct turn *t)
{
	/* With -v each request is shown before its answer is sent, and none
	 * twice: a batch that is cut short is begun again from its input. */
	int most = t->server->opt->trace != TRACE_OFF ? 1 : BATCH_MAX;

	return !b->full && b->n < most &&
	    t->out.cap - t->out.n >= RESPONSE_OUTPUT &&
	    t->scratch.cap - t->scratch.n >= RESPONSE_SCRATCH;
}

struct mark *
batch_add(struct batch *b, size_t in_end)
{
	struct mark *m = &b->mark[b->n++];

	m->in_end = in_end;
	return m;
}

/* An answer that takes over the response of m. */
static struct answer
answer_of(const struct turn *t, struct mark *m)
{
	struct answer a = {
		.x = m->x, .r = m->r, .at = -1, .queued = INT_MAX,
		.moved_ns = t->now_ns,
	};

	m->r.body.kind = BODY_NONE;
	return a;
}

/* The head of a producer's body waits for its first piece. */
static void
hold_head(struct batch *b, struct turn *t, struct mark *m, size_t head_at)
{
	size_t n = t->out.n - head_at;

	b->last.kept = turn_borrow(t, n);
	if (b->last.kept != NULL)
		memcpy(b->last.kept, t->out.p + head_at, n);
	b->last.span = (struct span){ .p = b->last.kept, .n = n };
	t->out.n = m->head_end = m->out_end = head_at;
}

/* Is the body a file, or a part of one, that has been read? */
static bool
is_read(const struct body *body)
{
	return body->kind == BODY_FILE && body->parts == NULL &&
	    resource_is_whole(body->file);
}

void
batch_put(struct batch *b, struct turn *t, size_t head_at)
{
	struct mark *m = &b->mark[b->n - 1];
	const struct body *body = &m->r.body;
	const struct part *part = body->whole;

	m->x.note = m->r.note;
	m->head_end = t->out.n;
	if (body->kind == BODY_MEMORY) {
		buf_put(&t->out, body->text);
	} else if (is_read(body)) {
		buf_add(&t->out, body->file->start.p + part->first,
		    (size_t)(part->last - part->first + 1));
		buf_put(&t->out, part[1].text);
	} else if (body->kind != BODY_NONE) {
		b->has_last = b->full = true;
	}
	m->out_end = t->out.n;
	if (b->has_last) {
		b->last = answer_of(t, m);
		if (b->last.r.body.kind == BODY_PRODUCER)
			hold_head(b, t, m, head_at);
	}
	if (m->r.close)
		b->full = true;
}

/* The line of an answer that has left whole. */
static void
finish_mark(struct turn *t, struct mark *m, int64_t ended_ns)
{
	struct exchange *x = &m->x;

	x->status = m->r.status;
	x->bytes = m->out_end - m->head_end;
	x->ended_ns = ended_ns;
	x->ended_wall_ns = t->wall_ns + (ended_ns - t->now_ns);
	t->requests++;
	t->bytes += x->bytes;
	log_exchange(t->log, x);
	response_free(t, &m->r);
}

/* Those from mark i on are not answered: their requests are read again. */
static void
give_up(struct batch *b, struct turn *t, int i)
{
	for (; i < b->n; i++)
		response_free(t, &b->mark[i].r);
	if (!b->has_last)
		return;
	response_free(t, &b->last.r);
	if (b->last.kept != NULL)
		turn_return(t, b->last.kept);
	if (b->last.asked != NULL)
		turn_return(t, b->last.asked);
	b->has_last = false;
}

/*
 * The body of a, of which so many bytes are out, has been copied behind its
 * head.  The rest comes from the file: a client that takes its time is to hold
 * a descriptor, not a copy.
 */
static void
leave_to_file(struct answer *a, size_t out)
{
	const struct part *part = a->r.body.whole, *tail = part + 1;
	size_t n = (size_t)(part->last - part->first + 1);

	a->at = part->first + (off_t)out;
	if (out == 0) {
		a->span.n = a->span.body_to = a->span.body_from;
	} else if (out <= n) {
		a->span = (struct span){ 0 };
	} else {
		a->part = a->r.body.part_count;
		a->span = (struct span){
			.p = tail->text.p, .n = tail->text.n,
			.sent = out - n, .body_to = tail->text.n,
		};
	}
}

/* The answer of mark i, of which the socket took the output up to sent. */
static struct answer
cut(struct batch *b, struct turn *t, int i, size_t sent)
{
	struct mark *m = &b->mark[i];
	size_t from = i > 0 ? b->mark[i - 1].out_end : 0;
	struct answer a;

	if (i == b->n - 1 && b->has_last) {
		a = b->last;
	} else {
		a = answer_of(t, m);
		give_up(b, t, i + 1);
	}
	b->n = i + 1;
	if (a.r.head_open)
		return a;
	if (sent > m->head_end)
		a.x.bytes = sent - m->head_end;
	a.span = (struct span){
		.p = t->out.p + from, .n = m->out_end - from,
		.sent = sent > from ? sent - from : 0,
		.body_from = m->head_end - from, .body_to = m->out_end - from,
	};
	if (is_read(&a.r.body))
		leave_to_file(&a, a.x.bytes);
	return a;
}

enum answer_state
batch_send(struct batch *b, struct turn *t, int fd, size_t *share,
    struct answer *a)
{
	/* What follows at once shares a segment: a file, or the FIN. */
	bool more = b->has_last ? b->last.r.body.kind == BODY_FILE :
	    b->n > 0 && b->mark[b->n - 1].r.close;
	bool failed = false;
	ssize_t n = 0;
	int64_t now;
	int i = 0;

	if (t->server->opt->trace != TRACE_OFF)
		log_flush(t->log);
	if (t->out.n > 0)
		n = send(fd, t->out.p, t->out.n,
		    MSG_NOSIGNAL | (more ? MSG_MORE : 0));
	if (n == -1) {
		failed = errno != EAGAIN;
		n = 0;
	}
	*share -= (size_t)n < *share ? (size_t)n : *share;
	/* A 100 (Continue) for which there is no room is left out, as no client
	 * waits for it for ever; the rest of one is kept by nobody. */
	if (b->n == 0)
		return failed || (n > 0 && (size_t)n < t->out.n) ?
		    ANSWER_FAILED : ANSWER_SENT;
	now = turn_clock();
	while (i < b->n && b->mark[i].out_end <= (size_t)n &&
	    !(b->has_last && i == b->n - 1))
		finish_mark(t, &b->mark[i++], now);
	if (i == b->n)
		return ANSWER_SENT;
	*a = cut(b, t, i, (size_t)n);
	return failed ? ANSWER_FAILED : ANSWER_WAITS;
}
