#include "server/loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/conn.h"
#include "server/live.h"
#include "server/room.h"
#include "server/upstream.h"

enum {
	ACCEPTS = 64,		/* connections accepted in one iteration */
	SLAB = 63,		/* connections allocated together */
	TRIM_MS = 1000,		/* until memory that was freed is returned */
	PAUSE_MS = 100,		/* until a full server tries to accept again */
	CLOSED_MAX = 64,	/* connections closed at once to free memory */
	SEEN_MAX = 4096,	/* connections compared if one may be closed */
	LISTENERS_MAX = OPTIONS_BIND_MAX,
};

struct slab {
	struct slab *next;
	struct conn conn[SLAB];
};

/* A listening socket. */
struct gate {
	struct source source;
	int fd;
	bool ready;		/* clients wait for accept(2) */
};

struct loop {
	struct worker worker;	/* first: see loop_of() */
	const struct loop_config *config;
	struct source stop;	/* shared->stop_fd */
	struct gate gate[LISTENERS_MAX];
	int gates;
	bool paused;		/* the gates are out of the epoll set */
	bool stop_seen;
	bool stopping;
	long conns;
	int64_t paused_ns;	/* when the pause ends at the earliest */
	int64_t stop_ns;	/* when a stopping loop ends at the latest */
	struct conn *queue;	/* for conn_step(), linked by next_queued */
	struct conn **queue_end;
	struct conn *spare;	/* linked by next_queued */
	struct slab *slabs;
	/* A client that has no slot yet: only a connection that was accepted
	 * has an address, which decides who makes room for it. */
	int waiting_fd;		/* -1: no client waits here */
	struct client waiting;
	int number;		/* of this loop, for room.h */
	struct source room;	/* room_fd() */
	bool room_seen;
	struct timer trim;	/* after connections were closed */
};

static struct loop *
loop_of(struct worker *w)
{
	return SOURCE_OWNER(w, struct loop, worker);
}

/* ---- connections ---- */

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

static struct conn *
conn_of(struct source *s)
{
	return SOURCE_OWNER(s, struct conn, timer.source);
}

static struct room *
room_of(const struct loop *l)
{
	return l->worker.server->shared->room;
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
	    (c->want & CONN_READ ? (uint32_t)EPOLLIN : 0) |
	    (c->want & CONN_WRITE ? (uint32_t)EPOLLOUT : 0) |
	    (c->want & CONN_HANGUP ? (uint32_t)EPOLLRDHUP : 0);
	int status = c->watched == CONN_NEW ?
	    source_add(set, c->fd, events, &c->timer.source) :
	    source_change(set, c->fd, events, &c->timer.source);

	if (status == 0)
		c->watched = c->want;
	return status == 0;
}

static bool
reserve_slot(struct loop *l)
{
	const struct server *server = l->worker.server;

	if (server->shared->conns++ < server->max_conns)
		return true;
	server->shared->conns--;
	return false;
}

static void
release_slot(struct loop *l)
{
	l->worker.server->shared->conns--;
	room_wake(room_of(l));
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
	room_add_memory(room_of(l), c->bucket, c->memory, memory);
	if (has_listing != c->has_listing)
		room_add_listing(room_of(l), c->bucket, has_listing ? 1 : -1);
	c->memory = (uint32_t)memory;
	c->has_listing = has_listing;
}

static void
drop(struct loop *l, struct conn *c, enum transfer_end end)
{
	room_remove_conn(room_of(l), c->bucket);
	count_memory(l, c, 0);
	timer_remove(&l->worker.wheel, &c->timer);
	source_cancel(&l->worker.sources, &c->timer.source);
	if (c->holds_slot)
		leave_client_limit(l, c);
	conn_close(c, &l->worker, end);
	c->fd = -1;
	if (!c->queued)
		free_conn(l, c);
	l->conns--;
	release_slot(l);
	l->paused_ns = 0;
	if (l->trim.link != NULL)
		return;
	l->trim.deadline_ns = l->worker.now_ns + TRIM_MS * 1000000ll;
	timer_add(&l->worker.wheel, &l->trim);
}

