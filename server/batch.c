#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#include "server/batch.h"

void
batch_begin(struct batch *b, struct worker *w)
{
	w->out.n = w->scratch.n = 0;
	b->n = 0;
	b->has_last = b->full = false;
}

bool
batch_has_room(const struct batch *b, const struct worker *w)
{
	/* With -v each request is shown before its answer is sent, and none
	 * twice: a batch that is cut short is begun again from its input. */
	int most = w->server->opt->trace != TRACE_OFF ? 1 : BATCH_MAX;

	return !b->full && b->n < most &&
	    w->out.cap - w->out.n >= RESPONSE_OUTPUT &&
	    w->scratch.cap - w->scratch.n >= RESPONSE_SCRATCH;
}

struct mark *
batch_add(struct batch *b, size_t in_end)
{
	struct mark *m = &b->mark[b->n++];

	m->in_end = in_end;
	return m;
}

/* An answer that takes over the response of m. */
static struct transfer
answer_of(const struct worker *w, struct mark *m)
{
	struct transfer a = {
		.x = m->x, .r = m->r, .at = -1, .queued = INT_MAX,
		.moved_ns = w->now_ns,
	};

	m->r.body.kind = BODY_NONE;
	return a;
}

/* The head of a producer's body waits for its first piece. */
static void
hold_head(struct batch *b, struct worker *w, struct mark *m, size_t head_at)
{
	size_t n = w->out.n - head_at;

	b->last.kept = pool_get(w, n);
	if (b->last.kept != NULL)
		memcpy(b->last.kept, w->out.p + head_at, n);
	b->last.span = (struct span){ .p = b->last.kept, .n = n };
	w->out.n = m->head_end = m->out_end = head_at;
}

/* Is the body a file, or a part of one, that has been read? */
static bool
is_read(const struct body *body)
{
	return body->kind == BODY_FILE && body->parts == NULL &&
	    resource_is_whole(body->file);
}

void
batch_put(struct batch *b, struct worker *w, size_t head_at)
{
	struct mark *m = &b->mark[b->n - 1];
	const struct body *body = &m->r.body;
	const struct part *part = body->whole;

	m->x.note = m->r.note;
	m->head_end = w->out.n;
	if (body->kind == BODY_MEMORY) {
		buf_put(&w->out, body->text);
	} else if (is_read(body)) {
		buf_add(&w->out, body->file->start.p + part->first,
		    (size_t)(part->last - part->first + 1));
		buf_put(&w->out, part[1].text);
	} else if (body->kind != BODY_NONE) {
		b->has_last = b->full = true;
	}
	m->out_end = w->out.n;
	if (b->has_last) {
		b->last = answer_of(w, m);
		if (b->last.r.body.kind == BODY_PRODUCER)
			hold_head(b, w, m, head_at);
	}
	if (m->r.close)
		b->full = true;
}

/* The line of an answer that has left whole. */
static void
finish_mark(struct worker *w, struct mark *m, int64_t ended_ns)
{
	struct exchange *x = &m->x;

	x->status = m->r.status;
	x->bytes = m->out_end - m->head_end;
	x->ended_ns = ended_ns;
	x->ended_wall_ns = w->wall_ns + (ended_ns - w->now_ns);
	w->requests++;
	w->bytes += x->bytes;
	log_exchange(w->log, x);
	response_free(w, &m->r);
}

/* Those from mark i on are not answered: their requests are read again. */
static void
give_up(struct batch *b, struct worker *w, int i)
{
	for (; i < b->n; i++)
		response_free(w, &b->mark[i].r);
	if (!b->has_last)
		return;
	response_free(w, &b->last.r);
	if (b->last.kept != NULL)
		pool_put(w, b->last.kept);
	if (b->last.asked != NULL)
		pool_put(w, b->last.asked);
	b->has_last = false;
}

/*
 * The body of a, of which so many bytes are out, has been copied behind its
 * head.  The rest comes from the file: a client that takes its time is to hold
 * a descriptor, not a copy.
 */
static void
leave_to_file(struct transfer *a, size_t out)
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
static struct transfer
cut(struct batch *b, struct worker *w, int i, size_t sent)
{
	struct mark *m = &b->mark[i];
	size_t from = i > 0 ? b->mark[i - 1].out_end : 0;
	struct transfer a;

	if (i == b->n - 1 && b->has_last) {
		a = b->last;
	} else {
		a = answer_of(w, m);
		give_up(b, w, i + 1);
	}
	b->n = i + 1;
	if (a.r.head_open)
		return a;
	if (sent > m->head_end)
		a.x.bytes = sent - m->head_end;
	a.span = (struct span){
		.p = w->out.p + from, .n = m->out_end - from,
		.sent = sent > from ? sent - from : 0,
		.body_from = m->head_end - from, .body_to = m->out_end - from,
	};
	if (is_read(&a.r.body))
		leave_to_file(&a, a.x.bytes);
	return a;
}

enum transfer_state
batch_send(struct batch *b, struct worker *w, int fd, size_t *share,
    struct transfer *a)
{
	/* What follows at once shares a segment: a file, or the FIN. */
	bool more = b->has_last ? b->last.r.body.kind == BODY_FILE :
	    b->n > 0 && b->mark[b->n - 1].r.close;
	bool failed = false;
	ssize_t n = 0;
	int64_t now;
	int i = 0;

	if (w->server->opt->trace != TRACE_OFF)
		log_flush(w->log);
	if (w->out.n > 0)
		n = send(fd, w->out.p, w->out.n,
		    MSG_NOSIGNAL | (more ? MSG_MORE : 0));
	if (n == -1) {
		failed = errno != EAGAIN;
		n = 0;
	}
	*share -= (size_t)n < *share ? (size_t)n : *share;
	/* A 100 (Continue) for which there is no room is left out, as no client
	 * waits for it for ever; the rest of one is kept by nobody. */
	if (b->n == 0)
		return failed || (n > 0 && (size_t)n < w->out.n) ?
		    TRANSFER_FAILED : TRANSFER_SENT;
	now = worker_clock();
	while (i < b->n && b->mark[i].out_end <= (size_t)n &&
	    !(b->has_last && i == b->n - 1))
		finish_mark(w, &b->mark[i++], now);
	if (i == b->n)
		return TRANSFER_SENT;
	*a = cut(b, w, i, (size_t)n);
	return failed ? TRANSFER_FAILED : TRANSFER_WAITS;
}
