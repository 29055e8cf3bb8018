#include "server/link.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/connector.h"
#include "server/container_of.h"
#include "server/options.h"
#include "server/worker.h"

enum {
	LINKS_MAX = 64,		/* to one application, from all loops */
	IDLE_MAX = 2,		/* to one application, kept by one loop */
};

static const int64_t IDLE_NS = 5ll * 1000000000;
/* How long links_disable_reuse() lasts. */
static const int64_t NO_REUSE_NS = 60ll * 1000000000;
/* How long idle connections beyond IDLE_MAX are kept: under load they are used
 * again sooner, and closing them would only mean connecting again. */
static const int64_t SURPLUS_NS = 100ll * 1000000;

struct app {
	struct link *idle;	/* the newest first */
	int links;		/* connected, or requested */
	int pending;		/* of these: requested, not connected yet */
	int used;		/* of these: a reply has come */
	struct link_user *waiting;	/* for a connection, in order */
	struct link_user **last_waiting;
	int64_t no_reuse_until_ns;
};

struct links {
	struct source connector;
	struct worker *w;
	int connector_fd;
	int share;		/* of the connections to one application */
	int common;		/* as many more that any loop may borrow */
	struct app app[OPTIONS_PROXIES_MAX];
};

/* ---- the users that wait for a connection ---- */

static void
enqueue(struct app *a, struct link_user *user)
{
	user->is_waiting = true;
	user->next = NULL;
	*a->last_waiting = user;
	a->last_waiting = &user->next;
}

static void
dequeue(struct app *a, struct link_user *user)
{
	struct link_user **at = &a->waiting;

	while (*at != user)
		at = &(*at)->next;
	*at = user->next;
	if (user->next == NULL)
		a->last_waiting = at;
	user->is_waiting = false;
}

static void
fail_user(struct app *a, struct link_user *user, int error)
{
	dequeue(a, user);
	user->ready(user, error);
}

static void
assign(struct link *k, struct link_user *user)
{
	if (user->is_waiting)
		dequeue(&k->links->app[k->app], user);
	k->user = user;
	user->link = k;
	user->ready(user, 0);
}

static void drop_idle(struct link *k);

/* Count one more connection to app.  False at the limit. */
static bool
reserve(struct links *links, unsigned app)
{
	struct app *a = &links->app[app];
	atomic_int *borrowed = &links->w->server->shared->borrowed_links[app];

	if (a->links >= links->share && (*borrowed)++ >= links->common) {
		(*borrowed)--;
		return false;
	}
	a->links++;
	return true;
}

static void
unreserve(struct links *links, unsigned app)
{
	struct app *a = &links->app[app];

	if (a->links-- > links->share)
		links->w->server->shared->borrowed_links[app]--;
}

/* Request a connection for each waiting user, up to the limit.  The others
 * wait until one becomes free. */
static void
request_links(struct links *links, unsigned app)
{
	struct app *a = &links->app[app];
	struct link_user *user = a->waiting, *next;

	for (int i = 0; i < a->pending && user != NULL; i++)
		user = user->next;
	for (; user != NULL && reserve(links, app); user = next) {
		next = user->next;
		if (connector_request(links->connector_fd, app) == -1) {
			unreserve(links, app);
			fail_user(a, user, errno);
			continue;
		}
		a->pending++;
	}
	/* This user waits although a connection is idle, because it needs a new
	 * one.  Close the idle one to make room; close_link() then calls this
	 * again. */
	if (user != NULL && a->idle != NULL)
		drop_idle(a->idle);
}

/* ---- one connection ---- */

static void
close_link(struct link *k)
{
	struct links *links = k->links;
	unsigned app = k->app;

	/* close() removes only the last copy of a socket from epoll, and the
	 * connector process may not have closed its own yet. */
	source_remove(&links->w->sources, k->fd, &k->source);
	close(k->fd);
	links->app[app].used -= k->was_used;
	free(k);
	unreserve(links, app);
	request_links(links, app);
}

static void
drop_idle(struct link *k)
{
	struct app *a = &k->links->app[k->app];
	struct link **at = &a->idle;

	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	close_link(k);
}

