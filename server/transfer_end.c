/* The end of a transfer, declared in transfer.h: its note and its log line. */
#include "server/transfer.h"

#include "server/builder.h"
#include "server/progress.h"
#include "server/reader.h"
#include "server/upstream.h"

/* Only a body of known length has a percentage. */
static void
put_percent(struct buf *b, const char *before, const struct transfer *t)
{
	if (t->r.body.length > 0) {
		buf_text(b, before);
		buf_number(b,
		    t->entry.bytes * 100 / (uint64_t)t->r.body.length);
		buf_byte(b, '%');
	}
	buf_byte(b, ')');
}

/* Streams and tunnels end whenever the client likes. */
static bool
has_end(const struct transfer *t)
{
	if (t->r.body.kind == BODY_PRODUCER)
		return !transfer_is_stream(t);
	return t->r.body.length > 0 && t->r.body.kind != BODY_NONE;
}

/* The note that t has already, before another one. */
static void
put_note(struct buf *b, const struct transfer *t)
{
	struct slice note = t->entry.note;

	if (note.n == 0 && t->r.body.kind == BODY_PRODUCER)
		note = t->r.body.producer->note;
	if (note.n > 0) {
		buf_put(b, note);
		buf_lit(b, "  ");
	}
}

void
transfer_note_end(struct transfer *t, struct worker *w, enum transfer_end end)
{
	struct buf *b = &w->scratch;
	size_t from = b->n;

	/* As nginx, if the application has not replied yet. */
	if (t->r.status == 0 && end == TRANSFER_LEFT)
		t->r.status = 499;
	if (!w->server->notes || t->explained ||
	    (!has_end(t) && end != TRANSFER_EVICTED))
		return;
	put_note(b, t);
	switch (end) {
	case TRANSFER_LEFT:
		buf_lit(b, "(client left");
		put_percent(b, " after ", t);
		break;
	case TRANSFER_STOPPED:
		buf_lit(b, "(stopped by ");
		buf_text(b, w->server->shared->stopped_by);
		put_percent(b, " at ", t);
		break;
	case TRANSFER_EVICTED:
		buf_lit(b, "(made room for others after ");
		log_duration(b, clock_monotonic() - t->entry.started_ns);
		buf_byte(b, ')');
	}
	t->entry.note = buf_since(b, from);
}

/* Count as a server error?  501 and 505 are caused by the request. */
static bool
is_failure(int status)
{
	return status >= 500 && status != 501 && status != 505;
}

void
transfer_name_upstream(struct transfer *t)
{
	t->entry.upstream = upstream_url(t->r.body.upstream);
	t->entry.upstream_ns = upstream_duration(t->r.body.upstream);
}

void
transfer_finish(struct transfer *t, struct worker *w, int64_t ended_ns)
{
	t->entry.ended_ns = ended_ns;
	t->entry.ended_wall_ns = w->wall_ns + (ended_ns - w->now_ns);
	if (t->r.status == 0)
		t->r.status = 503;
	t->entry.status = t->r.status;
	t->entry.complete = transfer_is_done(t);
	w->totals.requests++;
	w->totals.bytes += t->entry.bytes;
	w->totals.not_found += t->r.status == 404;
	w->totals.failed += is_failure(t->r.status);
	if (t->r.body.kind == BODY_UPSTREAM)
		transfer_name_upstream(t);
	if (t->r.body.kind == BODY_PRODUCER && t->entry.note.n == 0)
		t->entry.note = t->r.body.producer->note;
	log_add(w->log, &t->entry);
	if (t->entry.kept != NULL)
		log_release(&t->entry, &w->server->shared->budget);
	if (t->has_reader)
		reader_free(t->reader, w);
	builder_free_body(w, &t->r);
	pool_put(&w->pool, t->saved);
}

void
transfer_drop(struct transfer *t, struct worker *w)
{
	/* Do this before transfer_finish(), which clears the body's kind. */
	w->server->shared->transfers -= !transfer_is_stream(t);
	if (t->progress != NULL)
		progress_end(w->server->shared->progress,
		    &w->server->shared->budget, t->progress);
	transfer_finish(t, w, worker_log_clock(w));
	pool_put(&w->pool, t);
}
