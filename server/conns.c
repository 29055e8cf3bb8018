#include "server/conns.h"

#include <stdlib.h>
#include <unistd.h>

#include "server/balance.h"
#include "server/conn.h"
#include "server/conn_usage.h"
#include "server/container_of.h"

enum {
	SLAB = 63,		/* connections allocated together */
	TRIM_MS = 1000,		/* until memory that was freed is returned */
	CLOSED_MAX = 64,	/* connections closed at once to free memory */
	SEEN_MAX = 4096,	/* connections compared before the best one so
				   far is taken */
};

struct slab {
	struct slab *next;
	struct conn conn[SLAB];
};

/* ---- memory ---- */

static struct conn *
new_conn(struct loop *l)
{
	struct conn *c = l->spare;

	if (c == NULL) {
		struct slab *s = malloc(sizeof(*s));

		if (s == NULL)
			return NULL;
		s->next = l->slabs;
		l->slabs = s;
		for (size_t i = 0; i < SLAB; i++) {
			s->conn[i].next_queued = l->spare;
			l->spare = &s->conn[i];
		}
		c = l->spare;
	}
	l->spare = c->next_queued;
	return c;
}

static void
free_conn(struct loop *l, struct conn *c)
{
	c->next_queued = l->spare;
	l->spare = c;
}

/* ---- one connection ---- */

static struct conn *
conn_of(struct source *s)
{
	return CONTAINER_OF(s, struct conn, timer.source);
}

static struct budget *
budget_of(const struct loop *l)
{
	return &l->worker.server->shared->budget;
}

/* False if epoll has no memory for one more. */
static bool
watch(struct loop *l, struct conn *c)
{
	struct source_set *set = &l->worker.sources;
	uint32_t events =
	    (c->want & CONN_READ ? (uint32_t)EPOLLIN | EPOLLRDHUP : 0) |
	    (c->want & CONN_WRITE ? (uint32_t)EPOLLOUT : 0) |
	    (c->want & CONN_HANGUP ? (uint32_t)EPOLLRDHUP : 0);
	bool is_new = c->watched == CONN_NEW;
	int status = is_new ?
	    source_add(set, c->fd, events, &c->timer.source) :
	    source_change(set, c->fd, events, &c->timer.source);

	if (status == -1)
		return false;
	if (is_new)
		balance_count(l, 1);
	c->watched = c->want;
	return true;
}

bool
conns_reserve(struct loop *l)
{
	const struct server *server = l->worker.server;

	if (server->shared->conns++ < server->max_conns)
		return true;
	server->shared->conns--;
	return false;
}

/* Give back a slot of --max-conns. */
static void
release_slot(struct loop *l)
{
	l->worker.server->shared->conns--;
	evict_wake(loop_evictor(l));
}

static void
leave_client_limit(struct loop *l, struct conn *c)
{
	client_limit_leave(l->config->clients, &c->client);
	c->holds_slot = false;
}

static void
count_memory(struct loop *l, struct conn *c, size_t memory)
{
	bool has_listing = memory > 0 && conn_has_listing(c);

	if (memory == c->memory && has_listing == c->has_listing)
		return;
	evict_add_memory(loop_evictor(l), c->bucket, c->memory, memory);
	if (has_listing != c->has_listing)
		evict_add_listing(loop_evictor(l), c->bucket,
		    has_listing ? 1 : -1);
	c->memory = (uint32_t)memory;
	c->has_listing = has_listing;
}

/* Count one connection less, and return memory to the kernel later. */
static void
uncount(struct loop *l)
{
	l->conns--;
	if (l->trim.link != NULL)
		return;
	l->trim.deadline_ns = l->worker.now_ns + TRIM_MS * 1000000ll;
	timer_add(&l->worker.wheel, &l->trim);
}

