#include "server/process.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <unistd.h>

enum {
	THREADS_DEFAULT_MAX = 8,
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
process_most_conns(void)
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
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ?
	    CPU_COUNT(&set) : THREADS_DEFAULT_MAX;

	return n < 1 ? 1 : n > THREADS_DEFAULT_MAX ? THREADS_DEFAULT_MAX : n;
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
	/* nohup(1) has had SIGHUP ignored: leave it so. */
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
