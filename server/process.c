#include "server/process.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/call.h"

enum {
	THREADS_DEFAULT_MAX = 8,
	CONNS_PER_THREAD = 16,	/* each loop needs descriptors of its own */
	CONNS_MAX = 1000000,
};

void
process_fill_descriptors(const struct options *opt)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    open("/dev/null", O_RDWR) == -1 &&
		    open("/", O_PATH) == -1)
			options_die(opt, 1, "cannot open /dev/null: %s",
			    strerror(errno));
}

static bool
is_refused(long result)
{
	return result == -1 && call_is_refused(errno);
}

/*
 * Call each with a descriptor that is not open, or nothing to do: a call that
 * is not refused then has no effect.  Some refused calls would fail later
 * without a message, such as read(2) at the first signal.
 */
static const char *
find_refused_call(void)
{
	struct epoll_event event = { 0 };
	struct sigaction action;
	struct stat st;
	sigset_t set;
	char byte = 0;

	sigemptyset(&set);
	return is_refused(accept4(-1, NULL, NULL, SOCK_NONBLOCK)) ?
	    "accept4" :
	    is_refused(close(-1)) ? "close" :
	    is_refused(epoll_create1(-1)) ? "epoll_create1" :
	    is_refused(epoll_ctl(-1, EPOLL_CTL_ADD, -1, &event)) ?
	    "epoll_ctl" :
	    is_refused(epoll_wait(-1, &event, 1, 0)) ? "epoll_wait" :
	    is_refused(eventfd(0, -1)) ? "eventfd" :
	    is_refused(fcntl(-1, F_GETFL)) ? "fcntl" :
	    is_refused(fstat(-1, &st)) ? "fstat" :
	    is_refused(mprotect(NULL, 0, PROT_NONE)) ? "mprotect" :
	    is_refused(poll(NULL, 0, 0)) ? "poll" :
	    is_refused(pread(-1, &byte, 1, 0)) ? "pread" :
	    is_refused(read(-1, &byte, 1)) ? "read" :
	    is_refused(recv(-1, &byte, 1, 0)) ? "recv" :
	    is_refused(send(-1, &byte, 1, 0)) ? "send" :
	    is_refused(signalfd(-1, &set, -1)) ? "signalfd" :
	    is_refused(sigaction(SIGPIPE, NULL, &action)) ? "sigaction" :
	    is_refused(sigprocmask(SIG_BLOCK, &set, NULL)) ? "sigprocmask" :
	    is_refused(write(-1, &byte, 1)) ? "write" : NULL;
}

/* The name of a refused call that only --proxy needs, or NULL. */
static const char *
find_refused_for_proxy(void)
{
	struct sockaddr address = { .sa_family = AF_UNSPEC };
	struct msghdr message = { 0 };
	struct iovec part = { 0 };
	socklen_t n = sizeof(int);
	int error;

	return is_refused(connect(-1, &address, sizeof(address))) ?
	    "connect" :
	    is_refused(getsockopt(-1, SOL_SOCKET, SO_ERROR, &error, &n)) ?
	    "getsockopt" :
	    is_refused(recvmsg(-1, &message, 0)) ? "recvmsg" :
	    is_refused(sendmsg(-1, &message, 0)) ? "sendmsg" :
	    is_refused(writev(-1, &part, 1)) ? "writev" : NULL;
}

/* The name of a refused call that only COMMAND and the browser need, or
 * NULL. */
static const char *
find_refused_for_child(void)
{
	return is_refused(kill(getpid(), 0)) ? "kill" :
	    is_refused(waitpid(-1, NULL, WNOHANG)) ? "wait4" : NULL;
}

void
process_check_calls(const struct options *opt)
{
	const char *name = find_refused_call();

	if (name == NULL && opt->proxy_count > 0)
		name = find_refused_for_proxy();
	if (name == NULL && (opt->command != NULL || opt->open))
		name = find_refused_for_child();
	if (name != NULL)
		options_die(opt, 1, "cannot start: the kernel, or the filter "
		    "of a container, refuses %s: %s", name, strerror(errno));
}

bool
process_can_list_folders(void)
{
	char byte;

	return !is_refused(openat(-1, "", O_RDONLY)) &&
	    !is_refused(syscall(SYS_getdents64, -1, &byte, sizeof(byte)));
}

void
process_set_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
#ifdef M_MMAP_THRESHOLD		/* glibc */
	mallopt(M_MMAP_THRESHOLD, 32 << 10);
#endif
}

long
process_max_conns(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur / 2 > CONNS_MAX)
		return CONNS_MAX;
	return limit.rlim_cur > 2 ? (long)limit.rlim_cur / 2 : 1;
}

int
process_default_threads(void)
{
	cpu_set_t set;
	/* It fails on machines with more processors than the set can hold. */
	long n = sched_getaffinity(0, sizeof(set), &set) == 0 ?
	    CPU_COUNT(&set) : THREADS_DEFAULT_MAX;
	long most = process_max_conns() / CONNS_PER_THREAD;

	if (most > THREADS_DEFAULT_MAX)
		most = THREADS_DEFAULT_MAX;
	return n < 1 || most < 1 ? 1 : (int)(n > most ? most : n);
}

bool
process_has_coarse_times(void)
{
	struct utsname u;
	int major, minor;

	if (uname(&u) == -1 || sscanf(u.release, "%d.%d", &major, &minor) != 2)
		return true;
	return major < 6 || (major == 6 && minor < 13);
}

int
process_take_signals(const int *signals, size_t n)
{
	struct sigaction hup;
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a log under 'ulimit -f' is full */
	/* Other servers reopen their log on these signals. */
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	/* As process 1 serve inherits the orphans of COMMAND: reap them. */
	signal(SIGCHLD, SIG_IGN);
	/* A shell ignores SIGINT in programs that it starts with '&'. */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&set);
	for (size_t i = 0; i < n; i++)
		sigaddset(&set, signals[i]);
	/* Under nohup(1) SIGHUP is ignored: leave it so. */
	if (sigaction(SIGHUP, NULL, &hup) == 0 && hup.sa_handler == SIG_IGN)
		sigdelset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void
process_name_user(FILE *passwd, uid_t user, char name[PROCESS_USER_MAX])
{
	struct passwd *p;

	snprintf(name, PROCESS_USER_MAX, "user %u", (unsigned)user);
	while (passwd != NULL && (p = fgetpwent(passwd)) != NULL)
		if (p->pw_uid == user) {
			snprintf(name, PROCESS_USER_MAX, "%s", p->pw_name);
			break;
		}
}