void
conns_drop(struct loop *l, struct conn *c, enum transfer_end end)
{
	evict_remove_conn(loop_evictor(l), c->bucket);
	count_memory(l, c, 0);
	timer_remove(&l->worker.wheel, &c->timer);
	source_cancel(&l->worker.sources, &c->timer.source);
	if (c->watched != CONN_NEW)
		balance_count(l, -1);
	if (c->holds_slot)
		leave_client_limit(l, c);
	conn_close(c, &l->worker, end);
	c->fd = -1;
	if (!c->queued)
		free_conn(l, c);
	release_slot(l);
	l->resume_ns = 0;
	uncount(l);
}

/* Remove c from the timers, the epoll set and the counts of this loop. */
static void
detach(struct loop *l, struct conn *c)
{
	count_memory(l, c, 0);
	timer_remove(&l->worker.wheel, &c->timer);
	if (c->watched == CONN_NEW)
		return;
	source_remove(&l->worker.sources, c->fd, &c->timer.source);
	balance_count(l, -1);
	c->watched = CONN_NEW;
}

/* True if another loop has taken c over. */
static bool
move(struct loop *l, struct conn *c, bool is_new)
{
	struct loop *peer;

	if (l->config->loop_count < 2 || !conn_is_movable(c) ||
	    (peer = balance_find(l, is_new)) == NULL)
		return false;
	/* Otherwise peer might log the next request of this client first. */
	if (!is_new)
		log_flush(l->worker.log);
	detach(l, c);
	if (!balance_give(peer, c))
		return false;
	c->fd = -1;
	free_conn(l, c);
	uncount(l);
	return true;
}

void
conns_free(struct loop *l)
{
	struct slab *s = l->slabs, *next;

	for (; s != NULL; s = next) {
		next = s->next;
		free(s);
	}
	l->slabs = NULL;
	l->spare = NULL;
}

static void free_memory(struct loop *l, struct conn *c, bool is_new);

static void
rearm(struct loop *l, struct conn *c, unsigned want)
{
	bool idle_wait = (want & (CONN_READ | CONN_WRITE | CONN_CLOSE)) == 0;
	size_t before = c->memory;

	c->want = (uint8_t)want;
	if (c->holds_slot && c->forwarded)
		leave_client_limit(l, c);
	if (want != c->watched && move(l, c, false))
		return;
	/* Save an epoll_ctl(2): most requests stay in CONN_READ.  A short wait
	 * for a source does too, until conn_ready() gets an event. */
	if (want & CONN_CLOSE || (want != c->watched &&
	    !(idle_wait && c->watched == CONN_READ) && !watch(l, c))) {
		conns_drop(l, c, TRANSFER_LEFT);
		return;
	}
	timer_add(&l->worker.wheel, &c->timer);
	count_memory(l, c, conn_memory(c));
	if (c->memory > before && budget_of(l)->used > BUDGET_SHORT)
		free_memory(l, c, before == 0);
}

void
conns_process(struct loop *l)
{
	struct conn *c = l->queue, *next;

	if (c == NULL)
		return;
	l->queue = NULL;
	l->queue_end = &l->queue;
	for (; c != NULL; c = next) {
		next = c->next_queued;
		c->queued = false;
		if (c->fd == -1)
			free_conn(l, c);
		else
			rearm(l, c, conn_step(c, &l->worker));
	}
	worker_forget(&l->worker);
}

static void
enqueue(struct loop *l, struct conn *c, bool readable)
{
	/* The input is full: process the queue first.  That also forgets the
	 * open files, which must not be older than a request. */
	if (readable && !conn_may_read(&l->worker)) {
		conns_process(l);
		/* c was in the queue itself.  It may have ended by now, or
		 * moved to another loop, or not want input for the moment:
		 * epoll will report the input again in the next iteration. */
		if (c->fd == -1 || (c->want & CONN_READ) == 0)
			return;
	}
	if (readable)
		conn_read(c, &l->worker);
	if (c->queued)
		return;
	c->queued = true;
	c->next_queued = NULL;
	*l->queue_end = c;
	l->queue_end = &c->next_queued;
}

