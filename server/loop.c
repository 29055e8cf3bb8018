#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/conn.h"
#include "server/live.h"
#include "server/loop.h"

enum {
	EVENTS = 256,		/* taken at once from the kernel */
	ACCEPTS = 64,		/* connections taken in one turn */
	SLAB = 63,		/* connections allocated together */
	READIES = 256,		/* answered together, at most */
	SLOTS = 64,		/* of the timer wheel: bits of occupied */
	PAUSE_MS = 100,		/* until a full server looks for room again */
};

static const int64_t TICK_NS = 500 * 1000000ll;

struct slab {
	struct slab *next;
	struct conn conn[SLAB];
};

/*
 * Deadlines are kept in a wheel of ticks.  A deadline that moved to later is
 * only found when its slot comes up, so that a request moves nothing.
 */
struct loop {
	const struct loop_config *config;
	struct worker worker;
	int epfd;
	bool paused;		/* the listeners are out of the epoll set */
	bool stopping;
	bool first;		/* of all loops: what one alone does */
	long conns;
	int64_t paused_ns;	/* until then at least, if nothing is closed */
	int64_t stop_ns;	/* when a stopping loop ends at the latest */
	uint32_t tick;		/* of the wheel's last look */
	uint64_t occupied;	/* bit i: slot i is not empty */
	struct conn *slot[SLOTS];
	struct conn **end[SLOTS];	/* the link behind each slot's last */
	struct conn *spare;	/* linked by next */
	struct slab *slabs;
	struct epoll_event event[EVENTS];
	struct conn *ready[READIES];
	int readies;
};

/* ---- the timer wheel ---- */

static uint32_t
tick_of(int64_t ns)
{
	return (uint32_t)(ns / TICK_NS) + 1;
}

static void
timer_remove(struct loop *l, struct conn *c)
{
	if (c->link == NULL)
		return;
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	else
		l->end[c->due % SLOTS] = c->link;
	c->link = NULL;
	if (l->slot[c->due % SLOTS] == NULL)
		l->occupied &= ~(1ull << c->due % SLOTS);
}

/*
 * Into the slot of its deadline, or the farthest one that there is, behind
 * those that are older.
 */
static void
timer_add(struct loop *l, struct conn *c)
{
	uint32_t due = tick_of(c->deadline_ns);
	struct conn ***end;

	if ((int32_t)(due - l->tick) < 1)
		due = l->tick + 1;
	if (due - l->tick >= SLOTS)
		due = l->tick + SLOTS - 1;
	if (c->link != NULL) {
		if (due >= c->due)
			return;
		timer_remove(l, c);
	}
	end = &l->end[due % SLOTS];
	c->due = due;
	c->next = NULL;
	c->link = *end;
	**end = c;
	*end = &c->next;
	l->occupied |= 1ull << due % SLOTS;
}

/* Milliseconds until the next slot that is not empty; -1 for never. */
static int
next_timeout(const struct loop *l)
{
	unsigned from = (l->tick + 1) % SLOTS;
	uint64_t ahead = l->occupied >> from |
	    (from > 0 ? l->occupied << (SLOTS - from) : 0);
	int64_t due, ms;

	if (ahead == 0)
		return -1;
	due = ((int64_t)l->tick + 1 + __builtin_ctzll(ahead)) * TICK_NS;
	ms = (due - l->worker.now_ns + 999999) / 1000000;
	return ms > 0 ? (int)ms : 0;
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
			s->conn[i].next = l->spare;
			l->spare = &s->conn[i];
		}
		c = l->spare;
	}
	l->spare = c->next;
	return c;
}

/* false where epoll has no memory for one more. */
static bool
watch(struct loop *l, struct conn *c, enum conn_want want)
{
	struct epoll_event ev = {
		.events = want == CONN_READ ? EPOLLIN : EPOLLOUT,
		.data.ptr = c,
	};

	if (epoll_ctl(l->epfd,
	    c->want == CONN_NEW ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, c->fd,
	    &ev) == -1)
		return false;
	c->want = (uint8_t)want;
	return true;
}

/* The loops share the places: taken before accept(2), or two take the last. */
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
}

static void resume_accepting(struct loop *l);

