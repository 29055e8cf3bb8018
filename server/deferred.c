#include "server/deferred.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "server/container_of.h"
#include "server/worker.h"

enum {
	PIECE = 112 << 10,	/* bytes made by one job */
	SLICE_NS = 20000000,	/* how long one job works before it makes way
				   for other jobs of its mount */
};

struct deferred {
	struct producer producer;
	struct deferrable *work;
	struct disk_port *port;
	struct budget *budget;	/* of piece */
	struct disk_job job;
	char *piece;		/* PIECE bytes; NULL: work still runs here */
	size_t at, n;		/* its bytes from at to n are not sent yet */
	bool started;		/* the first piece is made */
	bool paused;		/* no piece yet: its time was up */
	bool stopped;		/* no piece yet: one more mount to wait for */
	bool ended;		/* work has made its last piece, or failed */
	int error;		/* errno, if it has failed */
	bool running;		/* the job owns work and piece */
	atomic_bool left;	/* the client has left */
	bool freed;		/* work is freed */
};

/*
 * Call work until it makes more bytes.  False at its end, after an error, and
 * when the time is up: a zip of many files works for minutes before its first
 * byte, and a few of those must not occupy all threads.
 */
static bool
make_more(struct deferred *d, int64_t end_ns)
{
	struct producer *work = &d->work->producer;
	ssize_t n;

	do {
		d->paused = d->left || clock_monotonic() >= end_ns;
		if (d->paused)
			return false;
		n = work->more(work, d->piece + d->n, PIECE - d->n);
	} while (n == -1 && errno == EAGAIN);
	d->stopped = n == -1 && errno == EINPROGRESS;
	if (d->stopped)
		return false;
	if (n > 0)
		d->n += (size_t)n;
	d->ended = n <= 0;
	d->error = n == -1 ? errno : 0;
	return !d->ended;
}

static void
run(struct disk_job *job)
{
	struct deferred *d = CONTAINER_OF(job, struct deferred, job);
	int64_t end_ns = clock_monotonic() + SLICE_NS;

	if (d->left) {
		d->work->producer.free(&d->work->producer);
		d->freed = true;
		return;
	}
	/* Fill the first piece: a short body that ends in it gets a
	 * Content-Length. */
	while (make_more(d, end_ns) && !d->started &&
	    PIECE - d->n >= PRODUCER_PIECE)
		;
	d->started |= !d->paused && !d->stopped;
}

static void
submit(struct deferred *d)
{
	d->running = true;
	disk_submit(d->port, &d->job);
}

static void
begin_piece(struct deferred *d)
{
	d->at = d->n = 0;
	submit(d);
}

/* Let work wait for one more mount.  An error ends it. */
static bool
allow_more(struct deferred *d)
{
	if (d->work->allow_wait(d->work, &d->job.mounts) == 0)
		return true;
	d->ended = true;
	d->error = errno;
	return false;
}

static void
done(struct disk_job *job, struct worker *w)
{
	struct deferred *d = CONTAINER_OF(job, struct deferred, job);

	d->running = false;
	if (d->freed) {
		budget_free(d->budget, d->piece);
		free(d);
	} else if (d->left || d->paused || (d->stopped && allow_more(d))) {
		submit(d);
	} else {
		d->producer.memory = d->work->producer.memory +
		    budget_size(d->piece);
		source_wake(d->producer.client, w);
	}
}

/* Let the pool do the work from now on. */
static int
defer(struct deferred *d)
{
	d->job = (struct disk_job){ .run = run, .done = done };
	if (d->work->allow_wait(d->work, &d->job.mounts) == 0)
		d->piece = budget_alloc(d->budget, PIECE);
	return d->piece != NULL ? 0 : -1;
}

/* The next bytes of the piece; while they are sent, the next one is made. */
static ssize_t
take_piece(struct deferred *d, char *p, size_t n)
{
	size_t left = d->n - d->at;

	if (n > left)
		n = left;
	memcpy(p, d->piece + d->at, n);
	d->at += n;
	if (d->at == d->n && !d->ended)
		begin_piece(d);
	return (ssize_t)n;
}

static ssize_t
more_here(struct deferred *d, char *p, size_t n)
{
	struct producer *work = &d->work->producer;
	ssize_t got = work->more(work, p, n);

	d->producer.memory = work->memory;
	d->producer.range = work->range;
	d->producer.note = work->note;
	work->range.n = 0;
	return got;
}

static ssize_t
deferred_more(struct producer *self, char *p, size_t n)
{
	struct deferred *d = CONTAINER_OF(self, struct deferred, producer);

	if (d->piece == NULL) {
		ssize_t got = more_here(d, p, n);

		if (got != -1 || errno != EINPROGRESS || defer(d) == -1)
			return got;
	}
	if (!d->running && d->at < d->n)
		return take_piece(d, p, n);
	if (!d->running && !d->ended)
		begin_piece(d);
	if (d->running) {
		errno = EINPROGRESS;
		return -1;
	}
	d->producer.note = d->work->producer.note;
	errno = d->error;
	return d->error != 0 ? -1 : 0;
}

static void
deferred_free(struct producer *self)
{
	struct deferred *d = CONTAINER_OF(self, struct deferred, producer);

	if (d->piece == NULL) {
		d->work->producer.free(&d->work->producer);
		free(d);
		return;
	}
	/* Its descriptors may be on a slow disk: the pool closes them. */
	d->left = true;
	if (!d->running)
		submit(d);
}

struct producer *
deferred_new(struct worker *w, struct deferrable *work, bool waits)
{
	struct deferred *d;

	if (w->disk == NULL)
		return &work->producer;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		goto free_work;
	d->producer.more = deferred_more;
	d->producer.free = deferred_free;
	d->producer.is_archive = work->producer.is_archive;
	d->work = work;
	d->port = w->disk;
	d->budget = &w->server->shared->budget;
	if (!waits || defer(d) == 0)
		return &d->producer;
	free(d);
free_work:
	work->producer.free(&work->producer);
	errno = ENOMEM;
	return NULL;
}
