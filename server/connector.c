#include "server/connector.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/clock.h"
#include "server/sandbox.h"
#include "server/tcp.h"

enum {
	ENDPOINTS_MAX = 8,	/* of one application */
	ATTEMPTS_MAX = 1024,	/* under way at a time */
	HOST_MAX = 256,		/* bytes of a name, with its NUL */
	PORT_MAX = 8,
	CONNECT_MS = 10000,	/* for one endpoint */
	RETRY_MS = 50,		/* before all endpoints are tried again */
	GRACE_MS = 10000,	/* how long COMMAND may take to start */
	LOOKUP_MS = 5000,	/* between two lookups of a name */
};

/* An address and port to connect to, or a Unix socket. */
struct endpoint {
	struct sockaddr_storage sa;
	socklen_t n;
};

struct endpoints {
	struct endpoint of[ENDPOINTS_MAX];
	int count;
};

struct application {
	const struct proxy_app *app;
	struct endpoints endpoints;
	int first;		/* the endpoint that accepted last */
	bool is_name;		/* the addresses of its host may change */
	bool is_looking_up;	/* a thread is looking it up now */
	int64_t looked_up_ms;	/* start of the last lookup */
};

/* A lookup in a thread of its own: a resolver may wait for seconds. */
struct lookup {
	unsigned app;
	const struct proxy_app *what;
	int done_fd;		/* to write the address of this struct to */
	struct endpoints endpoints;
	int error;
};

enum state {
	CONNECTING,
	WAITS_FOR_LOOKUP,
	WAITS_TO_RETRY,		/* until due_ms */
};

/* One connection that is being made. */
struct attempt {
	enum state state;
	unsigned app;
	int loop;		/* index of the loop that asked */
	int fd;			/* CONNECTING */
	int start;		/* the endpoint that it tried first */
	int tried;		/* endpoints tried since the last lookup or
				   wait */
	int error;		/* of the last endpoint */
	int64_t due_ms;		/* deadline of the state */
};

struct process {
	const struct options *opt;
	const struct docroot *docroot;
	struct application *apps;
	unsigned app_count;
	int control;
	const int *loop;
	int loop_count;
	struct attempt *attempts;	/* ATTEMPTS_MAX */
	int attempt_count;
	struct pollfd *polled;	/* FIRST_LOOP, the loops, the attempts */
	int64_t started_ms;
	int lookup[2];		/* a pipe of pointers to struct lookup */
};

/* To a loop, with the connected socket. */
struct answer {
	uint32_t app;
	int32_t error;		/* errno, if there is no socket */
};

/* ---- endpoints ---- */

static void
add_endpoint(struct endpoints *list, const void *sa, size_t n)
{
	struct endpoint *a = &list->of[list->count];

	if (list->count == ENDPOINTS_MAX || n > sizeof(a->sa))
		return;
	memcpy(&a->sa, sa, n);
	a->n = (socklen_t)n;
	list->count++;
}

/* Returns 0, or an error of getaddrinfo(3). */
static int
add_host(struct endpoints *list, const char *host, const char *port, int flags)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV,
	};
	struct addrinfo *found;
	int error = getaddrinfo(host, port, &hints, &found);

	if (error != 0)
		return error;
	for (struct addrinfo *i = found; i != NULL; i = i->ai_next)
		add_endpoint(list, i->ai_addr, i->ai_addrlen);
	freeaddrinfo(found);
	return 0;
}

static void
add_socket(struct endpoints *list, struct slice path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	static_assert(sizeof(sun.sun_path) > PROXY_SOCKET_MAX, "path fits");
	memcpy(sun.sun_path, path.p, path.n);
	add_endpoint(list, &sun, sizeof(sun));
}

static void
copy_text(char *to, size_t cap, struct slice s)
{
	size_t n = s.n < cap ? s.n : cap - 1;

	memcpy(to, s.p, n);
	to[n] = '\0';
}

/* localhost stands for both loopback addresses, whatever /etc/hosts says. */
static int
find_endpoints(const struct proxy_app *app, struct endpoints *list)
{
	char host[HOST_MAX], port[PORT_MAX];

	list->count = 0;
	if (app->socket.n > 0) {
		add_socket(list, app->socket);
		return 0;
	}
	if (app->host.n >= sizeof(host))
		return EAI_NONAME;
	copy_text(host, sizeof(host), app->host);
	copy_text(port, sizeof(port), app->port.n > 0 ? app->port :
	    SLICE("80"));
	if (!slice_equal_nocase(app->host, SLICE("localhost")))
		return add_host(list, host, port, 0);
	add_host(list, "127.0.0.1", port, AI_NUMERICHOST);
	return add_host(list, "::1", port, AI_NUMERICHOST);
}

