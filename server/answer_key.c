#include "server/answer_key.h"

#include "server/answer_page.h"
#include "server/attempts.h"
#include "server/builder.h"
#include "server/cors.h"
#include "server/key.h"
#include "server/note.h"
#include "server/page.h"

/* Read the keys of the request, count the wrong ones, use up the one-time
 * key. */
static enum key_decision
decide_by_key(struct builder *m, struct page *page)
{
	const struct worker *w = m->w;
	struct shared *shared = w->server->shared;
	bool once_left, limited = false;
	struct key_offer o;

	key_read(w->server->key, m->req, m->form, &o);
	once_left = o.once && o.navigates &&
	    w->now_ns < shared->once_until_ns &&
	    !atomic_exchange(&shared->once_used, true);
	if (o.wrongs > 0 && !o.key && !o.cookie && !once_left)
		limited = attempts_add(shared->attempts, m->client, o.wrong,
		    o.wrongs, w->now_ns);
	if (o.wrongs > 0)
		page->reason = PAGE_WRONG_KEY;
	note_text(w, m->r, limited ? SLICE("(too many wrong keys)") :
	    o.wrongs > 0 ? SLICE("(wrong key)") : SLICE("(no key)"));
	return key_decide(&o, once_left, limited);
}

static void
answer_with_cookie(struct builder *m)
{
	struct buf *out = &m->w->out;
	size_t from;

	builder_begin_head(m, 303);
	buf_lit(out, "Location: ");
	from = out->n;
	key_put_location(out, m->req);
	note_target(m->w, m->r, buf_since(out, from));
	buf_lit(out, "\r\nSet-Cookie: ");
	key_put_cookie(out, m->w->server->key);
	buf_lit(out, "\r\n");
	builder_put_caching(m, SLICE("no-store"));
	builder_put_length(out, 0);
	builder_end_head(m);
}

/* The path is not looked up, so the response does not reveal whether it
 * exists. */
bool
answer_without_key(struct builder *m)
{
	struct page page = { .status = 401 };

	/* Browsers send no cookie with a preflight. */
	if (cors_is_preflight(m->w->server->opt, m->req))
		return false;
	switch (decide_by_key(m, &page)) {
	case KEY_PASS:
		m->r->note.n = 0;
		return false;
	case KEY_REDIRECT:
		answer_with_cookie(m);
		break;
	case KEY_LIMIT:
		page = (struct page){ .status = 429 };
		answer_page(m, &page);
		break;
	case KEY_REFUSE:
		answer_page(m, &page);
		break;
	}
	return true;
}