static void
conn_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct loop *l = loop_of(w);
	struct conn *c = conn_of(s);

	if (events == SOURCE_EXPIRED) {
		rearm(l, c, conn_expire(c, w));
		return;
	}
	/* rearm() has left the old events in the epoll set. */
	if (events != 0 && c->want != c->watched && watch(l, c))
		return;
	c->hung_up |= (events & EPOLLRDHUP) != 0;
	if (events != 0 && (c->want & (CONN_READ | CONN_WRITE)) == 0)
		conn_hang_up(c, w, (events & (EPOLLHUP | EPOLLERR)) != 0);
	enqueue(l, c, c->want & CONN_READ && events & ~(uint32_t)EPOLLOUT);
}

struct conn *
conns_after(struct loop *l, struct conn *c)
{
	struct timer *t = c != NULL ? &c->timer : NULL;

	do
		t = timer_after(&l->worker.wheel, t);
	while (t != NULL && t->source.ready != conn_ready);
	return t != NULL ? conn_of(&t->source) : NULL;
}

/* ---- eviction ---- */

/* Would closing c free memory?  Its archive is spared while its address has a
 * listing, which will soon be old enough to be closed. */
static bool
holds_memory(const struct loop *l, const struct conn *c, enum evict_class class)
{
	return c->memory > 0 && (class != EVICT_ARCHIVE ||
	    !evict_has_listing(loop_evictor(l), c->bucket));
}

/* The connection of this loop to close first: of equal ones, the one with the
 * next deadline. */
static struct conn *
find_candidate(struct loop *l, enum evict_kind kind,
    struct evict_candidate *best)
{
	const struct evictor *e = loop_evictor(l);
	size_t most = evict_max_weight(e, kind);
	struct conn *c = NULL, *found = NULL;
	int seen = 0;

	/* However large the crowd is, a newcomer must not wait for long. */
	while ((c = conns_after(l, c)) != NULL && (++seen < SEEN_MAX ||
	    found == NULL || best->weight < most)) {
		struct evict_candidate o = {
			.weight = evict_weight(e, kind, c->bucket),
		};

		o.class = conn_evict_class(c, &l->worker, &o.rate);
		if (o.class == EVICT_STAYS ||
		    (kind == EVICT_MEMORY && !holds_memory(l, c, o.class)) ||
		    (found != NULL && !evict_is_better(&o, best)))
			continue;
		/* Spare it: a request has just arrived. */
		if (o.class == EVICT_IDLE && source_is_readable(c->fd))
			continue;
		*best = o;
		found = c;
		if (o.class == EVICT_IDLE && o.weight == most)
			break;
	}
	return found;
}

static void
evict(struct loop *l, struct conn *c)
{
	conn_evict(c, &l->worker);
	conns_drop(l, c, TRANSFER_EVICTED);
}

/* Must more connections of this address be closed to free memory? */
static bool
goes_on(struct loop *l, const struct evict_request *request, uint16_t bucket)
{
	return request->kind == EVICT_MEMORY &&
	    budget_of(l)->used > BUDGET_SHORT &&
	    evict_weight(loop_evictor(l), EVICT_MEMORY, bucket) >=
	    request->newcomer_weight;
}

/*
 * Close the candidate of this loop, which is the best of all loops.  For memory
 * go on with others of the same address: each may hold little.
 */
static bool
close_best(struct loop *l, const struct evict_request *request)
{
	struct evict_candidate best = { 0 };
	struct conn *c = find_candidate(l, request->kind, &best);
	uint16_t bucket = c != NULL ? c->bucket : 0;
	enum evict_class class = best.class;
	int n = 0;

	while (c != NULL && c->bucket == bucket && best.class == class) {
		evict(l, c);
		if (++n == CLOSED_MAX || !goes_on(l, request, bucket))
			break;
		c = find_candidate(l, request->kind, &best);
	}
	evict_close(loop_evictor(l));
	return n > 0;
}