static void
drop(struct loop *l, struct conn *c)
{
	timer_remove(l, c);
	if (c->counted)
		client_limit_leave(l->config->clients, &c->client);
	conn_close(c, &l->worker);
	c->next = l->spare;
	l->spare = c;
	l->conns--;
	release_slot(l);
	l->paused_ns = 0;
	resume_accepting(l);
}

static void
rearm(struct loop *l, struct conn *c, enum conn_want want)
{
	/* Most exchanges never leave CONN_READ. */
	if (want == CONN_CLOSE || (want != c->want && !watch(l, c, want))) {
		drop(l, c);
		return;
	}
	timer_add(l, c);
}

/* The second half of a turn, for what the first half has read. */
static void
process_queue(struct loop *l)
{
	for (int i = 0; i < l->readies; i++) {
		struct conn *c = l->ready[i];

		rearm(l, c, conn_step(c, &l->worker));
	}
	l->readies = 0;
	worker_forget(&l->worker);
}

static void
enqueue(struct loop *l, struct conn *c, bool readable)
{
	/* The turn is cut here: what is read from now on is newer than what
	 * was opened.  Each of many listeners may bring clients. */
	if (l->readies == READIES || (readable && !conn_may_read(&l->worker)))
		process_queue(l);
	if (readable)
		conn_read(c, &l->worker);
	l->ready[l->readies++] = c;
}

/* ---- accepting ---- */

/* False with errno where epoll has no memory for one of them. */
static bool
watch_listeners(struct loop *l, int op)
{
	for (int i = 0; i < l->config->listener_count; i++) {
		struct epoll_event ev = {
			/* One loop is woken, not all of them. */
			.events = EPOLLIN | EPOLLEXCLUSIVE,
			.data.ptr = (void *)&l->config->listeners[i],
		};

		if (epoll_ctl(l->epfd, op, l->config->listeners[i],
		    &ev) == -1 && op == EPOLL_CTL_ADD)
			return false;
	}
	return true;
}

/* EPOLLEXCLUSIVE cannot be changed by MOD: out of the set, and in again. */
static void
pause_accepting(struct loop *l)
{
	if (l->paused)
		return;
	l->paused = true;
	l->paused_ns = l->worker.now_ns + PAUSE_MS * 1000000ll;
	watch_listeners(l, EPOLL_CTL_DEL);
}

/* The user's own limit is kept by waiting. */
static bool
is_limit_chosen(const struct loop *l)
{
	return l->worker.server->max_conns == l->worker.server->opt->max_conns;
}

static bool
is_full(const struct loop *l)
{
	return l->worker.server->shared->conns >= l->worker.server->max_conns;
}

static void
resume_accepting(struct loop *l)
{
	if (!l->paused || l->stopping || l->worker.now_ns < l->paused_ns ||
	    (is_limit_chosen(l) && is_full(l)))
		return;
	l->paused = !watch_listeners(l, EPOLL_CTL_ADD);
	if (!l->paused)
		return;
	watch_listeners(l, EPOLL_CTL_DEL);
	l->paused_ns = l->worker.now_ns + PAUSE_MS * 1000000ll;
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
 * The idle connection with the nearest deadline, which is the oldest, makes
 * room.  False if there is none.
 */
static bool
evict_idle(struct loop *l)
{
	for (uint32_t i = 1; i <= SLOTS; i++) {
		struct conn *c = l->slot[(l->tick + i) % SLOTS], *next;

		for (; c != NULL; c = next) {
			next = c->next;
			if (tick_of(c->deadline_ns) > c->due &&
			    c->due - l->tick < SLOTS - 1) {
				timer_remove(l, c);
				timer_add(l, c);
			} else if (conn_is_idle(c) && c->want == CONN_READ) {
				drop(l, c);
				return true;
			}
		}
	}
	return false;
}

static void
admit(struct loop *l, int fd, const struct sockaddr_storage *address)
{
	struct client_limit *clients = l->config->clients;
	struct client client;
	struct conn *c = new_conn(l);

	if (c == NULL) {
		close(fd);
		release_slot(l);
		return;
	}
	read_address(address, &client);
	conn_open(c, &l->worker, fd, &client);
	l->conns++;
	if (clients != NULL && !(c->counted = client_limit_enter(clients, &client)))
		conn_reject(c, &l->worker);
	/* Its first request is there already, most often. */
	enqueue(l, c, true);
}

/*
 * accept(2) makes a socket and takes a descriptor first, then it looks for a
 * client: in vain is nearly as dear as with success.
 */
static bool
is_awaited(int listener)
{
	struct pollfd client = { .fd = listener, .events = POLLIN };

	return poll(&client, 1, 0) == 1;
}

/*
 * Descriptors have run out, or the share of them that is for connections: the
 * oldest idle connection makes room.  False if there is none, or no need.
 */
static bool
make_room(struct loop *l, int listener)
{
	if (!is_awaited(listener))
		return false;
	log_error(l->worker.log, LOG_TOO_MANY_FILES,
	    "too many open files, new clients wait (see 'ulimit -n')");
	if (evict_idle(l))
		return true;
	pause_accepting(l);
	return false;
}

/* For one more connection. */
static bool
find_slot(struct loop *l, int listener)
{
	if (reserve_slot(l))
		return true;
	if (!is_limit_chosen(l))
		return make_room(l, listener) && reserve_slot(l);
	pause_accepting(l);
	return false;
}

/* True if one more may be tried. */
static bool
accept_one(struct loop *l, int listener)
{
	struct sockaddr_storage address;
	socklen_t n = sizeof(address);
	int fd;

	if (!find_slot(l, listener))
		return false;
	fd = accept4(listener, (struct sockaddr *)&address, &n,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd != -1) {
		admit(l, fd, &address);
		return true;
	}
	release_slot(l);
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
	    errno == ENOBUFS)
		return make_room(l, listener);
	/* A client that is gone already (accept(2)) costs only itself. */
	return errno != EAGAIN && errno != EINVAL && errno != EBADF;
}

