#include "server/answer_key.h"

#include "server/answer_page.h"
#include "server/attempts.h"
#include "server/builder.h"
#include "server/cors.h"
#include "server/fields.h"
#include "server/key.h"
#include "server/note.h"
#include "server/page.h"

/* Read the keys of the request, count the wrong ones, use up the one-time
 * key. */
static enum key_decision
decide_by_key(struct builder *rb, struct page *page)
{
	const struct worker *w = rb->w;
	struct shared *shared = w->server->shared;
	bool once_left, limited = false;
	struct key_offer o;

	key_read(w->server->key, rb->req, rb->form, &o);
	once_left = o.once && o.navigates &&
	    w->now_ns < shared->once_until_ns &&
	    !atomic_exchange(&shared->once_used, true);
	if (o.wrongs > 0 && !o.key && !o.cookie && !once_left)
		limited = attempts_add(shared->attempts, rb->client, o.wrong,
		    o.wrongs, w->now_ns);
	if (o.wrongs > 0)
		page->reason = PAGE_WRONG_KEY;
	note_text(w, rb->r, limited ? SLICE("(too many wrong keys)") :
	    o.wrongs > 0 ? SLICE("(wrong key)") : SLICE("(no key)"));
	return key_decide(&o, once_left, limited);
}

static void
answer_with_cookie(struct builder *rb)
{
	struct buf *out = &rb->w->out, *scratch = &rb->w->scratch;
	size_t from = scratch->n;
	struct slice target;

	key_put_location(scratch, rb->req);
	target = buf_since(scratch, from);
	builder_begin_head(rb, 303);
	fields_put(rb->w->server, out, FIELDS_LOCATION, target);
	note_target(rb->w, rb->r, target);
	buf_lit(out, "Set-Cookie: ");
	key_put_cookie(out, rb->w->server->key);
	buf_lit(out, "\r\n");
	builder_put_caching(rb, SLICE("no-store"));
	builder_put_length(out, 0);
	builder_end_head(rb);
}

/* The path is not looked up, so the response does not reveal whether it
 * exists. */
bool
answer_without_key(struct builder *rb)
{
	struct page page = { .status = 401 };

	/* Browsers send no cookie with a preflight. */
	if (cors_is_preflight(rb->w->server->opt, rb->req))
		return false;
	switch (decide_by_key(rb, &page)) {
	case KEY_PASS:
		rb->r->note.n = 0;
		return false;
	case KEY_REDIRECT:
		answer_with_cookie(rb);
		break;
	case KEY_LIMIT:
		page = (struct page){ .status = 429 };
		answer_page(rb, &page);
		break;
	case KEY_REFUSE:
		answer_page(rb, &page);
		break;
	}
	return true;
}
