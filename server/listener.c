#include "server/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/tcp.h"

enum {
	BACKLOG = 4096,		/* the kernel cuts it to somaxconn */
	TRIES = 16,		/* to find a port free on all addresses */
};

struct bind_address {
	struct address address;
	const char *typed;
	bool optional;		/* the machine may have no such address */
};

static int
get_port(int fd)
{
	struct sockaddr_storage sa;
	struct address a;
	socklen_t n = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &n) == -1)
		return -1;
	address_from_socket(&a, &sa);
	return a.port;
}

/* Does bind(2) or socket(2) say that the machine has no such address? */
static bool
is_missing(int error)
{
	return error == EADDRNOTAVAIL || error == EAFNOSUPPORT ||
	    error == EPROTONOSUPPORT || error == ENODEV;
}

/*
 * Port 0 becomes the one that the kernel has chosen.  -1 with errno, and in
 * *missing whether the machine has no such address.
 */
static int
open_one(struct address a, int *port, bool *missing)
{
	struct sockaddr_storage sa;
	socklen_t n;
	int on = 1, saved, fd;

	/* bind(2) takes a group, but no client can connect to it. */
	if (!address_is_unicast(&a)) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = socket(address_family(&a), SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (fd == -1) {
		/* A filter may refuse an address family. */
		*missing = is_missing(errno) || errno == EACCES ||
		    errno == EPERM;
		return -1;
	}
	/* Connections left by a server that has ended do not block the port.
	 * A server that still listens does, without SO_REUSEPORT. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	tcp_prepare(fd);
	a.port = (uint16_t)*port;
	n = address_to_socket(&a, &sa);
	/* Without the option "::" would take the port of 0.0.0.0 too. */
	if (address_family(&a) == AF_INET6 && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &on, sizeof(on)) == -1)
		*missing = true;
	else if (bind(fd, (struct sockaddr *)&sa, n) == 0 &&
	    listen(fd, BACKLOG) == 0 &&
	    (*port != 0 || (*port = get_port(fd)) != -1))
		return fd;
	saved = errno;
	*missing = *missing || is_missing(saved);
	close(fd);
	errno = saved;
	return -1;
}

void
listener_stop(struct listener *l)
{
	/* Not on systemd's sockets: shutdown() would end them for systemd too,
	 * although clients wait there for the next start. */
	for (int i = 0; i < l->count && !l->inherited; i++)
		shutdown(l->fd[i], SHUT_RDWR);
}

void
listener_close(struct listener *l)
{
	for (int i = 0; i < l->count; i++)
		close(l->fd[i]);
	l->count = 0;
}

/* Listen on all addresses, or on none.  With port 0 the kernel chooses a port
 * for the first address, and the others use the same. */
static int
open_all(struct listener *l, const struct bind_address *a, int n, int port)
{
	int error = EADDRNOTAVAIL;

	l->count = 0;
	l->port = port;
	for (int i = 0; i < n; i++) {
		int fd;

		l->missing = false;
		fd = open_one(a[i].address, &l->port, &l->missing);
		if (fd == -1) {
			error = errno;
			if (a[i].optional && l->missing)
				continue;
			l->failed = a[i].typed;
			listener_close(l);
			errno = error;
			return -1;
		}
		l->fd[l->count++] = fd;
	}
	if (l->count > 0)
		return 0;
	l->failed = a[0].typed;
	errno = error;
	return -1;
}

static void
add_address(struct bind_address *a, const char *text)
{
	*a = (struct bind_address){ .typed = text, .optional = true };
	address_parse(slice_of(text), &a->address);
}

static int
list_addresses(const struct options *opt, struct bind_address *a)
{
	if (opt->bind_public || opt->binds == 0) {
		bool all = opt->bind_public;

		add_address(&a[0], all ? "0.0.0.0" : "127.0.0.1");
		add_address(&a[1], all ? "::" : "::1");
		return 2;
	}
	for (int i = 0; i < opt->binds; i++)
		a[i] = (struct bind_address){
			.address = opt->bind[i], .typed = opt->bind_text[i],
			.optional = strcmp(opt->bind_text[i], "localhost") == 0,
		};
	return opt->binds;
}

int
listener_open(struct listener *l, const struct options *opt)
{
	struct bind_address a[OPTIONS_BIND_MAX];
	int n = list_addresses(opt, a);
	int port = opt->port, last = port, tries = 0;

	*l = (struct listener){ 0 };
	if (opt->port == -1 && opt->command != NULL) {
		port = last = 0;
	} else if (opt->port == -1) {
		port = OPTIONS_PORT_FIRST;
		last = OPTIONS_PORT_LAST;
	}
	while (open_all(l, a, n, port) == -1) {
		if (errno != EADDRINUSE)
			return -1;
		/* The port that the kernel chose for the first address may be
		 * taken on another. */
		if (port == 0 && ++tries < TRIES)
			continue;
		if (port == last)
			return -1;
		port++;
		l->moved = true;
	}
	return 0;
}