static void
accept_clients(struct loop *l, int listener)
{
	int most = ACCEPTS;

	while (accept_one(l, listener) && --most > 0 && is_awaited(listener))
		;
}

/* ---- turns ---- */

/* Close what is idle; what is under way has a few seconds. */
static void
begin_stop(struct loop *l)
{
	if (l->worker.server->shared->hurry) {
		l->stop_ns = l->worker.now_ns;
		l->stopping = true;
		return;
	}
	l->stopping = true;
	pause_accepting(l);
	l->stop_ns = l->worker.now_ns + LOOP_GRACE_S * 1000000000ll;
	for (size_t i = 0; i < SLOTS; i++)
		for (struct conn *c = l->slot[i], *next; c != NULL; c = next) {
			next = c->next;
			if (conn_is_idle(c))
				drop(l, c);
		}
}

static void
expire_slot(struct loop *l, struct conn *c)
{
	for (struct conn *next; c != NULL; c = next) {
		next = c->next;
		timer_remove(l, c);
		if (c->deadline_ns > l->worker.now_ns)
			timer_add(l, c);
		else
			rearm(l, c, conn_expire(c, &l->worker));
	}
}

static void
timers_expire(struct loop *l)
{
	uint32_t now = (uint32_t)(l->worker.now_ns / TICK_NS);

	if (now - l->tick > SLOTS)
		l->tick = now - SLOTS;
	while (l->tick != now) {
		l->tick++;
		expire_slot(l, l->slot[l->tick % SLOTS]);
	}
}

static void
send_events(struct loop *l)
{
	for (size_t i = 0; i < SLOTS; i++)
		for (struct conn *c = l->slot[i], *next; c != NULL; c = next) {
			next = c->next;
			/* Others are waited for, as long as --timeout says. */
			if (conn_is_waiting_stream(c))
				rearm(l, c, conn_step(c, &l->worker));
		}
}

/* Whose event is it? */
enum source { FROM_CONN, FROM_MAIN, FROM_SINK, FROM_WATCH, FROM_EVENTS,
	FROM_LISTENER };

static enum source
source_of(const struct loop *l, const void *p)
{
	const struct loop_config *config = l->config;
	struct live *live = l->worker.server->live;

	if (p == l)
		return FROM_MAIN;
	if (p == config->log.out || p == config->log.err)
		return FROM_SINK;
	if (live != NULL && p == live)
		return FROM_EVENTS;
	if (live != NULL && p == live_reader(live))
		return FROM_WATCH;
	if ((const int *)p >= config->listeners &&
	    (const int *)p < config->listeners + config->listener_count)
		return FROM_LISTENER;
	return FROM_CONN;
}

