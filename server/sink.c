#include "server/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "server/call.h"
#include "server/clock.h"
#include "server/container_of.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008	/* musl 1.2.3 lacks these and pwritev2() */
#endif
#ifndef RWF_APPEND
#define RWF_APPEND 0x00000010
#endif

enum {
	RETRY_MS = 1000,	/* after an error of a file */
	REPORT_MS = 1000,	/* between two reports of lost lines */
	REPORT_STUCK_MS = 60000,	/* ... while the reader takes nothing */
	CLOSE_MS = 1000,	/* at the end, for a slow reader */
	POLLED_PIECE = 128,
};

struct sink {
	struct source source;	/* of epfd */
	pthread_mutex_t lock;	/* held only for a copy and a write */
	int fd;			/* -1: closed, no reader is left */
	bool ours;		/* we opened fd: no other program shares it */
	bool is_stderr;
	dev_t dev;		/* of the caller's open file */
	ino_t ino;
	mode_t type;
	ssize_t (*put)(int fd, const char *p, size_t n);

	int epfd;		/* -1 before sink_watch() */
	bool armed;		/* epfd will report room: do not write yet */
	char *ring;		/* SINK_BACKLOG bytes */
	size_t start, n;	/* the part of it that is not written yet */

	int error;		/* of the last write, or 0 */
	int64_t retry_ms;
	uint64_t lost;
	atomic_bool changed;	/* a report may be due; read without the lock */
	bool reported_closed, reported_error;
	uint64_t reported_lost;
	int64_t reported_ms;	/* when losses were last reported; 0: never */
	bool taken;		/* bytes were taken since then */
	bool failing;		/* lines were lost by errors since then */

	char *last_line;	/* sink_set_status(); NULL before it */
	size_t last_line_n;
	bool drawn;		/* it is on the screen, the cursor at its end */
};

static ssize_t
write_with_flags(int fd, const char *p, size_t n, int flags)
{
	struct iovec v = { .iov_base = (void *)p, .iov_len = n };

	return syscall(SYS_pwritev2, fd, &v, 1, -1L, -1L, flags);
}

/*
 * Append even if the descriptor lacks O_APPEND: if logrotate has truncated the
 * log in place, writing at the old offset would leave a hole of zeros.  Older
 * kernels and some file systems do not know the flag, and the filters of some
 * containers refuse the call: then use write(2), whose errors concern the file,
 * at its end, which a pipe or terminal does not have.
 */
static ssize_t
put_file(int fd, const char *p, size_t n)
{
	ssize_t done = write_with_flags(fd, p, n, RWF_APPEND);

	if (done == -1 && (errno == EOPNOTSUPP || errno == EINVAL ||
	    call_is_refused(errno))) {
		lseek(fd, 0, SEEK_END);
		return write(fd, p, n);
	}
	return done;
}