static void *
run_lookup(void *arg)
{
	struct lookup *l = arg;

	l->error = find_endpoints(l->what, &l->endpoints);
	/* A write of a pointer to a pipe is atomic (PIPE_BUF). */
	if (write(l->done_fd, &l, sizeof(l)) != sizeof(l))
		free(l);
	return NULL;
}

/* False if no lookup can start now: then keep the old endpoints. */
static bool
begin_lookup(struct process *p, unsigned app, int64_t now)
{
	struct application *a = &p->apps[app];
	struct lookup *l;
	pthread_t thread;

	if (a->is_looking_up)
		return true;
	if (!a->is_name || now - a->looked_up_ms < LOOKUP_MS)
		return false;
	l = malloc(sizeof(*l));
	if (l == NULL)
		return false;
	*l = (struct lookup){
		.app = app, .what = a->app, .done_fd = p->lookup[1],
	};
	if (pthread_create(&thread, NULL, run_lookup, l) != 0) {
		free(l);
		return false;
	}
	pthread_detach(thread);
	a->is_looking_up = true;
	a->looked_up_ms = now;
	return true;
}

/* ---- one attempt ---- */

/* Send m to a loop, with fd unless that is -1.  0, or -1 with errno. */
static int
send_answer(int loop_fd, struct answer m, int fd)
{
	struct iovec iov = { .iov_base = &m, .iov_len = sizeof(m) };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} space = { .bytes = { 0 } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fd != -1) {
		struct cmsghdr *c;

		msg.msg_control = space.bytes;
		msg.msg_controllen = sizeof(space.bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	/* This may block, but not for long: a loop reads its socket in its next
	 * iteration. */
	do
		n = sendmsg(loop_fd, &msg, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

/* Send fd to the loop that asked, or the attempt's error if fd is -1. */
static void
answer(const struct process *p, const struct attempt *t, int fd)
{
	struct answer m = { .app = t->app, .error = fd == -1 ? t->error : 0 };
	int loop_fd = p->loop[t->loop];

	/* If the kernel does not pass the socket on (ETOOMANYREFS), send the
	 * error: the loop counts a connection until it has an answer. */
	if (send_answer(loop_fd, m, fd) == -1 && fd != -1) {
		m.error = errno;
		send_answer(loop_fd, m, -1);
	}
	if (fd != -1)
		close(fd);
}

/* Returns 0 if connected, 1 if under way, -1 with errno. */
static int
connect_to(const struct endpoint *a, int *fd)
{
	*fd = socket(a->sa.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd == -1)
		return -1;
	tcp_prepare(*fd);
	if (connect(*fd, (const struct sockaddr *)&a->sa, a->n) == 0)
		return 0;
	if (errno == EINPROGRESS)
		return 1;
	close(*fd);
	return -1;
}

/* Is it worth trying again?  COMMAND may be the application: give it some time
 * to start. */
static bool
may_come_soon(const struct process *p, const struct attempt *t, int64_t now)
{
	return p->opt->command != NULL && now - p->started_ms < GRACE_MS &&
	    (t->error == ECONNREFUSED || t->error == ENOENT);
}

/*
 * Try the next endpoint.  If all have failed, look the name up again, wait, or
 * report the error.  False: the attempt has ended.
 */
static bool
advance(struct process *p, struct attempt *t, int64_t now)
{
	struct application *a = &p->apps[t->app];

	/* Another attempt may change a->first before this one has ended. */
	if (t->tried == 0)
		t->start = a->first;
	while (t->tried < a->endpoints.count) {
		int which = (t->start + t->tried++) % a->endpoints.count;
		int r = connect_to(&a->endpoints.of[which], &t->fd);

		if (r == 0) {
			a->first = which;
			answer(p, t, t->fd);
			return false;
		}
		if (r == 1) {
			t->state = CONNECTING;
			t->due_ms = now + CONNECT_MS;
			return true;
		}
		t->error = errno;
	}
	t->tried = 0;
	if (begin_lookup(p, t->app, now)) {
		t->state = WAITS_FOR_LOOKUP;
		t->due_ms = INT64_MAX;
		return true;
	}
	/* EAGAIN: the backlog of a Unix socket is full.  There is no event for
	 * the end of that, so try again later. */
	if (may_come_soon(p, t, now) || t->error == EAGAIN) {
		t->state = WAITS_TO_RETRY;
		t->due_ms = now + RETRY_MS;
		return true;
	}
	answer(p, t, -1);
	return false;
}

/* connect(2) has finished, or has timed out. */
static bool
finish_connect(struct process *p, struct attempt *t, bool is_ready,
    int64_t now)
{
	struct application *a = &p->apps[t->app];
	socklen_t n = sizeof(t->error);

	t->error = ETIMEDOUT;
	if (is_ready && getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &t->error,
	    &n) == 0 && t->error == 0) {
		a->first = (t->start + t->tried - 1) % a->endpoints.count;
		answer(p, t, t->fd);
		return false;
	}
	close(t->fd);
	return advance(p, t, now);
}

/* Handle the events and the deadline of an attempt.  False: it has ended. */
static bool
step(struct process *p, struct attempt *t, bool is_ready, int64_t now)
{
	bool is_due = now >= t->due_ms;

	switch (t->state) {
	case CONNECTING:
		return (!is_ready && !is_due) ||
		    finish_connect(p, t, is_ready, now);
	case WAITS_FOR_LOOKUP:
		return p->apps[t->app].is_looking_up || advance(p, t, now);
	case WAITS_TO_RETRY:
		return !is_due || advance(p, t, now);
	}
	return false;
}

/* ---- the process ---- */

static void
read_request(struct process *p, int loop, int64_t now)
{
	struct attempt t = {
		.loop = loop, .fd = -1, .error = EHOSTUNREACH,
	};
	uint32_t app;

	/* Ignore anything else: the loops are not trusted. */
	if (recv(p->loop[loop], &app, sizeof(app), MSG_DONTWAIT) !=
	    sizeof(app) || app >= p->app_count)
		return;
	t.app = app;
	if (p->attempt_count == ATTEMPTS_MAX) {
		t.error = EMFILE;
		answer(p, &t, -1);
	} else if (advance(p, &t, now)) {
		p->attempts[p->attempt_count++] = t;
	}
}

static void
read_lookup(struct process *p)
{
	struct lookup *l;
	struct application *a;

	if (read(p->lookup[0], &l, sizeof(l)) != sizeof(l))
		return;
	a = &p->apps[l->app];
	a->is_looking_up = false;
	if (l->error == 0) {
		a->endpoints = l->endpoints;
		a->first = 0;
	}
	free(l);
}

static int
wait_ms(const struct process *p, int64_t now)
{
	int64_t due = INT64_MAX;

	for (int i = 0; i < p->attempt_count; i++)
		if (p->attempts[i].due_ms < due)
			due = p->attempts[i].due_ms;
	return due == INT64_MAX ? -1 : due > now ? (int)(due - now) : 0;
}

enum { CONTROL, LOOKUP, FIRST_LOOP };

/* Fill polled.  Returns the number of descriptors. */
static int
list_polled(const struct process *p, struct pollfd *polled)
{
	int n = FIRST_LOOP;

	polled[CONTROL] = (struct pollfd){ .fd = p->control,
		.events = POLLIN };
	polled[LOOKUP] = (struct pollfd){ .fd = p->lookup[0],
		.events = POLLIN };
	for (int i = 0; i < p->loop_count; i++)
		polled[n++] = (struct pollfd){ .fd = p->loop[i],
			.events = POLLIN };
	for (int i = 0; i < p->attempt_count; i++) {
		const struct attempt *t = &p->attempts[i];

		polled[n++] = (struct pollfd){
			.fd = t->state == CONNECTING ? t->fd : -1,
			.events = POLLOUT,
		};
	}
	return n;
}

static void
step_all(struct process *p, const struct pollfd *polled, int64_t now)
{
	int count = p->attempt_count;

	p->attempt_count = 0;
	for (int i = 0; i < count; i++) {
		struct attempt t = p->attempts[i];

		if (step(p, &t, polled[i].revents != 0, now))
			p->attempts[p->attempt_count++] = t;
	}
}

/* Handle requests until serve closes its end of control. */
static void
serve_loops(struct process *p)
{
	struct pollfd *polled = p->polled;

	for (;;) {
		int64_t now;
		int n = list_polled(p, polled);

		if (poll(polled, (nfds_t)n,
		    wait_ms(p, clock_monotonic_ms())) == -1)
			continue;
		if (polled[CONTROL].revents != 0)
			return;
		if (polled[LOOKUP].revents != 0)
			read_lookup(p);
		now = clock_monotonic_ms();
		step_all(p, polled + FIRST_LOOP + p->loop_count, now);
		for (int i = 0; i < p->loop_count; i++)
			if (polled[FIRST_LOOP + i].revents & POLLIN)
				read_request(p, i, now);
	}
}

/* Look up all names, before any port is bound and before this process is
 * confined: libc may load libraries for the first lookup. */
static void
look_up_all(struct process *p)
{
	for (unsigned i = 0; i < p->app_count; i++) {
		struct application *a = &p->apps[i];
		int error;

		a->app = &p->opt->proxies[i];
		a->is_name = proxy_is_name(a->app);
		error = find_endpoints(a->app, &a->endpoints);
		a->looked_up_ms = clock_monotonic_ms();
		if (error != 0)
			options_warn(p->opt, "cannot find host '%.*s' for "
			    "--proxy: %s", (int)a->app->host.n, a->app->host.p,
			    gai_strerror(error));
	}
}

static int
run(struct process *p)
{
	size_t most = FIRST_LOOP + (size_t)p->loop_count + ATTEMPTS_MAX;
	sigset_t all;

	p->polled = calloc(most, sizeof(*p->polled));
	p->apps = calloc(p->app_count, sizeof(*p->apps));
	p->attempts = calloc(ATTEMPTS_MAX, sizeof(*p->attempts));
	if (p->polled == NULL || p->apps == NULL || p->attempts == NULL ||
	    pipe(p->lookup) == -1)
		return 1;
	/* Ctrl-C is meant for serve: this process ends when serve does. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	look_up_all(p);
	sandbox_enter_connector(p->opt, p->docroot);
	/* serve waits for this byte. */
	if (send(p->control, "", 1, MSG_NOSIGNAL) != 1)
		return 1;
	p->started_ms = clock_monotonic_ms();
	serve_loops(p);
	return 0;
}

/* ---- serve's side ---- */

static int
open_pair(int *ours, int *theirs)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) == -1)
		return -1;
	*ours = fd[0];
	*theirs = fd[1];
	return 0;
}