static void
free_slabs(struct loop *l)
{
	struct slab *s = l->slabs, *next;

	for (; s != NULL; s = next) {
		next = s->next;
		free(s);
	}
	l->slabs = NULL;
	l->spare = NULL;
}

/* Return what a crowd has used to the kernel, but not after each client. */
static void
trim_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct loop *l = loop_of(w);

	(void)s;
	(void)events;
	if (l->conns == 0 && l->queue == NULL)
		free_slabs(l);
	worker_trim(w);
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
	/* Save an epoll_ctl(2): most exchanges stay in CONN_READ.  A short wait
	 * for a source does too, until conn_ready() gets an event. */
	if (want & CONN_CLOSE || (want != c->watched &&
	    !(idle_wait && c->watched == CONN_READ) && !watch(l, c))) {
		drop(l, c, TRANSFER_LEFT);
		return;
	}
	timer_add(&l->worker.wheel, &c->timer);
	count_memory(l, c, conn_memory(c));
	if (c->memory > before && budget_of(l)->used > BUDGET_SHORT)
		free_memory(l, c, before == 0);
}

/*
 * The second half of an iteration: handle the input that the first half has
 * read.  Connections that this wakes are handled in the next iteration.
 */
static void
process_queue(struct loop *l)
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
		process_queue(l);
		/* c was in the queue itself.  It may have ended by now, or
		 * not want input for the moment: epoll will report the input
		 * again in the next iteration. */
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
	if (events != 0 && (c->want & (CONN_READ | CONN_WRITE)) == 0)
		conn_hang_up(c, w, (events & (EPOLLHUP | EPOLLERR)) != 0);
	enqueue(l, c, c->want & CONN_READ && events & ~(uint32_t)EPOLLOUT);
}

/* The connection with the next deadline after that of c, as timer_after(). */
static struct conn *
conn_after(struct loop *l, struct conn *c)
{
	struct timer *t = c != NULL ? &c->timer : NULL;

	do
		t = timer_after(&l->worker.wheel, t);
	while (t != NULL && t->source.ready != conn_ready);
	return t != NULL ? conn_of(&t->source) : NULL;
}

/* ---- accepting ---- */

static void
gate_ready(struct source *s, struct worker *w, uint32_t events)
{
	(void)w;
	(void)events;
	SOURCE_OWNER(s, struct gate, source)->ready = true;
}

/* False with errno if epoll has no memory for one of them. */
static bool
open_gates(struct loop *l)
{
	for (int i = 0; i < l->gates; i++)
		/* Exclusive: a client wakes one loop, not all of them. */
		if (source_add(&l->worker.sources, l->gate[i].fd,
		    EPOLLIN | EPOLLEXCLUSIVE, &l->gate[i].source) == -1)
			return false;
	return true;
}

/* EPOLL_CTL_MOD cannot change an EPOLLEXCLUSIVE descriptor: remove it. */
static void
close_gates(struct loop *l)
{
	for (int i = 0; i < l->gates; i++)
		source_remove(&l->worker.sources, l->gate[i].fd,
		    &l->gate[i].source);
}

static void
pause_accepting(struct loop *l)
{
	if (l->paused)
		return;
	l->paused = true;
	l->paused_ns = l->worker.now_ns + PAUSE_MS * 1000000ll;
	close_gates(l);
}

/* At a limit that the user chose, let clients wait. */
static bool
is_limit_chosen(const struct loop *l)
{
	return l->worker.server->max_conns == l->worker.server->opt->max_conns;
}

static void
read_address(const struct sockaddr_storage *a, struct client *client)
{
	if (a->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)a;

		memset(client->ip, 0, 10);
		memset(client->ip + 10, 0xff, 2);
		memcpy(client->ip + 12, &in->sin_addr, 4);
		client->port = ntohs(in->sin_port);
	} else {
		const struct sockaddr_in6 *in6 = (const void *)a;

		memcpy(client->ip, &in6->sin6_addr, 16);
		client->port = ntohs(in6->sin6_port);
	}
}

