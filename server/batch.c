#include "server/batch.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "server/builder.h"

/*
 * The head cannot be completed before the producer has made the first piece of
 * the body.  Save it until then, behind the head of the request if that is to
 * be traced.
 */
static void
hold_head(struct transfer *t, struct worker *w, size_t head_at,
    struct slice request)
{
	size_t head_n = w->out.n - head_at;
	size_t traced_n = w->server->opt->trace == TRACE_CURL ? request.n : 0;
	struct span span = { .n = head_n };

	t->saved = pool_get(&w->pool, traced_n + head_n);
	if (t->saved != NULL) {
		memcpy(t->saved, request.p, traced_n);
		span.p = memcpy(t->saved + traced_n, w->out.p + head_at,
		    head_n);
	}
	w->out.n = head_at;
	t->span = span;
}

/* For the log.  All lines of our own heads end in CR LF. */
static void
record_sent_fields(struct transfer *t, struct slice head)
{
	struct slice encoding = SLICE("Content-Encoding: ");
	struct slice range = SLICE("Content-Range: ");
	const char *end;

	while ((end = memchr(head.p, '\n', head.n)) != NULL) {
		struct slice line = slice_between(head.p, end - 1);

		head = slice_skip(head, line.n + 2);
		if (line.n == 0 || line.p[0] != 'C')
			continue;
		if (slice_starts(line, encoding))
			t->entry.encoding = slice_skip(line, encoding.n);
		else if (slice_starts(line, range))
			t->entry.range = slice_skip(line, range.n);
	}
}

/* Append the body, with all parts, if it is a small file in memory. */
static bool
copy_file(struct transfer *t, struct buf *out)
{
	const struct body *body = &t->r.body;

	if (body->kind != BODY_FILE || body->parts != NULL ||
	    !resource_is_whole(body->file))
		return false;
	for (const struct part *part = body->whole;
	    part < body->whole + body->part_count; part++) {
		if (part->text.n > 0)
			buf_put(out, part->text);
		buf_add(out, body->file->start.p + part->first,
		    (size_t)part_file_bytes(part));
	}
	t->part = body->part_count;
	return true;
}

void
batch_complete(struct batch *b, struct worker *w, size_t head_at,
    struct slice request)
{
	struct transfer *t = &b->transfer[b->n - 1];
	size_t from = b->out_n, head_end = w->out.n;

	t->entry.note = t->r.note;
	transfer_begin(t, w);
	if (t->r.close)
		b->full = true;
	if (t->r.head_open) {
		hold_head(t, w, head_at, request);
		b->full = true;
		return;
	}
	if (w->server->logs_fields)
		record_sent_fields(t, (struct slice){
		    w->out.p + head_at, head_end - head_at });
	if (t->r.body.kind == BODY_MEMORY)
		buf_put(&w->out, t->r.body.text);
	else if (!copy_file(t, &w->out) &&
	    !transfer_is_body_done(t))
		b->full = true;
	t->span = (struct span){
		.p = w->out.p + from, .n = w->out.n - from,
		.body_from = head_end - from, .body_to = w->out.n - from,
	};
	b->out_n = w->out.n;
	if (w->server->opt->trace != TRACE_OFF)
		log_trace_answer(w->log, request, (struct slice){
		    w->out.p + head_at, head_end - head_at });
}

/* Drop the transfers from i on: their requests will be parsed again. */
static void
drop_from(struct batch *b, struct worker *w, int i)
{
	for (int k = i; k < b->n; k++) {
		builder_free_body(w, &b->transfer[k].r);
		pool_put(&w->pool, b->transfer[k].saved);
	}
	b->n = i;
}

/* The socket took sent bytes: finish the transfers that are complete. */
static enum transfer_state
finish_sent(struct batch *b, struct worker *w, size_t sent)
{
	int64_t now = worker_log_clock(w);

	for (int i = 0; i < b->n; i++) {
		struct transfer *t = &b->transfer[i];
		size_t n = t->span.n < sent ? t->span.n : sent;

		if (!t->r.head_open)
			t->span.sent = n;
		if (!t->r.head_open && n > t->span.body_from)
			t->entry.bytes = n - t->span.body_from;
		if (n < t->span.n || !transfer_is_body_done(t)) {
			transfer_return_to_file(t);
			drop_from(b, w, i + 1);
			return TRANSFER_WAITS;
		}
		sent -= n;
		transfer_finish(t, w, now);
	}
	return TRANSFER_SENT;
}

/* Does a file or the FIN follow at once?  Then MSG_MORE saves a segment. */
static bool
has_more(const struct batch *b)
{
	const struct transfer *last;

	if (b->n == 0)
		return false;
	last = &b->transfer[b->n - 1];
	return transfer_has_more(last) || (last->r.close &&
	    !last->r.head_open && !transfer_is_stream(last));
}

enum transfer_state
batch_send(struct batch *b, struct worker *w, int fd, size_t *quota)
{
	bool failed = false;
	ssize_t n = 0;

	if (w->server->opt->trace != TRACE_OFF)
		log_flush(w->log);
	if (w->out.n > 0)
		n = send(fd, w->out.p, w->out.n,
		    MSG_NOSIGNAL | (has_more(b) ? MSG_MORE : 0));
	if (n == -1) {
		failed = errno != EAGAIN;
		n = 0;
	}
	*quota -= (size_t)n < *quota ? (size_t)n : *quota;
	/* Drop a 100 (Continue) that does not fit: clients wait for it only for
	 * a while.  A partial one cannot be completed, so fail. */
	if (b->n == 0)
		return failed || (n > 0 && (size_t)n < w->out.n) ?
		    TRANSFER_FAILED : TRANSFER_SENT;
	if (failed) {
		finish_sent(b, w, 0);
		return TRANSFER_FAILED;
	}
	return finish_sent(b, w, (size_t)n);
}
