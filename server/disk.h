/*
 * The threads that wait for disks, so that a loop never does: for slow ones
 * (mount.h), and for local ones that are cold, with data that is not in memory.
 * A job is work that may wait: a thread runs it, then the loop that submitted
 * it gets it back.  A thread starts when a job finds no idle one, and stays.
 */
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <sys/types.h>

#include "server/mount.h"
#include "server/source.h"

enum {
	DISK_THREADS = 8,
	DISK_QUEUE_MAX = 256,	/* requests in the queue for one mount; further
				   ones get 503 */
	DISK_PER_CLIENT = DISK_QUEUE_MAX / 2,	/* of these, from one address */
};

/*
 * Part of a structure that owns everything which run() uses, until done() is
 * called: memory, descriptors.
 */
struct disk_job {
	void (*run)(struct disk_job *job);	/* in a thread of the pool */
	/* In the thread of the loop, which may free the job. */
	void (*done)(struct disk_job *job, struct worker *w);
	struct mount_set mounts;	/* that it may wait for */
	bool is_request;	/* disk_has_room() counts it in the queue */
	uint16_t bucket;	/* of its client's address: evict.h */

	struct disk_port *port;	/* these belong to disk.c */
	struct disk_job *next;
};

struct disk;

/*
 * Make the pool of up to DISK_THREADS threads, half of which may wait for one
 * mount.  NULL with errno.
 */
struct disk *disk_new(void);

/*
 * End the threads after the jobs in the queue.  False if a thread does not end
 * in time, because a disk hangs: then nothing that a job uses may be freed, not
 * even the disk.
 */
bool disk_stop(struct disk *d);

/* Free a disk that has stopped. */
void disk_free(struct disk *d);

/*
 * A port through which a loop submits jobs.  It gets them back as events in
 * set.  NULL with errno.
 */
struct disk_port *disk_join(struct disk *d, struct source_set *set);

/* After disk_stop(): call done() of the jobs that have ended, and free the
 * port. */
void disk_leave(struct disk_port *port, struct worker *w);

/* Have a thread run the job, whose run, done and mounts are set.  If no thread
 * can be started, it runs at once. */
void disk_submit(struct disk_port *port, struct disk_job *job);

/* May one more request, from this bucket of evict.h, wait for this mount? */
bool disk_has_room(struct disk_port *port, dev_t mount, uint16_t bucket);

/* Close fd, which is on this mount, in a thread: FUSE asks its server first. */
void disk_close(struct disk_port *port, int fd, dev_t mount);

#endif