/*
 * Is a socket ready?  accept(2) makes a socket and takes a descriptor before it
 * looks for a client, so a failed one costs almost as much as a successful one.
 */
static bool
is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* ---- making room ---- */

/* An archive is the last to go: a listing will be old enough soon. */
static bool
holds_memory(const struct loop *l, const struct conn *c, enum room_class class)
{
	return c->memory > 0 && (class != ROOM_ARCHIVE ||
	    !room_has_listing(room_of(l), c->bucket));
}

/* The connection of this loop to close first: the oldest one of equal ones. */
static struct conn *
find_candidate(struct loop *l, enum room_kind kind, struct room_offer *best)
{
	const struct room *room = room_of(l);
	size_t most = room_most(room, kind);
	struct conn *c = NULL, *found = NULL;
	int seen = 0;

	/* However large the crowd is, a newcomer must not wait for long. */
	while ((c = conn_after(l, c)) != NULL && (++seen < SEEN_MAX ||
	    found == NULL || best->weight < most)) {
		struct room_offer o = {
			.weight = room_weight(room, kind, c->bucket),
		};

		o.class = conn_room_class(c, &l->worker, &o.rate);
		if (o.class == ROOM_STAYS ||
		    (kind == ROOM_MEMORY && !holds_memory(l, c, o.class)) ||
		    (found != NULL && !room_is_better(&o, best)))
			continue;
		/* A request has just arrived. */
		if (o.class == ROOM_IDLE && is_readable(c->fd))
			continue;
		*best = o;
		found = c;
		if (o.class == ROOM_IDLE && o.weight == most)
			break;
	}
	return found;
}

static void
displace(struct loop *l, struct conn *c)
{
	conn_displace(c, &l->worker);
	drop(l, c, TRANSFER_DISPLACED);
}

/* Are more connections of this address to be closed, to free memory? */
static bool
goes_on(struct loop *l, const struct room_wish *wish, uint16_t bucket)
{
	return wish->kind == ROOM_MEMORY &&
	    budget_of(l)->used > BUDGET_SHORT &&
	    room_weight(room_of(l), ROOM_MEMORY, bucket) >= wish->newcomer;
}

/*
 * Close the best connection of this loop, which is the best of all.  For memory
 * go on with others of the same address: each may hold little.
 */
static bool
close_best(struct loop *l, const struct room_wish *wish)
{
	struct room_offer best = { 0 };
	struct conn *c = find_candidate(l, wish->kind, &best);
	uint16_t bucket = c != NULL ? c->bucket : 0;
	enum room_class class = best.class;
	int n = 0;

	while (c != NULL && c->bucket == bucket && best.class == class) {
		displace(l, c);
		if (++n == CLOSED_MAX || !goes_on(l, wish, bucket))
			break;
		c = find_candidate(l, wish->kind, &best);
	}
	room_close(room_of(l));
	return n > 0;
}

/* Take part in the search for a connection to close.  True if we closed it. */
static bool
take_part(struct loop *l)
{
	struct room *room = room_of(l);
	struct room_offer offer;
	struct room_wish wish;

	if (room_next(room, l->number, &wish) == ROOM_OFFER)
		room_offer(room, l->number, find_candidate(l, wish.kind,
		    &offer) != NULL ? &offer : NULL, l->worker.now_ns);
	return room_next(room, l->number, &wish) == ROOM_CLOSE &&
	    close_best(l, &wish);
}

/* Returns true if a connection of this loop was closed; others may follow. */
static bool
find_room(struct loop *l, enum room_kind kind, size_t newcomer)
{
	struct room_wish wish = { kind, newcomer };

	return room_begin(room_of(l), wish, l->worker.now_ns) && take_part(l);
}

/*
 * c has taken memory, and little is left.  If nobody can make room, an address
 * that holds more than is left gets no more: its listing is refused, or a
 * connection that held nothing before is closed.
 */
