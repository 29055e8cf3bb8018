#include "server/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008	/* musl 1.2.3 has neither it nor pwritev2() */
#endif

enum {
	RETRY_MS = 1000,	/* after an error of a file */
	TELL_MS = 1000,		/* between two reports of lost lines, */
	TELL_STUCK_MS = 60000,	/* while the reader takes nothing */
	REPEAT_MS = 60000,	/* between two messages of one format */
	FORMATS = 16,		/* remembered for that */
	POLLED_PIECE = 128,
};

struct said {
	const char *fmt;
	int64_t ms;
};

struct sink {
	pthread_mutex_t lock;	/* held for a copy and a write, no longer */
	int fd;			/* -1: nobody reads any more */
	bool ours;		/* fd was opened anew, no one shares it */
	bool is_stderr;
	dev_t dev;		/* what the caller's descriptor leads to */
	ino_t ino;
	mode_t type;
	ssize_t (*put)(int fd, const char *p, size_t n);

	int epfd;		/* -1 before sink_watch() */
	bool armed;		/* epfd will tell, no need to try before */
	char *ring;		/* SINK_BACKLOG bytes */
	size_t start, n;	/* what waits in it */

	int error;		/* of the last write, 0 if it went well */
	int64_t retry_ms;
	uint64_t lost;
	atomic_bool news;	/* look closer: kept here to spare the lock */
	bool told_gone, told_error;
	uint64_t told_lost;
	int64_t told_ms;	/* when; 0: never */
	bool taken;		/* bytes were, since then */
	bool failing;		/* lines were lost by errors, since then */
	struct said said[FORMATS];
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static ssize_t
put_file(int fd, const char *p, size_t n)
{
	return write(fd, p, n);
}

static ssize_t
put_socket(int fd, const char *p, size_t n)
{
	return send(fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/*
 * A pipe or terminal that could not be opened anew (no /proc, or another
 * user's).  Unnamed pipes know RWF_NOWAIT since Linux 6.4.  The others have
 * room for a page or for 256 bytes when they poll as writable, so a small
 * piece, in which a newline may become two bytes, does not block.
 */
static ssize_t
put_borrowed(int fd, const char *p, size_t n)
{
	struct iovec v = { .iov_base = (void *)p, .iov_len = n };
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	ssize_t done = syscall(SYS_pwritev2, fd, &v, 1, -1L, -1L, RWF_NOWAIT);

	if (done != -1 || errno == EAGAIN || errno == EPIPE || errno == EINTR)
		return done;
	if (poll(&room, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	return write(fd, p, n < POLLED_PIECE ? n : POLLED_PIECE);
}

/* Descriptions are shared with the shell and others: O_NONBLOCK, set on what
 * we were given, would break them. */
static int
open_anew(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void
attach(struct sink *s, int fd)
{
	struct stat st;
	int anew;

	s->fd = -1;
	s->put = put_borrowed;
	if (fstat(fd, &st) == -1) {
		if (errno != EBADF)
			s->fd = fd;
		return;
	}
	s->fd = fd;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->type = st.st_mode & S_IFMT;
	s->put = put_file;
	if (S_ISSOCK(st.st_mode)) {
		s->put = put_socket;
	} else if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
		anew = open_anew(fd);
		s->ours = anew != -1;
		if (s->ours)
			s->fd = anew;
		else
			s->put = put_borrowed;
	}
}

struct sink *
sink_open(int fd)
{
	struct sink *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->ring = malloc(SINK_BACKLOG);
	if (s->ring == NULL) {
		free(s);
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	s->is_stderr = fd == STDERR_FILENO;
	s->epfd = -1;
	attach(s, fd);
	return s;
}

bool
sink_serves(const struct sink *s, int fd)
{
	struct stat st;

	return s->fd != -1 && fstat(fd, &st) == 0 &&
	    st.st_dev == s->dev && st.st_ino == s->ino;
}

/* Where it cannot be watched (a file), each write tries again. */
static void
arm(struct sink *s)
{
	struct epoll_event ev = {
		.events = EPOLLOUT | EPOLLONESHOT,
		.data.ptr = s,
	};

	if (s->epfd == -1)
		return;
	s->armed = epoll_ctl(s->epfd, EPOLL_CTL_MOD, s->fd, &ev) == 0 ||
	    (errno == ENOENT &&
	    epoll_ctl(s->epfd, EPOLL_CTL_ADD, s->fd, &ev) == 0);
}

static void
detach(struct sink *s)
{
	if (s->epfd != -1)
		epoll_ctl(s->epfd, EPOLL_CTL_DEL, s->fd, NULL);
	if (s->ours)
		close(s->fd);
	s->fd = -1;
	s->n = 0;
	s->armed = false;
	s->news = true;
}

static bool
means_gone(const struct sink *s, int error)
{
	switch (error) {
	case EBADF:
	case ECONNREFUSED:
	case ECONNRESET:
	case ENOTCONN:
	case EPIPE:
		return true;
	case EIO:	/* a terminal that was hung up */
		return S_ISCHR(s->type);
	default:
		return false;
	}
}

static void
fail(struct sink *s, int error)
{
	if (error == EAGAIN) {
		arm(s);
	} else if (means_gone(s, error)) {
		detach(s);
	} else {
		s->error = error;
		s->retry_ms = now_ms() + RETRY_MS;
		s->news = true;
	}
}

/* Returns how much of it fd has taken. */
static size_t
push(struct sink *s, const char *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t w = s->put(s->fd, p + done, n - done);

		if (w > 0) {
			done += (size_t)w;
			s->error = 0;
			s->told_error = false;
		} else if (w == 0 || errno != EINTR) {
			fail(s, w == 0 ? EIO : errno);
			break;
		}
	}
	s->taken |= done > 0;
	return done;
}

static bool
may_push(const struct sink *s)
{
	return s->fd != -1 && !s->armed &&
	    (s->error == 0 || now_ms() >= s->retry_ms);
}

/* The ring has an end, so what waits in it takes two writes at most. */
static void
push_backlog(struct sink *s)
{
	while (s->n > 0 && may_push(s)) {
		size_t piece = SINK_BACKLOG - s->start;
		size_t done;

		if (piece > s->n)
			piece = s->n;
		done = push(s, s->ring + s->start, piece);
		if (s->fd == -1)
			return;
		s->start = (s->start + done) % SINK_BACKLOG;
		s->n -= done;
		if (done < piece)
			return;
	}
}

static void
copy_to_ring(struct sink *s, const char *p, size_t n)
{
	size_t end = (s->start + s->n) % SINK_BACKLOG;
	size_t piece = SINK_BACKLOG - end;

	if (piece > n)
		piece = n;
	memcpy(s->ring + end, p, piece);
	memcpy(s->ring, p + piece, n - piece);
	s->n += n;
}

static uint64_t
count_lines(const char *p, size_t n)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n';
	return lines;
}

static void
lose(struct sink *s, const char *p, size_t n)
{
	s->lost += count_lines(p, n);
	s->failing = s->error != 0;
	s->news = true;
}

void
sink_write(struct sink *s, struct slice lines)
{
	size_t done = 0;

	pthread_mutex_lock(&s->lock);
	push_backlog(s);
	if (s->n == 0 && may_push(s))
		done = push(s, lines.p, lines.n);
	/* The rest of a line begun finds an empty ring. */
	if (s->fd == -1)
		s->news = !s->told_gone;
	else if (lines.n - done <= SINK_BACKLOG - s->n)
		copy_to_ring(s, lines.p + done, lines.n - done);
	else
		lose(s, lines.p, lines.n);
	pthread_mutex_unlock(&s->lock);
}

void
sink_watch(struct sink *s, int epfd)
{
	pthread_mutex_lock(&s->lock);
	s->epfd = epfd;
	if (s->n > 0)
		arm(s);
	pthread_mutex_unlock(&s->lock);
}

void
sink_drain(struct sink *s)
{
	pthread_mutex_lock(&s->lock);
	s->armed = false;
	push_backlog(s);
	pthread_mutex_unlock(&s->lock);
}

uint64_t
sink_lost(struct sink *s)
{
	uint64_t lost;

	pthread_mutex_lock(&s->lock);
	lost = s->lost;
	pthread_mutex_unlock(&s->lock);
	return lost;
}

static bool
may_tell_losses(const struct sink *s, bool in_full)
{
	if (s->lost == s->told_lost)
		return false;
	if (s->is_stderr)	/* a report would be lost too, or wait */
		return s->n == 0 && s->fd != -1;
	if (in_full || s->told_ms == 0)
		return true;
	return now_ms() - s->told_ms >= (s->taken ? TELL_MS : TELL_STUCK_MS);
}

static void
tell(struct sink *s, bool in_full, struct sink_news *news)
{
	if (s->fd == -1 && !s->told_gone) {
		s->told_gone = true;
		news->gone = !s->is_stderr;
	}
	if (s->error != 0 && !s->told_error && !s->is_stderr) {
		s->told_error = true;
		news->error = s->error;
	}
	if (may_tell_losses(s, in_full)) {
		news->lost = s->lost - s->told_lost;
		news->failing = s->failing;
		s->told_lost = s->lost;
		s->told_ms = now_ms();
		s->taken = false;
	}
	s->news = s->lost != s->told_lost;
}

bool
sink_news(struct sink *s, bool in_full, struct sink_news *news)
{
	if (!s->news)
		return false;
	*news = (struct sink_news){ 0 };
	pthread_mutex_lock(&s->lock);
	tell(s, in_full, news);
	pthread_mutex_unlock(&s->lock);
	return news->gone || news->error != 0 || news->lost > 0;
}

/* Its place in the table, else the one not used for the longest time. */
static struct said *
find_said(struct sink *s, const char *fmt)
{
	struct said *oldest = s->said;

	for (int i = 0; i < FORMATS; i++) {
		if (s->said[i].fmt == fmt)
			return &s->said[i];
		if (s->said[i].ms < oldest->ms)
			oldest = &s->said[i];
	}
	return oldest;
}

bool
sink_permits(struct sink *s, const char *fmt)
{
	int64_t now = now_ms();
	struct said *said;
	bool yes;

	pthread_mutex_lock(&s->lock);
	said = find_said(s, fmt);
	yes = said->fmt != fmt || now - said->ms >= REPEAT_MS;
	if (yes)
		*said = (struct said){ fmt, now };
	pthread_mutex_unlock(&s->lock);
	return yes;
}

static void
wait_for_room(const struct sink *s, int64_t until_ms)
{
	struct pollfd room = { .fd = s->fd, .events = POLLOUT };
	int64_t left = until_ms - now_ms();

	if (left > 0)
		poll(&room, 1, (int)left);
}

uint64_t
sink_close(struct sink *s, int wait_ms)
{
	int64_t until_ms = now_ms() + wait_ms;
	uint64_t lost;

	do {
		if (s->n > 0 && s->error == 0)
			wait_for_room(s, until_ms);
		s->retry_ms = 0;
		sink_drain(s);
	} while (s->n > 0 && s->error == 0 && now_ms() < until_ms);
	for (; s->n > 0; s->n--, s->start = (s->start + 1) % SINK_BACKLOG)
		s->lost += s->ring[s->start] == '\n';
	lost = s->lost;
	if (s->fd != -1)
		detach(s);
	pthread_mutex_destroy(&s->lock);
	free(s->ring);
	free(s);
	return lost;
}
