#include "server/acceptor.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/conn.h"
#include "server/conns.h"
#include "server/container_of.h"

enum { ACCEPTS = 64 };		/* connections accepted in one iteration */

static void
acceptor_ready(struct source *s, struct worker *w, uint32_t events)
{
	(void)w;
	(void)events;
	CONTAINER_OF(s, struct acceptor, source)->ready = true;
}

/* Watch the listening sockets.  False with errno if epoll has no memory. */
static bool
watch_acceptors(struct loop *l)
{
	for (int i = 0; i < l->acceptor_count; i++)
		/* Exclusive: a client wakes one loop, not all of them. */
		if (source_add(&l->worker.sources, l->acceptor[i].fd,
		    EPOLLIN | EPOLLEXCLUSIVE, &l->acceptor[i].source) == -1)
			return false;
	return true;
}

/* EPOLL_CTL_MOD cannot change an EPOLLEXCLUSIVE descriptor, so remove them. */
static void
unwatch_acceptors(struct loop *l)
{
	for (int i = 0; i < l->acceptor_count; i++)
		source_remove(&l->worker.sources, l->acceptor[i].fd,
		    &l->acceptor[i].source);
}

void
acceptors_pause(struct loop *l)
{
	if (l->paused)
		return;
	l->paused = true;
	l->resume_ns = l->worker.now_ns + PAUSE_MS * 1000000ll;
	unwatch_acceptors(l);
}

/* Is the limit the value of --max-conns?  Then it is no error to reach it. */
static bool
is_limit_chosen(const struct loop *l)
{
	return l->worker.server->max_conns == l->worker.server->opt->max_conns;
}

static void
log_full(struct loop *l)
{
	log_error(l->worker.log, LOG_TOO_MANY_FILES,
	    "too many open files, new clients wait (see 'ulimit -n')");
}

/* The waiting client leaves without a slot. */
static void
stop_waiting(struct loop *l)
{
	struct evictor *e = loop_evictor(l);

	l->waiting_fd = -1;
	evict_add_waiting(e, -1);
	evict_remove_conn(e, evict_bucket(e, &l->waiting));
}

/* Do other clients wait, for accept(2) or for a slot in another loop? */
static bool
others_wait(const struct loop *l)
{
	for (int i = 0; i < l->acceptor_count; i++)
		if (source_is_readable(l->acceptor[i].fd))
			return true;
	return evict_waiting(loop_evictor(l)) > 1;
}

/* Answer the waiting client with 503. */
static void
refuse_waiting(struct loop *l)
{
	struct conn c;

	conn_open(&c, &l->worker, l->waiting_fd, &l->waiting);
	conn_reject(&c, &l->worker);
	conn_close(&c, &l->worker, TRANSFER_LEFT);
	stop_waiting(l);
}

/*
 * Find a slot for the waiting client.  False if it goes on waiting.  If its
 * address holds too much, refuse it once others wait: they might find room.
 */
static bool
admit_waiting(struct loop *l)
{
	struct evictor *e = loop_evictor(l);
	int fd = l->waiting_fd;
	size_t weight;

	if (fd == -1)
		return true;
	if (!conns_reserve(l)) {
		weight = evict_weight(e, EVICT_CONNS,
		    evict_bucket(e, &l->waiting));
		conns_evict(l, EVICT_CONNS, weight);
		if (!conns_reserve(l)) {
			if (!evict_is_too_heavy(e, weight,
			    l->worker.now_ns) || !others_wait(l))
				return false;
			refuse_waiting(l);
			return true;
		}
	}
	l->waiting_fd = -1;
	evict_add_waiting(e, -1);
	conns_admit(l, fd, &l->waiting);
	return true;
}

/* All slots are taken: keep the client waiting, and accept no other. */
static bool
let_wait(struct loop *l, int fd, const struct address *client)
{
	if (!is_limit_chosen(l))
		log_full(l);
	l->waiting_fd = fd;
	l->waiting = *client;
	evict_add_waiting(loop_evictor(l), 1);
	if (admit_waiting(l))
		return true;
	acceptors_pause(l);
	return false;
}

void
acceptors_forget_waiting(struct loop *l)
{
	if (l->waiting_fd == -1)
		return;
	close(l->waiting_fd);
	stop_waiting(l);
}

/*
 * Descriptors have run out, so the address of the next client is unknown.
 * False if no connection was closed for it.
 */
static bool
find_descriptor(struct loop *l, int listener)
{
	if (!source_is_readable(listener))
		return false;
	log_full(l);
	if (conns_evict(l, EVICT_CONNS, 1))
		return true;
	acceptors_pause(l);
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
		acceptors_pause(l);
		return false;
	}
}

/* True if another accept(2) may succeed. */
static bool
accept_one(struct loop *l, int listener)
{
	struct sockaddr_storage address;
	struct address client;
	socklen_t n = sizeof(address);
	int fd;

	/* Clients that wait for a slot, in any loop, come first. */
	if (evict_waiting(loop_evictor(l)) > 0) {
		acceptors_pause(l);
		return false;
	}
	fd = accept4(listener, (struct sockaddr *)&address, &n,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1)
		return may_accept_after(l, listener, errno);
	address_from_socket(&client, &address);
	evict_add_conn(loop_evictor(l), evict_bucket(loop_evictor(l), &client));
	if (!conns_reserve(l))
		return let_wait(l, fd, &client);
	conns_admit(l, fd, &client);
	return true;
}

/* Poll before each further accept(2): a failed one costs almost as much as a
 * successful one. */
static void
accept_clients(struct loop *l, int listener)
{
	int most = ACCEPTS;

	while (accept_one(l, listener) && --most > 0 &&
	    source_is_readable(listener))
		;
}

void
acceptors_resume(struct loop *l)
{
	if (!l->paused || l->stopping || l->worker.now_ns < l->resume_ns)
		return;
	l->resume_ns = l->worker.now_ns + PAUSE_MS * 1000000ll;
	if (!admit_waiting(l) || evict_waiting(loop_evictor(l)) > 0)
		return;
	l->paused = !watch_acceptors(l);
	if (l->paused)
		unwatch_acceptors(l);
}

int
acceptors_init(struct loop *l)
{
	l->acceptor_count = l->config->listener_count;
	for (int i = 0; i < l->acceptor_count; i++)
		l->acceptor[i] = (struct acceptor){
			.source = { acceptor_ready },
			.fd = l->config->listeners[i],
		};
	return watch_acceptors(l) ? 0 : -1;
}

void
acceptors_accept(struct loop *l)
{
	for (int i = 0; i < l->acceptor_count; i++) {
		if (l->acceptor[i].ready && !l->stopping)
			accept_clients(l, l->acceptor[i].fd);
		l->acceptor[i].ready = false;
	}
}
