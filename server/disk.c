#include "server/disk.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "server/container_of.h"

enum {
	STACK = 128 << 10,	/* bytes, of which a lookup touches 32 KiB */
	STOP_MS = 500,		/* for the last jobs at the end */
};

struct disk {
	pthread_mutex_t mutex;	/* protects this struct and the ports */
	pthread_cond_t work;	/* a job was added, or the threads must end */
	pthread_cond_t thread_ended;
	struct disk_job *first, **last;	/* the queue */
	int queued, running;	/* jobs */
	int threads, thread_max;	/* started, and how many may be */
	int begun, ended;	/* of those that were started */
	bool stopping;
	/* The job that each thread runs, or NULL. */
	const struct disk_job *job[DISK_THREADS];
	pthread_t thread[DISK_THREADS];
};

struct disk_port {
	struct source source;	/* of fd */
	struct disk *disk;
	int fd;			/* eventfd: a job has ended */
	struct disk_job *ended;	/* the newest first */
};

/* ---- threads ---- */

/* At most half of the threads wait for one mount: another may hang too. */
static bool
has_thread(const struct disk *d, dev_t mount)
{
	int n = 0, most = d->thread_max / 2 > 0 ? d->thread_max / 2 : 1;

	for (int i = 0; i < d->threads; i++)
		n += d->job[i] != NULL &&
		    mount_set_has(&d->job[i]->mounts, mount);
	return n < most;
}

static bool
may_run(const struct disk *d, const struct mount_set *mounts)
{
	for (int i = 0; i < mounts->n && i < MOUNT_SET_MAX; i++)
		if (!has_thread(d, mounts->dev[i]))
			return false;
	return true;
}

/* Remove the oldest job that may run from the queue.  NULL: no job may. */
static struct disk_job *
take_job(struct disk *d)
{
	struct disk_job **link = &d->first, *job;

	while (*link != NULL && !may_run(d, &(*link)->mounts))
		link = &(*link)->next;
	job = *link;
	if (job == NULL)
		return NULL;
	*link = job->next;
	if (*link == NULL)
		d->last = link;
	d->queued--;
	d->running++;
	return job;
}

static void
give_back(struct disk_job *job)
{
	struct disk_port *port = job->port;

	job->next = port->ended;
	port->ended = job;
	if (job->next == NULL)
		eventfd_write(port->fd, 1);
}

static void *
run_thread(void *arg)
{
	struct disk *d = arg;
	struct disk_job *job;
	int self;

	pthread_mutex_lock(&d->mutex);
	self = d->begun++;
	while ((job = take_job(d)) != NULL || !d->stopping) {
		if (job == NULL) {
			pthread_cond_wait(&d->work, &d->mutex);
			continue;
		}
		d->job[self] = job;
		pthread_mutex_unlock(&d->mutex);
		job->run(job);
		pthread_mutex_lock(&d->mutex);
		d->job[self] = NULL;
		d->running--;
		/* Jobs of several mounts may run now. */
		if (job->mounts.n > 1)
			pthread_cond_broadcast(&d->work);
		give_back(job);
	}
	d->ended++;
	pthread_cond_signal(&d->thread_ended);
	pthread_mutex_unlock(&d->mutex);
	return NULL;
}

static void
init(struct disk *d)
{
	pthread_condattr_t attr;

	d->last = &d->first;
	d->thread_max = DISK_THREADS;
	pthread_mutex_init(&d->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->thread_ended, &attr);
	pthread_cond_init(&d->work, NULL);
	pthread_condattr_destroy(&attr);
}

void
disk_free(struct disk *d)
{
	pthread_cond_destroy(&d->work);
	pthread_cond_destroy(&d->thread_ended);
	pthread_mutex_destroy(&d->mutex);
	free(d);
}

struct disk *
disk_new(void)
{
	struct disk *d = calloc(1, sizeof(*d));

	if (d != NULL)
		init(d);
	return d;
}

static void
start_thread(struct disk *d)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	if (pthread_create(&d->thread[d->threads], &attr, run_thread, d) == 0)
		d->threads++;
	else
		d->thread_max = d->threads;
	pthread_attr_destroy(&attr);
}