/* 0, or -1 with errno. */
static int
open_sockets(struct connector *ours, struct connector *theirs, int loop_count)
{
	*theirs = (struct connector){ .control = -1 };
	if (open_pair(&ours->control, &theirs->control) == -1)
		return -1;
	for (int i = 0; i < loop_count; i++) {
		if (open_pair(&ours->loop[i], &theirs->loop[i]) == -1)
			return -1;
		ours->loop_count = theirs->loop_count = i + 1;
	}
	return 0;
}

static void
close_sockets(const struct connector *c)
{
	if (c->control != -1)
		close(c->control);
	for (int i = 0; i < c->loop_count; i++)
		close(c->loop[i]);
}

/* Split the process off, with its ends of the sockets. */
static int
split(struct connector *c, const struct options *opt,
    const struct docroot *docroot, const struct connector *theirs)
{
	struct process p = {
		.opt = opt, .docroot = docroot,
		.app_count = (unsigned)opt->proxy_count,
		.control = theirs->control,
		.loop = theirs->loop, .loop_count = theirs->loop_count,
	};
	char ready;

	c->pid = fork();
	if (c->pid == 0) {
		close_sockets(c);
		_exit(run(&p));
	}
	close_sockets(theirs);
	if (c->pid == -1) {
		c->pid = 0;
		return -1;
	}
	if (recv(c->control, &ready, 1, 0) != 1) {
		errno = ECHILD;
		return -1;
	}
	return 0;
}