static void
free_memory(struct loop *l, struct conn *c, bool is_new)
{
	size_t weight = room_weight(room_of(l), ROOM_MEMORY, c->bucket);
	size_t used;

	if (find_room(l, ROOM_MEMORY, weight))
		return;
	used = budget_of(l)->used;
	if (!room_is_exhausted(room_of(l), ROOM_MEMORY, l->worker.now_ns) ||
	    (used <= BUDGET_TOTAL && weight <= BUDGET_TOTAL - used))
		return;
	if (conn_deny(c))
		rearm(l, c, conn_step(c, &l->worker));
	else if (is_new)
		displace(l, c);
}

static void
room_ready(struct source *s, struct worker *w, uint32_t events)
{
	(void)s;
	(void)events;
	loop_of(w)->room_seen = true;
}

static void
admit(struct loop *l, int fd, const struct client *client)
{
	struct client_limit *clients = l->config->clients;
	struct conn *c = new_conn(l);

	if (c == NULL) {
		close(fd);
		room_remove_conn(room_of(l), room_bucket(room_of(l), client));
		release_slot(l);
		return;
	}
	conn_open(c, &l->worker, fd, client);
	c->bucket = room_bucket(room_of(l), client);
	c->timer.source.ready = conn_ready;
	l->conns++;
	if (clients != NULL)
		c->holds_slot = client_limit_enter(clients, client);
	/* A proxy on this machine is known by its first request. */
	c->in_excess = clients != NULL && !c->holds_slot;
	if (c->in_excess && !client_is_loopback(client))
		conn_reject(c, &l->worker);
	/* In most cases its first request has already arrived. */
	enqueue(l, c, true);
}

static void
log_full(struct loop *l)
{
	log_error(l->worker.log, LOG_TOO_MANY_FILES,
	    "too many open files, new clients wait (see 'ulimit -n')");
}

/* Find a slot for the client that waits.  False if it goes on waiting. */
static bool
admit_waiting(struct loop *l)
{
	int fd = l->waiting_fd;

	if (fd == -1)
		return true;
	if (!reserve_slot(l)) {
		find_room(l, ROOM_CONNS, room_weight(room_of(l), ROOM_CONNS,
		    room_bucket(room_of(l), &l->waiting)));
		if (!reserve_slot(l))
			return false;
	}
	l->waiting_fd = -1;
	room_wait(room_of(l), -1);
	admit(l, fd, &l->waiting);
	return true;
}

/* All slots are taken. */
static bool
let_wait(struct loop *l, int fd, const struct client *client)
{
	if (!is_limit_chosen(l))
		log_full(l);
	l->waiting_fd = fd;
	l->waiting = *client;
	room_wait(room_of(l), 1);
	if (admit_waiting(l))
		return true;
	pause_accepting(l);
	return false;
}

static void
forget_waiting(struct loop *l)
{
	if (l->waiting_fd == -1)
		return;
	close(l->waiting_fd);
	l->waiting_fd = -1;
	room_wait(room_of(l), -1);
	room_remove_conn(room_of(l), room_bucket(room_of(l), &l->waiting));
}

/*
 * Descriptors have run out, so the address of the client that waits is unknown.
 * False if no connection was closed for it.
 */
static bool
find_descriptor(struct loop *l, int listener)
{
	if (!is_readable(listener))
		return false;
	log_full(l);
	if (find_room(l, ROOM_CONNS, 1))
		return true;
	pause_accepting(l);
	return false;
}

/* May the next accept(2) succeed after this error? */
static bool
may_accept_after(struct loop *l, int listener, int error)
{
	switch (error) {
	case EAGAIN:
	case EINVAL:		/* the listener has been shut down */
	case EBADF:
		return false;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		return find_descriptor(l, listener);
	case ECONNABORTED:	/* these concern only this client: accept(2) */
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case EINTR:
	case ENETDOWN:
	case ENETUNREACH:
	case ENONET:
	case ENOPROTOOPT:
	case EPROTO:
		return true;
	default:
		/* The client may still be in the queue: without a pause it
		 * would wake the loop again and again. */
		log_error(l->worker.log, LOG_CANNOT_ACCEPT,
		    "cannot accept clients: %s; trying again",
		    strerror(error));
		pause_accepting(l);
		return false;
	}
}