static ssize_t
put_socket(int fd, const char *p, size_t n)
{
	return send(fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/*
 * For a pipe or terminal that could not be opened again (without /proc, or
 * because another user owns it).  Unnamed pipes know RWF_NOWAIT since Linux
 * 6.4.  Other pipes that poll as writable have room for a page, terminals for
 * 256 bytes: a small piece does not block, even if each newline becomes two
 * bytes.
 */
static ssize_t
put_borrowed(int fd, const char *p, size_t n)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	ssize_t done = write_with_flags(fd, p, n, RWF_NOWAIT);

	if (done != -1 || errno == EAGAIN || errno == EPIPE || errno == EINTR)
		return done;
	if (poll(&room, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	return write(fd, p, n < POLLED_PIECE ? n : POLLED_PIECE);
}

/* The shell and other programs share the open file, and O_NONBLOCK on it would
 * break them. */
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
	if ((errno = pthread_mutex_init(&s->lock, NULL)) != 0) {
		free(s->ring);
		free(s);
		return NULL;
	}
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

/* epoll cannot watch a regular file, so each write tries again. */
static void
arm(struct sink *s)
{
	struct epoll_event ev = {
		.events = EPOLLOUT | EPOLLONESHOT,
		.data.ptr = &s->source,
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
	s->changed = true;
}

static bool
means_closed(const struct sink *s, int error)
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
	} else if (means_closed(s, error)) {
		detach(s);
	} else {
		s->error = error;
		s->retry_ms = clock_monotonic_ms() + RETRY_MS;
		s->changed = true;
	}
}

/* Returns how many bytes fd has taken. */
static size_t
push(struct sink *s, const char *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t w = s->put(s->fd, p + done, n - done);

		if (w > 0) {
			done += (size_t)w;
			s->error = 0;
			s->reported_error = false;
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
	    (s->error == 0 || clock_monotonic_ms() >= s->retry_ms);
}

/* At most two writes: up to the end of the ring, and from its start. */
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

static void
lose(struct sink *s, struct slice lines)
{
	s->lost += slice_count(lines, '\n');
	s->failing = s->error != 0;
	s->changed = true;
}

static void
put_or_keep(struct sink *s, struct slice lines)
{
	size_t done = 0;

	if (s->n == 0 && may_push(s))
		done = push(s, lines.p, lines.n);
	/* After part of a line was written the ring is empty: the rest fits. */
	if (s->fd == -1)
		s->changed |= !s->reported_closed;
	else if (lines.n - done <= SINK_BACKLOG - s->n)
		copy_to_ring(s, lines.p + done, lines.n - done);
	else
		lose(s, lines);
}

static void
erase_last_line(struct sink *s)
{
	if (s->drawn)
		put_or_keep(s, SLICE("\r\033[K"));
	s->drawn = false;
}

static void
draw_last_line(struct sink *s)
{
	if (s->last_line_n == 0 || s->n > 0 || s->fd == -1)
		return;
	put_or_keep(s, (struct slice){ s->last_line, s->last_line_n });
	s->drawn = true;
}

void
sink_write(struct sink *s, struct slice lines)
{
	pthread_mutex_lock(&s->lock);
	push_backlog(s);
	erase_last_line(s);
	put_or_keep(s, lines);
	draw_last_line(s);
	pthread_mutex_unlock(&s->lock);
}

void
sink_set_status(struct sink *s, struct slice line)
{
	pthread_mutex_lock(&s->lock);
	if (s->last_line == NULL)
		s->last_line = malloc(SINK_STATUS_MAX);
	s->last_line_n = s->last_line == NULL ? 0 :
	    line.n < SINK_STATUS_MAX ? line.n : SINK_STATUS_MAX;
	if (s->last_line_n > 0)
		memcpy(s->last_line, line.p, s->last_line_n);
	push_backlog(s);
	erase_last_line(s);
	draw_last_line(s);
	pthread_mutex_unlock(&s->lock);
}

static void
drain(struct sink *s)
{
	pthread_mutex_lock(&s->lock);
	s->armed = false;
	push_backlog(s);
	pthread_mutex_unlock(&s->lock);
}

static void
sink_ready(struct source *source, struct worker *w, uint32_t events)
{
	(void)w;
	(void)events;
	drain(CONTAINER_OF(source, struct sink, source));
}

void
sink_watch(struct sink *s, int epfd)
{
	pthread_mutex_lock(&s->lock);
	s->source.ready = sink_ready;
	s->epfd = epfd;
	if (s->n > 0)
		arm(s);
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
may_report_losses(const struct sink *s, bool in_full)
{
	if (s->lost == s->reported_lost)
		return false;
	if (s->is_stderr)	/* a report would be lost or delayed, too */
		return s->n == 0 && s->fd != -1;
	if (in_full || s->reported_ms == 0)
		return true;
	return clock_monotonic_ms() - s->reported_ms >=
	    (s->taken ? REPORT_MS : REPORT_STUCK_MS);
}

static void
report(struct sink *s, bool in_full, struct sink_status *status)
{
	if (s->fd == -1 && !s->reported_closed) {
		s->reported_closed = true;
		status->closed = !s->is_stderr;
	}
	if (s->error != 0 && !s->reported_error && !s->is_stderr) {
		s->reported_error = true;
		status->error = s->error;
	}
	if (may_report_losses(s, in_full)) {
		status->lost = s->lost - s->reported_lost;
		status->failing = s->failing;
		s->reported_lost = s->lost;
		s->reported_ms = clock_monotonic_ms();
		s->taken = false;
	}
	s->changed = s->lost != s->reported_lost;
}

bool
sink_status(struct sink *s, bool in_full, struct sink_status *status)
{
	if (!s->changed)
		return false;
	*status = (struct sink_status){ 0 };
	pthread_mutex_lock(&s->lock);
	report(s, in_full, status);
	pthread_mutex_unlock(&s->lock);
	return status->closed || status->error != 0 || status->lost > 0;
}

static void
wait_for_room(const struct sink *s, int64_t until_ms)
{
	struct pollfd room = { .fd = s->fd, .events = POLLOUT };
	int64_t left = until_ms - clock_monotonic_ms();

	if (left > 0)
		poll(&room, 1, (int)left);
}

uint64_t
sink_close(struct sink *s)
{
	int64_t until_ms = clock_monotonic_ms() + CLOSE_MS;
	uint64_t lost;

	do {
		if (s->n > 0 && s->error == 0)
			wait_for_room(s, until_ms);
		s->retry_ms = 0;
		drain(s);
	} while (s->n > 0 && s->error == 0 && clock_monotonic_ms() < until_ms);
	for (; s->n > 0; s->n--, s->start = (s->start + 1) % SINK_BACKLOG)
		s->lost += s->ring[s->start] == '\n';
	lost = s->lost;
	if (s->fd != -1)
		detach(s);
	pthread_mutex_destroy(&s->lock);
	free(s->ring);
	free(s->last_line);
	free(s);
	return lost;
}