static struct timespec
stop_deadline(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += STOP_MS * 1000000l;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

bool
disk_stop(struct disk *d)
{
	struct timespec deadline = stop_deadline();
	int error = 0;

	pthread_mutex_lock(&d->mutex);
	d->stopping = true;
	pthread_cond_broadcast(&d->work);
	while (d->ended < d->threads && error == 0)
		error = pthread_cond_timedwait(&d->thread_ended, &d->mutex,
		    &deadline);
	pthread_mutex_unlock(&d->mutex);
	if (error != 0)
		return false;
	for (int i = 0; i < d->threads; i++)
		pthread_join(d->thread[i], NULL);
	return true;
}

/* ---- ports ---- */

static void
port_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct disk_port *port = CONTAINER_OF(s, struct disk_port, source);
	struct disk_job *job, *next;

	(void)events;
	pthread_mutex_lock(&port->disk->mutex);
	job = port->ended;
	port->ended = NULL;
	pthread_mutex_unlock(&port->disk->mutex);
	for (; job != NULL; job = next) {
		next = job->next;
		job->done(job, w);
	}
}

struct disk_port *
disk_join(struct disk *d, struct source_set *set)
{
	struct disk_port *port = calloc(1, sizeof(*port));

	if (port == NULL)
		return NULL;
	port->source.ready = port_ready;
	port->disk = d;
	port->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	/* Edge-triggered: each write is reported once, without a read. */
	if (port->fd != -1 && source_add(set, port->fd, EPOLLIN | EPOLLET,
	    &port->source) == 0)
		return port;
	if (port->fd != -1)
		close(port->fd);
	free(port);
	return NULL;
}

void
disk_leave(struct disk_port *port, struct worker *w)
{
	while (port->ended != NULL)
		port_ready(&port->source, w, 0);
	close(port->fd);
	free(port);
}

/*
 * Put the job into the queue.  False if no thread will take it, because no
 * thread can be started, or all have ended: late jobs free what others used.
 */
static bool
enqueue(struct disk *d, struct disk_job *job)
{
	if (!d->stopping && d->threads < d->thread_max &&
	    d->queued >= d->threads - d->running)
		start_thread(d);
	if (d->ended == d->threads)
		return false;
	d->queued++;
	*d->last = job;
	d->last = &job->next;
	pthread_cond_signal(&d->work);
	return true;
}

void
disk_submit(struct disk_port *port, struct disk_job *job)
{
	struct disk *d = port->disk;

	job->port = port;
	job->next = NULL;
	pthread_mutex_lock(&d->mutex);
	if (!enqueue(d, job)) {
		pthread_mutex_unlock(&d->mutex);
		job->run(job);
		pthread_mutex_lock(&d->mutex);
		give_back(job);
	}
	pthread_mutex_unlock(&d->mutex);
}

bool
disk_has_room(struct disk_port *port, dev_t mount, uint16_t bucket)
{
	struct disk *d = port->disk;
	int n = 0, own = 0;

	pthread_mutex_lock(&d->mutex);
	for (struct disk_job *job = d->first; job != NULL; job = job->next) {
		if (!job->is_request || !mount_set_has(&job->mounts, mount))
			continue;
		n++;
		own += job->bucket == bucket;
	}
	pthread_mutex_unlock(&d->mutex);
	return n < DISK_QUEUE_MAX && own < DISK_PER_CLIENT;
}

struct closing {
	struct disk_job job;
	int fd;
};

static void
close_in_thread(struct disk_job *job)
{
	close(CONTAINER_OF(job, struct closing, job)->fd);
}

static void
end_closing(struct disk_job *job, struct worker *w)
{
	(void)w;
	free(CONTAINER_OF(job, struct closing, job));
}

void
disk_close(struct disk_port *port, int fd, dev_t mount)
{
	struct closing *c = malloc(sizeof(*c));

	if (c == NULL) {
		close(fd);
		return;
	}
	*c = (struct closing){
		.job = { .run = close_in_thread, .done = end_closing },
		.fd = fd,
	};
	mount_set_add(&c->job.mounts, mount);
	disk_submit(port, &c->job);
}
