#include "server/answer_live.h"

#include <errno.h>

#include "server/answer_file.h"
#include "server/answer_page.h"
#include "server/builder.h"
#include "server/live_stream.h"
#include "server/note.h"
#include "server/reload.h"

/* A body without a length: it ends when the connection closes. */
static void
answer_stream(struct builder *rb)
{
	struct worker *w = rb->w;
	int64_t age_ns = reload_age_ms(rb->req->query) * 1000000;
	struct body *body = &rb->r->body;

	body->producer = live_stream_new(w->feed, w->now_ns - age_ns);
	if (body->producer == NULL) {
		answer_unreadable(rb, errno);
		return;
	}
	body->kind = BODY_PRODUCER;
	body->length = -1;
	rb->r->close = true;
	note_text(w, rb->r, SLICE("(live)"));
	builder_begin_head(rb, 200);
	builder_put_type(rb, "text/event-stream");
	builder_put_caching(rb, SLICE("no-store"));
	/* nginx would hold events back until its buffer is full. */
	buf_lit(&w->out, "X-Accel-Buffering: no\r\n");
	builder_end_head(rb);
}

static void
answer_script(struct builder *rb)
{
	struct buf *b = &rb->w->scratch;
	size_t start = b->n;

	reload_put_script(b, rb->req->path);
	builder_set_text(rb, buf_since(b, start));
	builder_begin_head(rb, 200);
	builder_put_type(rb, "text/javascript; charset=utf-8");
	builder_put_caching(rb, SLICE("no-store"));
	builder_put_length(&rb->w->out, rb->r->body.length);
	builder_end_head(rb);
}

bool
answer_live(struct builder *rb)
{
	bool script = reload_is_script(rb->url_path);

	if (!script && !slice_equal(rb->url_path, SLICE(RELOAD_PATH)))
		return false;
	/* A new stream would delay shutdown. */
	if (rb->w->server->shared->stopping)
		answer_error(rb, 503);
	else if (script)
		answer_script(rb);
	else
		answer_stream(rb);
	return true;
}