int
connector_split(struct connector *c, const struct options *opt,
    const struct docroot *docroot, int loop_count)
{
	struct connector theirs;
	int error;

	*c = (struct connector){ .control = -1 };
	if (opt->proxy_count == 0)
		return 0;
	if (open_sockets(c, &theirs, loop_count) == 0 &&
	    split(c, opt, docroot, &theirs) == 0)
		return 0;
	error = errno;
	close_sockets(c);
	errno = error;
	return -1;
}

int
connector_request(int loop_fd, unsigned app)
{
	uint32_t number = app;

	return send(loop_fd, &number, sizeof(number), MSG_NOSIGNAL |
	    MSG_DONTWAIT) == sizeof(number) ? 0 : -1;
}

int
connector_receive(int loop_fd, unsigned *app, int *socket, int *error)
{
	struct answer m;
	struct iovec iov = { .iov_base = &m, .iov_len = sizeof(m) };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} space;
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space.bytes,
		.msg_controllen = sizeof(space.bytes),
	};
	struct cmsghdr *c;
	ssize_t n = recvmsg(loop_fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n != sizeof(m))
		return -1;
	/* The process that connects reads what name servers send, so it is not
	 * trusted either. */
	if (m.app >= OPTIONS_PROXIES_MAX)
		return -1;
	*app = m.app;
	*error = m.error;
	*socket = -1;
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(socket, CMSG_DATA(c), sizeof(*socket));
	/* recvmsg(2) drops the socket if the descriptors have run out. */
	if (*socket == -1 && m.error == 0)
		*error = EMFILE;
	return 1;
}

void
connector_close(struct connector *c)
{
	if (c->pid == 0)
		return;
	close_sockets(c);
	while (waitpid(c->pid, NULL, 0) == -1 && errno == EINTR)
		;
	c->pid = 0;
}
