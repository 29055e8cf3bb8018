/*
 * Make calls of libc fail when a test wants it: linked in front of libc by
 * --wrap, see tests/faults.bats.  SERVE_FAULTS names a file shared with the
 * test, which writes into it the call that fails, and when.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* faults.py has the same layout. */
struct faults {
	char name[24];		/* of the function */
	atomic_long left;	/* calls of it until one fails; 0: never */
	atomic_long every;	/* then every n-th one fails; 0: no other */
	atomic_long hits;	/* how many have failed */
	atomic_int error;	/* errno, or 0: only the amount is reduced */
	atomic_int amount;	/* bytes that are then read or written */
	atomic_llong wall_ns;	/* CLOCK_REALTIME, and all other clocks; */
	atomic_llong other_ns;	/* 0: unchanged */
};

static struct faults *faults;

int __real_open(const char *, int, ...);
void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);

__attribute__((constructor)) static void
prepare(void)
{
	const char *path = getenv("SERVE_FAULTS");
	int fd = path != NULL ? __real_open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p;

	if (fd == -1)
		return;
	p = mmap(NULL, sizeof(*faults), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	close(fd);
	if (p != MAP_FAILED)
		faults = p;
}

/* After main() a coverage build writes its counters: let no call fail. */
__attribute__((destructor)) static void
rest(void)
{
	faults = NULL;
}

/* Should this call fail? */
static bool
strikes(const char *name)
{
	if (faults == NULL || faults->left <= 0 ||
	    strcmp(faults->name, name) != 0 ||
	    atomic_fetch_sub(&faults->left, 1) != 1)
		return false;
	faults->left = faults->every;
	faults->hits++;
	if (faults->error != 0)
		errno = faults->error;
	return true;
}

static bool
fails(const char *name)
{
	return strikes(name) && faults->error != 0;
}

/*
 * For a call that reads or writes n bytes: false to fail, else *n may be less.
 */
static bool
passes(const char *name, size_t *n)
{
	if (!strikes(name))
		return true;
	if ((size_t)faults->amount < *n)
		*n = (size_t)faults->amount;
	return faults->error == 0;
}

/* A function that fails by returning a value such as -1. */
#define WRAP(type, failure, name, parameters, ...) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		if (fails(#name)) \
			return failure; \
		return __real_##name(__VA_ARGS__); \
	}

WRAP(void *, NULL, malloc, (size_t n), n)
WRAP(void *, NULL, calloc, (size_t n, size_t size), n, size)
WRAP(int, -1, accept4, (int fd, struct sockaddr *a, socklen_t *n, int flags),
    fd, a, n, flags)
WRAP(int, -1, close, (int fd), fd)
WRAP(int, -1, epoll_create1, (int flags), flags)
WRAP(int, -1, epoll_ctl, (int epfd, int op, int fd, struct epoll_event *ev),
    epfd, op, fd, ev)
WRAP(int, -1, eventfd, (unsigned n, int flags), n, flags)
WRAP(int, -1, fstat, (int fd, struct stat *st), fd, st)
WRAP(int, -1, fstatat, (int fd, const char *name, struct stat *st, int flags),
    fd, name, st, flags)
WRAP(int, -1, stat, (const char *name, struct stat *st), name, st)
WRAP(ssize_t, -1, getrandom, (void *p, size_t n, unsigned flags), p, n, flags)
WRAP(int, -1, poll, (struct pollfd *fds, nfds_t n, int ms), fds, n, ms)
WRAP(ssize_t, -1, readlinkat, (int fd, const char *name, char *p, size_t n),
    fd, name, p, n)
WRAP(ssize_t, -1, sendmsg, (int fd, const struct msghdr *m, int flags), fd, m,
    flags)
WRAP(int, -1, shutdown, (int fd, int how), fd, how)
WRAP(int, -1, signalfd, (int fd, const sigset_t *set, int flags), fd, set,
    flags)
WRAP(int, -1, socket, (int family, int type, int protocol), family, type,
    protocol)
WRAP(int, -1, bind, (int fd, const struct sockaddr *a, socklen_t n), fd, a, n)
WRAP(int, -1, inotify_init1, (int flags), flags)
WRAP(int, -1, inotify_add_watch, (int fd, const char *path, uint32_t what), fd,
    path, what)
WRAP(int, -1, listen, (int fd, int n), fd, n)

int __real_epoll_wait(int, struct epoll_event *, int, int);
int __wrap_epoll_wait(int, struct epoll_event *, int, int);

/* "events": the loop gets them, but holds them until amount is 0. */
int
__wrap_epoll_wait(int epfd, struct epoll_event *ev, int n, int ms)
{
	int got;

	if (fails("epoll_wait"))
		return -1;
	got = __real_epoll_wait(epfd, ev, n, ms);
	if (got > 0 && strikes("events"))
		while (faults->amount != 0)
			__real_poll(NULL, 0, 1);
	return got;
}

