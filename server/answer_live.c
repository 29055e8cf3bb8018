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
answer_stream(struct builder *m)
{
	struct worker *w = m->w;
	int64_t age_ns = reload_age_ms(m->req->query) * 1000000;
	struct body *body = &m->r->body;

	body->producer = live_stream_new(w->feed, w->now_ns - age_ns);
	if (body->producer == NULL) {
		answer_unreadable(m, errno);
		return;
	}
	body->kind = BODY_PRODUCER;
	m->r->close = true;
	note_text(w, m->r, SLICE("(live)"));
	builder_begin_head(m, 200);
	builder_put_type(m, "text/event-stream");
	builder_put_caching(m, SLICE("no-store"));
	/* nginx would hold events back until its buffer is full. */
	buf_lit(&m->w->out, "X-Accel-Buffering: no\r\n");
	builder_end_head(m);
}

static void
answer_script(struct builder *m)
{
	struct buf *b = &m->w->scratch;
	size_t start = b->n;

	reload_put_script(b, m->req->path);
	builder_set_text(m, buf_since(b, start));
	builder_begin_head(m, 200);
	builder_put_type(m, "text/javascript; charset=utf-8");
	builder_put_caching(m, SLICE("no-store"));
	builder_put_length(&m->w->out, m->r->body.length);
	builder_end_head(m);
}

bool
answer_live(struct builder *m)
{
	bool script = reload_is_script(m->url_path);

	if (!script && !slice_equal(m->url_path, SLICE(RELOAD_PATH)))
		return false;
	/* A new stream would delay shutdown. */
	if (m->w->server->shared->stopping)
		answer_error(m, 503);
	else if (script)
		answer_script(m);
	else
		answer_stream(m);
	return true;
}