/* True if another accept(2) may succeed. */
static bool
accept_one(struct loop *l, int listener)
{
	struct sockaddr_storage address;
	struct client client;
	socklen_t n = sizeof(address);
	int fd;

	/* Clients that wait in any loop come first. */
	if (room_is_awaited(room_of(l))) {
		pause_accepting(l);
		return false;
	}
	fd = accept4(listener, (struct sockaddr *)&address, &n,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1)
		return may_accept_after(l, listener, errno);
	read_address(&address, &client);
	room_add_conn(room_of(l), room_bucket(room_of(l), &client));
	if (!reserve_slot(l))
		return let_wait(l, fd, &client);
	admit(l, fd, &client);
	return true;
}

static void
accept_clients(struct loop *l, int listener)
{
	int most = ACCEPTS;

	while (accept_one(l, listener) && --most > 0 && is_readable(listener))
		;
}

static void
resume_accepting(struct loop *l)
{
	if (!l->paused || l->stopping || l->worker.now_ns < l->paused_ns)
		return;
	l->paused_ns = l->worker.now_ns + PAUSE_MS * 1000000ll;
	if (!admit_waiting(l) || room_is_awaited(room_of(l)))
		return;
	l->paused = !open_gates(l);
	if (l->paused)
		close_gates(l);
}

/* ---- iterations ---- */

static void
stop_ready(struct source *s, struct worker *w, uint32_t events)
{
	(void)s;
	(void)events;
	loop_of(w)->stop_seen = true;
}

/* Responses under way have a few seconds; close all other connections. */
static void
begin_stop(struct loop *l)
{
	struct conn *c, *next;

	l->stop_seen = false;
	l->stopping = true;
	l->stop_ns = l->worker.now_ns;
	if (l->worker.server->shared->hurry)
		return;
	l->stop_ns += LOOP_GRACE_S * 1000000000ll;
	pause_accepting(l);
	forget_waiting(l);
	for (c = conn_after(l, NULL); c != NULL; c = next) {
		next = conn_after(l, c);
		if (!conn_is_responding(c))
			drop(l, c, TRANSFER_LEFT);
	}
}

/*
 * Read all input first, then answer it.  Accept new clients last: making room
 * for them may close idle connections.
 */
static void
take_events(struct loop *l)
{
	source_deliver(&l->worker.sources, &l->worker);
	process_queue(l);
	if (l->stop_seen)
		begin_stop(l);
	if (l->room_seen) {
		l->room_seen = false;
		take_part(l);
		l->paused_ns = 0;
	}
	for (int i = 0; i < l->gates; i++) {
		if (l->gate[i].ready && !l->stopping)
			accept_clients(l, l->gate[i].fd);
		l->gate[i].ready = false;
	}
	process_queue(l);
}

static int
wait_ms(const struct loop *l)
{
	int most = l->paused && !l->stopping ? PAUSE_MS :
	    l->stopping ? 1000 : -1;
	int next = timer_next_ms(&l->worker.wheel, l->worker.now_ns);

	if (l->queue != NULL)
		return 0;
	/* As an unsigned number, -1 (no limit) is the longest. */
	return (unsigned)next < (unsigned)most ? next : most;
}

/* epoll_wait(2) has failed: log it, and do not call it in a tight loop. */
static void
wait_again(struct loop *l)
{
	if (errno == EINTR)
		return;
	log_error(l->worker.log, LOG_CANNOT_WAIT,
	    "cannot wait for events: %s; trying again", strerror(errno));
	poll(NULL, 0, PAUSE_MS);
}

void
loop_run(struct loop *l)
{
	struct worker *w = &l->worker;
	struct conn *c;

	l->number = room_join(room_of(l));
	while (!l->stopping || (l->conns > 0 && w->now_ns < l->stop_ns)) {
		int64_t timers_ns = w->now_ns;
		bool is_quiet = false;

		if (source_wait(&w->sources, wait_ms(l)) == -1) {
			wait_again(l);
			w->sources.n = 0;
		} else {
			is_quiet = w->sources.n == 0;
		}
		worker_begin(w);
		/* After SIGCONT, handle input before expired timers.  The stop
		 * may have come behind the events above, which then lack the
		 * input that came since: look once more before timers expire
		 * that were not due before. */
		if (is_quiet)
			timers_ns = w->now_ns;
		take_events(l);
		timer_expire(&w->wheel, w, timers_ns);
		resume_accepting(l);
		process_queue(l);
		worker_end(w);
	}
	room_leave(room_of(l));
	forget_waiting(l);
	while ((c = conn_after(l, NULL)) != NULL)
		drop(l, c, TRANSFER_STOPPED);
	process_queue(l);
	worker_end(w);
	eventfd_write(w->server->shared->stopped_fd, 1);
}

