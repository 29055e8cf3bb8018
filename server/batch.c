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

static struct answer
begin_answer(const struct turn *t, const struct mark *m,
    const struct response *r)
{
	return (struct answer){
		.x = m->x, .r = *r, .at = -1, .queued = INT_MAX,
		.moved_ns = t->now_ns,
	};
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

void
batch_put(struct batch *b, struct turn *t, struct response *r, size_t head_at)
{
	struct mark *m = &b->mark[b->n - 1];
	struct body *body = &r->body;

	m->status = r->status;
	m->close = r->close;
	m->linger = r->linger;
	m->x.note = r->note;
	m->head_end = t->out.n;
	if (body->kind == BODY_MEMORY)
		buf_put(&t->out, body->text);
	if (body->kind == BODY_FILE && body->parts == NULL &&
	    resource_is_whole(body->file)) {
		const struct part *part = body->whole;

		buf_add(&t->out, body->file->start.p + part->first,
		    (size_t)(part->last - part->first + 1));
		buf_put(&t->out, part[1].text);
		response_free(t, r);
	}
	m->out_end = t->out.n;
	if (body->kind == BODY_FILE || body->kind == BODY_PRODUCER ||
	    body->kind == BODY_STREAM) {
		b->last = begin_answer(t, m, r);
		b->has_last = b->full = true;
	}
	if (body->kind == BODY_PRODUCER)
		hold_head(b, t, m, head_at);
	if (r->close)
		b->full = true;
}

/* The line of an answer that has left whole. */
static void
finish_mark(struct turn *t, struct mark *m, int64_t ended_ns)
{
	struct exchange *x = &m->x;

	x->status = m->status;
	x->bytes = m->out_end - m->head_end;
	x->ended_ns = ended_ns;
	x->ended_wall_ns = t->wall_ns + (ended_ns - t->now_ns);
	t->requests++;
	t->bytes += x->bytes;
	log_exchange(t->log, x);
}

static void
drop_last(struct batch *b, struct turn *t)
{
	if (!b->has_last)
		return;
	response_free(t, &b->last.r);
	if (b->last.kept != NULL)
		turn_return(t, b->last.kept);
	if (b->last.asked != NULL)
		turn_return(t, b->last.asked);
	b->has_last = false;
}

/* The answer of mark i, of which the socket took the output up to sent. */
static struct answer
cut(struct batch *b, struct turn *t, int i, size_t sent)
{
	const struct mark *m = &b->mark[i];
	size_t from = i > 0 ? b->mark[i - 1].out_end : 0;
	struct answer a;

	if (i == b->n - 1 && b->has_last) {
		a = b->last;
	} else {
		drop_last(b, t);
		a = begin_answer(t, m, &(struct response){
			.status = m->status, .close = m->close,
			.linger = m->linger,
		});
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
	return a;
}

enum answer_state
batch_send(struct batch *b, struct turn *t, int fd, size_t *share,
    struct answer *a)
{
	/* What follows at once shares a segment: a file, or the FIN. */
	bool more = b->has_last ? b->last.r.body.kind == BODY_FILE :
	    b->n > 0 && b->mark[b->n - 1].close;
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