static void
link_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct link *k = CONTAINER_OF(s, struct link, source);

	(void)w;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		k->at_end = true;
	if (events & EPOLLPRI)
		k->is_urgent = true;
	if (events & (EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		k->readable = true;
	if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
		k->writable = true;
	if (k->user != NULL)
		k->user->ready(k->user, 0);
	/* While idle, the connection was closed by the application, or received
	 * bytes without a request: it cannot be used again. */
	else if (k->readable)
		drop_idle(k);
}

/* Take over a connected socket, or close it on failure. */
static struct link *
new_link(struct links *links, unsigned app, int fd)
{
	struct link *k = malloc(sizeof(*k));

	if (k == NULL)
		goto close_fd;
	*k = (struct link){
		.source.ready = link_ready, .links = links, .app = app,
		.fd = fd, .writable = true,
	};
	/* Edge-triggered: one epoll_ctl(2) for the life of the connection. */
	if (source_add(&links->w->sources, fd,
	    EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET,
	    &k->source) == -1)
		goto free_link;
	return k;

free_link:
	free(k);
close_fd:
	close(fd);
	return NULL;
}

/*
 * Unexpected bytes or a FIN may have arrived although epoll has not reported
 * them: the events of this iteration were collected before.  Surplus bytes
 * after a reply must never pass for the next reply, so this system call is made
 * each time a connection is used again.
 */
static bool
is_quiet(const struct link *k)
{
	char byte;

	return recv(k->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == -1 &&
	    errno == EAGAIN;
}

/* An idle connection that can be used again, or NULL. */
static struct link *
take_idle(struct app *a)
{
	struct link *k;

	while ((k = a->idle) != NULL) {
		a->idle = k->next;
		if (is_quiet(k))
			return k;
		close_link(k);
	}
	return NULL;
}

void
link_find(struct links *links, struct link_user *user)
{
	struct app *a = &links->app[user->app];
	struct link *k = user->may_reuse ? take_idle(a) : NULL;

	user->link = k;
	if (k != NULL) {
		k->user = user;
		return;
	}
	enqueue(a, user);
	request_links(links, user->app);
}

void
link_leave(struct links *links, struct link_user *user)
{
	struct link *k = user->link;

	if (user->is_waiting)
		dequeue(&links->app[user->app], user);
	user->link = NULL;
	if (k != NULL)
		close_link(k);
}

void
link_release(struct link_user *user, int64_t now_ns)
{
	struct link *k = user->link;
	struct app *a = &k->links->app[k->app];

	user->link = NULL;
	k->user = NULL;
	a->used += !k->was_used;
	k->was_used = true;
	if (now_ns >= a->no_reuse_until_ns && a->waiting != NULL &&
	    a->waiting->may_reuse && is_quiet(k)) {
		assign(k, a->waiting);
		return;
	}
	/* Close it to make room for a user that needs a new one, or because an
	 * event of epoll has come already: it would not be reported again. */
	if (now_ns < a->no_reuse_until_ns || a->waiting != NULL ||
	    k->at_end || (k->readable && !is_quiet(k))) {
		close_link(k);
		return;
	}
	k->readable = false;
	k->idle_ns = now_ns;
	k->next = a->idle;
	a->idle = k;
}

/* ---- idle connections ---- */

/* Close those that became idle at since_ns or before, and those beyond IDLE_MAX
 * that became idle at surplus_ns or before. */
static void
close_idle(struct links *links, unsigned app, int64_t since_ns,
    int64_t surplus_ns)
{
	struct app *a = &links->app[app];
	struct link **at = &a->idle, *closing = NULL, *k;
	int kept = 0;

	while ((k = *at) != NULL) {
		if (k->idle_ns > (kept < IDLE_MAX ? since_ns : surplus_ns)) {
			at = &k->next;
			kept++;
			continue;
		}
		*at = k->next;
		k->next = closing;
		closing = k;
	}
	/* close_link() may change the idle list. */
	while ((k = closing) != NULL) {
		closing = k->next;
		close_link(k);
	}
}

void
links_disable_reuse(struct links *links, unsigned app)
{
	struct app *a = &links->app[app];

	if (a->used == 0)
		return;
	a->no_reuse_until_ns = links->w->now_ns + NO_REUSE_NS;
	close_idle(links, app, INT64_MAX, INT64_MAX);
}

bool
links_expire(struct links *links, int64_t now_ns)
{
	bool any = false;

	for (unsigned i = 0; i < OPTIONS_PROXIES_MAX; i++) {
		close_idle(links, i, now_ns - IDLE_NS, now_ns - SURPLUS_NS);
		any |= links->app[i].idle != NULL;
		/* Another loop may have returned a connection. */
		request_links(links, i);
	}
	return any;
}

/* ---- the connector process ---- */

static void
connector_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct links *links = CONTAINER_OF(s, struct links, connector);
	int fd, error, more;
	unsigned app;

	(void)events;
	while ((more = connector_receive(links->connector_fd, &app, &fd,
	    &error)) == 1) {
		struct app *a = &links->app[app];
		struct link *k = NULL;

		a->pending--;
		if (fd != -1 && (k = new_link(links, app, fd)) == NULL)
			error = ENOMEM;
		if (k == NULL)
			unreserve(links, app);
		/* Close it if no request waits for it any more. */
		if (k != NULL && a->waiting == NULL)
			close_link(k);
		else if (k != NULL)
			assign(k, a->waiting);
		else if (a->waiting != NULL)
			fail_user(a, a->waiting, error);
	}
	/* The process has ended: serve will end too. */
	if (more == -1)
		source_remove(&w->sources, links->connector_fd, s);
}

struct links *
links_new(struct worker *w, int connector_fd, int loop_count)
{
	struct links *links = calloc(1, sizeof(*links));

	if (links == NULL)
		return NULL;
	links->connector.ready = connector_ready;
	links->w = w;
	links->connector_fd = connector_fd;
	links->share = LINKS_MAX / 2 / loop_count;
	links->common = LINKS_MAX - links->share * loop_count;
	for (size_t i = 0; i < LENGTH_OF(links->app); i++)
		links->app[i].last_waiting = &links->app[i].waiting;
	if (source_add(&w->sources, connector_fd, EPOLLIN,
	    &links->connector) == -1) {
		free(links);
		return NULL;
	}
	return links;
}

void
links_free(struct links *links)
{
	for (unsigned i = 0; i < OPTIONS_PROXIES_MAX; i++)
		close_idle(links, i, INT64_MAX, INT64_MAX);
	free(links);
}
