#include "server/conn_usage.h"

#include "server/upload.h"

/* Is it between requests, or a stream?  Then closing it does no harm. */
static bool
is_idle(const struct conn *c)
{
	return (c->answer == NULL || transfer_is_stream(c->answer)) &&
	    c->in_n == 0 && c->upload == NULL;
}

/*
 * Is it an exchange with an application?  That may never reply, and a tunnel
 * may stay quiet.  While the client sends a body, it is not to blame.
 */
static bool
waits_for_application(const struct conn *c, const struct worker *w)
{
	return c->answer != NULL && c->answer->r.body.kind == BODY_UPSTREAM &&
	    (c->upload == NULL || (c->upload->tunnel &&
	    w->now_ns - c->started_ns >= w->server->timeout_ns));
}

enum evict_class
conn_evict_class(const struct conn *c, const struct worker *w, int64_t *rate)
{
	const struct transfer *t = c->answer;
	int64_t timeout_ns = w->server->timeout_ns;

	*rate = t != NULL ? t->rate : -1;
	if (c->queued)
		return EVICT_STAYS;
	if (c->want & CONN_WRITE || waits_for_application(c, w))
		return *rate < 0 || *rate >= EVICT_RATE ||
		    w->now_ns - t->entry.started_ns < timeout_ns ?
		    EVICT_STAYS : transfer_evict_class(t);
	if (is_idle(c))
		return EVICT_IDLE;
	/* Other sleeping transfers wait for the server, not for their clients.
	 * So does a request that needs a disk: it is spared until the
	 * timeout. */
	if (t != NULL || c->upload != NULL || c->held || (c->search != NULL &&
	    w->now_ns - c->started_ns < timeout_ns))
		return EVICT_STAYS;
	return EVICT_HEAD;
}

bool
conn_has_listing(const struct conn *c)
{
	return c->answer != NULL &&
	    transfer_evict_class(c->answer) == EVICT_LISTING;
}

size_t
conn_memory(const struct conn *c)
{
	size_t n = 0;

	if (c->owns_input)
		n += pool_size(c->in);
	if (c->upload != NULL)
		n += pool_size(c->upload);
	if (c->answer != NULL)
		n += transfer_memory(c->answer);
	return n + search_memory(c->search);
}

bool
conn_deny(struct conn *c)
{
	struct transfer *t = c->answer;

	if (t == NULL || !t->r.head_open || t->denied)
		return false;
	t->denied = true;
	return true;
}
