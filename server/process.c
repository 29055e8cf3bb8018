#include "server/process.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
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