/* ---- start and end of a loop ---- */

static int
add_sources(struct loop *l)
{
	const struct loop_config *config = l->config;
	struct source_set *set = &l->worker.sources;

	l->stop.ready = stop_ready;
	l->room.ready = room_ready;
	l->trim.source.ready = trim_ready;
	l->gates = config->listener_count;
	for (int i = 0; i < l->gates; i++)
		l->gate[i] = (struct gate){
			.source = { gate_ready }, .fd = config->listeners[i],
		};
	/* Edge-triggered: each write to the eventfd is reported once. */
	if (source_add(set, config->server->shared->stop_fd,
	    EPOLLIN | EPOLLET, &l->stop) == -1 || source_add(set,
	    room_fd(config->server->shared->room), EPOLLIN | EPOLLET,
	    &l->room) == -1 || !open_gates(l))
		return -1;
	return 0;
}

/* Only one loop waits until sinks are writable again. */
static void
watch_sinks(struct loop *l)
{
	const struct loop_config *config = l->config;
	int epfd = l->worker.sources.epfd;

	if (config->log.out != NULL && config->log.out != config->log.err)
		sink_watch(config->log.out, epfd);
	sink_watch(config->log.err, epfd);
}

struct loop *
loop_new(const struct loop_config *config, bool first)
{
	const struct server *server = config->server;
	struct loop *l = calloc(1, sizeof(*l));
	struct log *log;

	if (l == NULL)
		return NULL;
	l->config = config;
	l->queue_end = &l->queue;
	l->waiting_fd = -1;
	log = log_new(&config->log);
	if (log == NULL)
		goto free_loop;
	if (worker_init(&l->worker, server, log) == -1)
		goto free_log;
	if (add_sources(l) == -1)
		goto free_worker;
	if (server->live != NULL && (l->worker.feed =
	    live_join(server->live, &l->worker.sources, first)) == NULL)
		goto free_worker;
	if (first)
		watch_sinks(l);
	return l;

free_worker:
	worker_free(&l->worker);
free_log:
	log_free(log);
free_loop:
	free(l);
	return NULL;
}

int
loop_watch(struct loop *l, int fd, struct source *s)
{
	return source_add(&l->worker.sources, fd, EPOLLIN, s);
}

int
loop_connect(struct loop *l, int connector_fd, int loops)
{
	l->worker.upstreams = upstreams_new(&l->worker, connector_fd, loops);
	return l->worker.upstreams != NULL ? 0 : -1;
}

int
loop_use_disk(struct loop *l, struct disk *d)
{
	struct worker *w = &l->worker;

	w->disk = disk_join(d, &w->sources);
	if (w->disk == NULL)
		return -1;
	resource_set_port(w->root, w->disk, &w->server->shared->budget);
	return 0;
}

void
loop_free(struct loop *l)
{
	if (l->worker.disk != NULL) {
		resource_set_port(l->worker.root, NULL, NULL);
		disk_leave(l->worker.disk, &l->worker);
	}
	if (l->worker.upstreams != NULL)
		upstreams_free(l->worker.upstreams);
	free_slabs(l);
	if (l->worker.feed != NULL)
		live_leave(l->worker.feed);
	log_free(l->worker.log);
	worker_free(&l->worker);
	free(l);
}

void
loop_add_totals(const struct loop *l, struct totals *sum)
{
	const struct totals *t = &l->worker.totals;

	sum->requests += t->requests;
	sum->bytes += t->bytes;
	sum->not_found += t->not_found;
	sum->failed += t->failed;
}
