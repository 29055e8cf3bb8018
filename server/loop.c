#include "server/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/acceptor.h"
#include "server/balance.h"
#include "server/conn.h"
#include "server/conns.h"
#include "server/live_stream.h"
#include "server/upstream.h"

/* ---- iterations ---- */

static void
evict_ready(struct source *s, struct worker *w, uint32_t events)
{
	(void)s;
	(void)events;
	loop_of(w)->evict_seen = true;
}

static void
trim_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct loop *l = loop_of(w);

	(void)s;
	(void)events;
	if (l->conns == 0 && l->queue == NULL)
		conns_free(l);
	worker_trim(w);
}

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
	if (l->worker.server->shared->stop_now)
		return;
	l->stop_ns += LOOP_GRACE_S * 1000000000ll;
	acceptors_pause(l);
	acceptors_forget_waiting(l);
	for (c = conns_after(l, NULL); c != NULL; c = next) {
		next = conns_after(l, c);
		if (!conn_is_responding(c))
			conns_drop(l, c, TRANSFER_LEFT);
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
	conns_process(l);
	if (l->stop_seen)
		begin_stop(l);
	if (l->evict_seen) {
		l->evict_seen = false;
		conns_take_part(l);
		l->resume_ns = 0;
	}
	acceptors_accept(l);
	conns_process(l);
}

static int
wait_ms(const struct loop *l)
{
	int most = l->stopping ? 1000 : l->paused ? PAUSE_MS : -1;
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

	l->number = evict_join(loop_evictor(l));
	while (!l->stopping || (l->conns > 0 && w->now_ns < l->stop_ns)) {
		int64_t due_ns = w->now_ns;
		int ms = wait_ms(l);

		/* After SIGSTOP and SIGCONT, handle input before timers expire.
		 * The process may have been stopped after these events were
		 * collected, so that later input is not among them: expire only
		 * the timers that were due before this wait or, without an
		 * event, at its end; the others after the next wait. */
		if (source_wait(&w->sources, ms) == -1) {
			wait_again(l);
			w->sources.n = 0;
		} else if (w->sources.n == 0) {
			due_ns += (int64_t)ms * 1000000;
		}
		worker_begin(w);
		take_events(l);
		timer_expire(&w->wheel, w, due_ns < w->now_ns ? due_ns :
		    w->now_ns);
		acceptors_resume(l);
		conns_process(l);
		worker_end(w);
	}
	evict_leave(loop_evictor(l));
	conns_leave(l);
	acceptors_forget_waiting(l);
	while ((c = conns_after(l, NULL)) != NULL)
		conns_drop(l, c, TRANSFER_STOPPED);
	conns_process(l);
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
	l->evict_source.ready = evict_ready;
	l->trim.source.ready = trim_ready;
	/* Edge-triggered: each write to the eventfd is reported once. */
	if (source_add(set, config->server->shared->stop_fd,
	    EPOLLIN | EPOLLET, &l->stop) == -1 || source_add(set,
	    evict_fd(config->server->shared->evictor), EPOLLIN | EPOLLET,
	    &l->evict_source) == -1)
		return -1;
	return acceptors_init(l);
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

/* --live: be able to send events, and find the changes if reads is set. */
static int
follow_changes(struct loop *l, bool reads)
{
	struct live *live = l->worker.server->live;

	if (reads && live_add_sources(live, &l->worker.sources) == -1)
		return -1;
	l->worker.feed = live_feed_new(live, &l->worker.sources);
	return l->worker.feed != NULL ? 0 : -1;
}

struct loop *
loop_new(const struct loop_config *config, bool first)
{
	const struct server *server = config->server;
	/* aligned_alloc() requires a multiple: sizeof is one. */
	struct loop *l = aligned_alloc(alignof(struct loop), sizeof(*l));
	struct log *log;

	if (l == NULL)
		return NULL;
	/* Not the connections at its end: their pages are seldom touched. */
	memset(l, 0, offsetof(struct loop, arrivals.conn));
	conns_join(l);
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
	if (server->live != NULL && follow_changes(l, first) == -1)
		goto free_worker;
	if (first)
		watch_sinks(l);
	return l;

free_worker:
	worker_free(&l->worker);
free_log:
	log_free(log);
free_loop:
	balance_free(l);
	free(l);
	return NULL;
}

int
loop_watch(struct loop *l, int fd, struct source *s)
{
	return source_add(&l->worker.sources, fd, EPOLLIN, s);
}

int
loop_connect(struct loop *l, int connector_fd, int loop_count)
{
	l->worker.upstreams = upstreams_new(&l->worker, connector_fd,
	    loop_count);
	return l->worker.upstreams != NULL ? 0 : -1;
}

int
loop_use_disk(struct loop *l, struct disk *d)
{
	struct worker *w = &l->worker;

	w->disk = disk_join(d, &w->sources);
	if (w->disk == NULL)
		return -1;
	resource_set_port(w->cache, w->disk, &w->server->shared->budget);
	return 0;
}

void
loop_free(struct loop *l)
{
	if (l->worker.disk != NULL) {
		resource_set_port(l->worker.cache, NULL, NULL);
		disk_leave(l->worker.disk, &l->worker);
	}
	if (l->worker.upstreams != NULL)
		upstreams_free(l->worker.upstreams);
	conns_free(l);
	if (l->worker.feed != NULL)
		live_feed_free(l->worker.feed);
	log_free(l->worker.log);
	worker_free(&l->worker);
	balance_free(l);
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
