#include "server/balance.h"

/* A new connection moves only to a loop that has fewer by more than this number
 * and an eighth. */
enum { SLACK = 8 };

void
balance_join(struct loop *l,
    void (*ready)(struct source *s, struct worker *w, uint32_t events))
{
	pthread_mutex_init(&l->arrivals.lock, NULL);
	l->arrivals.source.ready = ready;
	l->arrivals.open = true;
}

void
balance_leave(struct loop *l)
{
	pthread_mutex_lock(&l->arrivals.lock);
	l->arrivals.open = false;
	pthread_mutex_unlock(&l->arrivals.lock);
}

void
balance_free(struct loop *l)
{
	pthread_mutex_destroy(&l->arrivals.lock);
}

void
balance_count(struct loop *l, int n)
{
	l->arrivals.conns += n;
}

/* Compare with one other loop, a different one each time: the counts become
 * even, and it costs the same with many loops. */
struct loop *
balance_find(struct loop *l, bool is_new)
{
	const struct loop_config *config = l->config;
	struct loop *peer;
	long other;

	do {
		l->peer = (l->peer + 1) % config->loop_count;
		peer = config->loops[l->peer];
	} while (peer == l);
	other = peer->arrivals.conns;
	if (is_new)
		other += SLACK + other / 8;
	return l->arrivals.conns > other ? peer : NULL;
}

/* The socket can be written to, so epoll wakes peer at once.  The lock makes
 * peer wait until *c is stored. */
bool
balance_give(struct loop *peer, const struct conn *c)
{
	struct arrivals *a = &peer->arrivals;
	bool taken = false;

	pthread_mutex_lock(&a->lock);
	if (a->open && a->n < ARRIVALS_MAX &&
	    source_add(&peer->worker.sources, c->fd, EPOLLIN | EPOLLOUT,
	    &a->source) == 0) {
		a->conn[a->n++] = *c;
		balance_count(peer, 1);
		taken = true;
	}
	pthread_mutex_unlock(&a->lock);
	return taken;
}

bool
balance_take(struct loop *l, struct conn *c)
{
	struct arrivals *a = &l->arrivals;
	bool taken = false;

	pthread_mutex_lock(&a->lock);
	if (a->n > 0) {
		*c = a->conn[--a->n];
		taken = true;
	}
	pthread_mutex_unlock(&a->lock);
	return taken;
}