/* What is not a connection's comes last: it may close connections. */
static void
take_others(struct loop *l, int n)
{
	for (int i = 0; i < n; i++) {
		void *p = l->event[i].data.ptr;

		switch (source_of(l, p)) {
		case FROM_MAIN:
			begin_stop(l);
			break;
		case FROM_SINK:
			sink_drain(p);
			break;
		case FROM_WATCH:
			live_read(l->worker.server->live, worker_clock());
			break;
		case FROM_EVENTS:
			send_events(l);
			break;
		case FROM_LISTENER:
			accept_clients(l, *(int *)p);
			break;
		case FROM_CONN:
			break;
		}
	}
	process_queue(l);
}

static void
take_events(struct loop *l, int n)
{
	bool others = false;

	for (int i = 0; i < n; i++) {
		struct conn *c = l->event[i].data.ptr;

		if (source_of(l, c) == FROM_CONN)
			enqueue(l, c, c->want == CONN_READ);
		else
			others = true;
	}
	process_queue(l);
	if (others)
		take_others(l, n);
}

/* Of two times in milliseconds, of which -1 is never. */
static int
sooner(int a, int b)
{
	return (unsigned)a < (unsigned)b ? a : b;
}

/* Shorter than the wheel says where something else is awaited. */
static int
wait_ms(const struct loop *l)
{
	struct live *live = l->worker.server->live;
	int most = l->paused && !l->stopping ? PAUSE_MS :
	    l->stopping ? 1000 : -1;

	if (live != NULL && l->first)
		most = sooner(most, live_publish(live, l->worker.now_ns));
	return sooner(most, next_timeout(l));
}

void
loop_run(struct loop *l)
{
	while (!l->stopping || (l->conns > 0 && l->worker.now_ns < l->stop_ns)) {
		int n = epoll_wait(l->epfd, l->event, EVENTS, wait_ms(l));

		/* Stopped and continued: what came meanwhile comes before what
		 * is too late by now. */
		if (n == -1)
			continue;
		worker_begin(&l->worker);
		take_events(l, n);
		timers_expire(l);
		resume_accepting(l);
		worker_end(&l->worker);
	}
	for (size_t i = 0; i < SLOTS; i++)
		while (l->slot[i] != NULL)
			drop(l, l->slot[i]);
	worker_end(&l->worker);
	eventfd_write(l->worker.server->shared->stopped_fd, 1);
}

/* ---- a loop's life ---- */

static int
watch_stop(struct loop *l)
{
	/* Edge-triggered: each write to the eventfd is reported once. */
	struct epoll_event ev = {
		.events = EPOLLIN | EPOLLET, .data.ptr = l,
	};

	return epoll_ctl(l->epfd, EPOLL_CTL_ADD,
	    l->worker.server->shared->stop_fd, &ev);
}

static void
watch_sinks(struct loop *l)
{
	const struct loop_config *config = l->config;

	if (config->log.out != NULL && config->log.out != config->log.err)
		sink_watch(config->log.out, l->epfd);
	sink_watch(config->log.err, l->epfd);
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
	l->first = first;
	log = log_new(&config->log);
	if (log == NULL)
		goto free_loop;
	if (worker_init(&l->worker, server, log) == -1)
		goto free_log;
	l->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epfd == -1)
		goto free_turn;
	for (size_t i = 0; i < SLOTS; i++)
		l->end[i] = &l->slot[i];
	worker_begin(&l->worker);
	l->tick = (uint32_t)(l->worker.now_ns / TICK_NS);
	if (watch_stop(l) == -1 || !watch_listeners(l, EPOLL_CTL_ADD))
		goto close_epoll;
	if (server->live != NULL &&
	    live_join(server->live, l->epfd, first) == -1)
		goto close_epoll;
	if (first)
		watch_sinks(l);
	return l;

close_epoll:
	close(l->epfd);
free_turn:
	worker_free(&l->worker);
free_log:
	log_free(log);
free_loop:
	free(l);
	return NULL;
}

void
loop_free(struct loop *l)
{
	struct slab *s = l->slabs, *next;

	for (; s != NULL; s = next) {
		next = s->next;
		free(s);
	}
	close(l->epfd);
	log_free(l->worker.log);
	worker_free(&l->worker);
	free(l);
}

void
loop_totals(const struct loop *l, uint64_t *requests, uint64_t *bytes)
{
	*requests += l->worker.requests;
	*bytes += l->worker.bytes;
}