int __real_clock_gettime(clockid_t, struct timespec *);
int __wrap_clock_gettime(clockid_t, struct timespec *);

int
__wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	long long ns = 0;

	if (faults != NULL && (id == CLOCK_REALTIME ||
	    id == CLOCK_REALTIME_COARSE))
		ns = faults->wall_ns;
	else if (faults != NULL)
		ns = faults->other_ns;
	if (ns == 0)
		return __real_clock_gettime(id, t);
	t->tv_sec = (time_t)(ns / 1000000000);
	t->tv_nsec = (long)(ns % 1000000000);
	return 0;
}

/* The same for a function that reads or writes n bytes. */
#define WRAP_SIZED(name, parameters, ...) \
	ssize_t __real_##name parameters; \
	ssize_t __wrap_##name parameters; \
	ssize_t __wrap_##name parameters \
	{ \
		if (!passes(#name, &n)) \
			return -1; \
		return __real_##name(__VA_ARGS__); \
	}

WRAP_SIZED(pread, (int fd, void *p, size_t n, off_t at), fd, p, n, at)
WRAP_SIZED(recv, (int fd, void *p, size_t n, int flags), fd, p, n, flags)
WRAP_SIZED(send, (int fd, const void *p, size_t n, int flags), fd, p, n, flags)
WRAP_SIZED(sendfile, (int to, int from, off_t *at, size_t n), to, from, at, n)
WRAP_SIZED(write, (int fd, const void *p, size_t n), fd, p, n)

/* Variadic functions.  serve creates no files, so the mode is not needed. */
#define WRAP_DOTS(name, called, parameters, last, type, ...) \
	int __real_##name parameters; \
	int __wrap_##name parameters; \
	int __wrap_##name parameters \
	{ \
		va_list ap; \
		type argument; \
	\
		if (fails(called)) \
			return -1; \
		va_start(ap, last); \
		argument = va_arg(ap, type); \
		va_end(ap); \
		return __real_##name(__VA_ARGS__, argument); \
	}

WRAP_DOTS(open, "open", (const char *name, int flags, ...), flags, int, name,
    flags)
WRAP_DOTS(openat, "openat", (int fd, const char *name, int flags, ...), flags,
    int, fd, name, flags)
WRAP_DOTS(fcntl, "fcntl", (int fd, int what, ...), what, long, fd, what)

int __real_ioctl(int, unsigned long, ...);
int __wrap_ioctl(int, unsigned long, ...);

int
__wrap_ioctl(int fd, unsigned long what, ...)
{
	va_list ap;
	void *argument;

	if (fails("ioctl"))
		return -1;
	va_start(ap, what);
	argument = va_arg(ap, void *);
	va_end(ap);
	return __real_ioctl(fd, what, argument);
}

#ifdef __GLIBC__
/* openat(2) under _FORTIFY_SOURCE. */
int __real___openat_2(int, const char *, int);
int __wrap___openat_2(int, const char *, int);

int
__wrap___openat_2(int fd, const char *name, int flags)
{
	return fails("openat") ? -1 : __real___openat_2(fd, name, flags);
}
#endif

long __real_syscall(long, ...);
long __wrap_syscall(long, ...);

/* Reads all six arguments, even if fewer were passed. */
__attribute__((no_sanitize("address"))) long
__wrap_syscall(long nr, ...)
{
	const char *name = nr == SYS_openat2 ? "openat2" :
	    nr == SYS_getdents64 ? "getdents64" : "syscall";
	struct iovec piece;
	long a[6];
	va_list ap;

	va_start(ap, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (nr == SYS_statx)
		name = (int)a[0] == AT_FDCWD ? "stat" : "fstatat";
	if (nr == SYS_preadv2) {	/* some file systems lack it: pread() */
		errno = EOPNOTSUPP;
		return -1;
	}
	if (nr == SYS_pwritev2) {	/* one buffer of the log */
		piece = *(const struct iovec *)a[1];
		if (!passes("write", &piece.iov_len))
			return -1;
		a[1] = (long)&piece;
	} else if (fails(name)) {
		return -1;
	}
	return __real_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* With 64-bit offsets glibc gives these calls other names. */
#define WRAP_64(name, name64) \
	extern __typeof__(__wrap_##name) __wrap_##name64 \
	    __attribute__((alias("__wrap_" #name)));

WRAP_64(open, open64)
WRAP_64(openat, openat64)
WRAP_64(fcntl, fcntl64)
WRAP_64(fstat, fstat64)
WRAP_64(fstatat, fstatat64)
WRAP_64(stat, stat64)
WRAP_64(pread, pread64)
WRAP_64(sendfile, sendfile64)
#ifdef __GLIBC__
WRAP_64(__openat_2, __openat64_2)
#endif
