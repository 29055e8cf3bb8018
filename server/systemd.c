#include "server/systemd.h"

#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/syntax.h"
#include "server/tcp.h"

enum { FIRST_FD = 3 };		/* SD_LISTEN_FDS_START */

/* A number in the environment, or -1. */
static long
read_number(const char *name)
{
	const char *value = getenv(name);
	long n;

	return value != NULL && syntax_number(value, 0, LONG_MAX, &n) ? n : -1;
}

static bool
is_listening_tcp(int fd, struct address *a)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa), size = sizeof(int);
	int listens, type;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == -1 ||
	    type != SOCK_STREAM ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == -1 ||
	    listens == 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &n) == -1 ||
	    (sa.ss_family != AF_INET && sa.ss_family != AF_INET6))
		return false;
	address_from_socket(a, &sa);
	return true;
}

static void
take_socket(struct listener *l, struct options *opt, int fd)
{
	int i = l->count;
	struct address *a = &opt->bind[i];
	struct buf name = buf_over(l->name[i], sizeof(l->name[i]) - 1);

	if (!is_listening_tcp(fd, a))
		options_die(opt, 1, "systemd passed a socket that is "
		    "not a listening TCP socket");
	if (i > 0 && a->port != l->port)
		options_die(opt, 1, "systemd passed sockets of different "
		    "ports");
	/* A browser or COMMAND must not inherit the socket. */
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		options_die(opt, 1, "cannot use the sockets that systemd "
		    "passed");
	tcp_prepare(fd);
	l->port = a->port;
	a->port = 0;
	address_put(&name, a);
	opt->bind_text[i] = l->name[i];
	l->fd[l->count++] = fd;
}

void
systemd_take_sockets(struct listener *l, struct options *opt)
{
	long pid = read_number("LISTEN_PID"), n = read_number("LISTEN_FDS");
	bool chosen = opt->binds > 0 || opt->bind_public || opt->port != -1;

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_PIDFDID");	/* since systemd 258 */
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	*l = (struct listener){ 0 };
	if (pid != getpid() || n <= 0)
		return;
	if (n > OPTIONS_BIND_MAX)
		options_die(opt, 1, "systemd passed too many sockets");
	for (int i = 0; i < n; i++)
		take_socket(l, opt, FIRST_FD + i);
	if (chosen)
		options_die(opt, 2, "systemd has opened the sockets, leave out "
		    "-b, -p and --public");
	l->inherited = true;
	opt->binds = l->count;
}

int
systemd_open_notify(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path != NULL ? strlen(path) : 0;
	int fd = -1;

	if (n > 0 && n < sizeof(sun.sun_path) &&
	    (path[0] == '/' || path[0] == '@')) {
		memcpy(sun.sun_path, path, n);
		if (path[0] == '@')	/* the abstract namespace, unix(7) */
			sun.sun_path[0] = '\0';
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		n += offsetof(struct sockaddr_un, sun_path);
	}
	unsetenv("NOTIFY_SOCKET");
	if (fd != -1 && connect(fd, (struct sockaddr *)&sun,
	    (socklen_t)n) == -1) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void
systemd_notify(int fd, const char *state)
{
	if (fd != -1)
		send(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT);
}