bool
conns_take_part(struct loop *l)
{
	struct evictor *e = loop_evictor(l);
	struct evict_candidate candidate;
	struct evict_request request;

	if (evict_next(e, l->number, &request) == EVICT_PROPOSE)
		evict_propose(e, l->number, find_candidate(l, request.kind,
		    &candidate) != NULL ? &candidate : NULL, l->worker.now_ns);
	return evict_next(e, l->number, &request) == EVICT_CLOSE &&
	    close_best(l, &request);
}

bool
conns_evict(struct loop *l, enum evict_kind kind, size_t newcomer_weight)
{
	struct evict_request request = { kind, newcomer_weight };

	return evict_begin(loop_evictor(l), request, l->worker.now_ns) &&
	    conns_take_part(l);
}

/*
 * c has taken memory, and little is left.  If no other connection makes room,
 * an address that holds more than is left gets no more: its listing is refused,
 * or c is closed if it held no memory before.
 */
static void
free_memory(struct loop *l, struct conn *c, bool is_new)
{
	struct evictor *e = loop_evictor(l);
	size_t weight = evict_weight(e, EVICT_MEMORY, c->bucket);
	size_t used;

	if (conns_evict(l, EVICT_MEMORY, weight))
		return;
	used = budget_of(l)->used;
	if (!evict_is_exhausted(e, EVICT_MEMORY, l->worker.now_ns) ||
	    (used <= BUDGET_TOTAL && weight <= BUDGET_TOTAL - used))
		return;
	if (conn_deny(c))
		rearm(l, c, conn_step(c, &l->worker));
	else if (is_new)
		evict(l, c);
}

/* ---- newcomers ---- */

/* There is no memory for a connection: close its socket. */
static void
give_back(struct loop *l, int fd, uint16_t bucket)
{
	close(fd);
	evict_remove_conn(loop_evictor(l), bucket);
	release_slot(l);
}

void
conns_admit(struct loop *l, int fd, const struct address *client)
{
	struct client_limit *clients = l->config->clients;
	struct conn *c = new_conn(l);

	if (c == NULL) {
		give_back(l, fd, evict_bucket(loop_evictor(l), client));
		return;
	}
	conn_open(c, &l->worker, fd, client);
	c->bucket = evict_bucket(loop_evictor(l), client);
	c->timer.source.ready = conn_ready;
	l->conns++;
	if (clients != NULL)
		c->holds_slot = client_limit_enter(clients, client);
	/* A proxy on this machine is known by its first request. */
	c->in_excess = clients != NULL && !c->holds_slot;
	if (c->in_excess && !address_is_loopback(client))
		conn_reject(c, &l->worker);
	/* In most cases its first request has already arrived. */
	if (!move(l, c, true))
		enqueue(l, c, true);
}

/* Take a connection over from another loop. */
static void
adopt(struct loop *l, const struct conn *handed)
{
	struct conn *c = new_conn(l);

	if (c == NULL) {
		if (handed->holds_slot)
			client_limit_leave(l->config->clients, &handed->client);
		give_back(l, handed->fd, handed->bucket);
		balance_count(l, -1);
		return;
	}
	*c = *handed;
	c->watched = 0;
	l->conns++;
	/* After SIGSTOP its time may be over, and input waiting: let epoll
	 * report the input first. */
	if (c->timer.deadline_ns <= l->worker.now_ns)
		c->timer.deadline_ns = l->worker.now_ns + 1;
	if (l->stopping || !watch(l, c))
		conns_drop(l, c, TRANSFER_LEFT);
	else
		timer_add(&l->worker.wheel, &c->timer);
}

static void
arrivals_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct loop *l = loop_of(w);
	struct conn handed;

	(void)s;
	(void)events;
	while (balance_take(l, &handed))
		adopt(l, &handed);
}

void
conns_join(struct loop *l)
{
	balance_join(l, arrivals_ready);
}

void
conns_leave(struct loop *l)
{
	balance_leave(l);
	arrivals_ready(&l->arrivals.source, &l->worker, 0);
}
