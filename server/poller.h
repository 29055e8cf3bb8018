/*
 * --live by polling, where inotify does not see all changes: on a slow disk,
 * whose files other machines change, and on an overlay, whose lower layers are
 * not watched.  Once a second, a thread of disk.h compares the times and sizes
 * of the files that were served from there.  Any loop may call every function.
 */
#ifndef POLLER_H
#define POLLER_H

#include <pthread.h>
#include <sys/stat.h>

#include "server/beneath.h"
#include "server/disk.h"
#include "server/slice.h"

enum {
	POLLER_FILES = 512,	/* a further one replaces the oldest */
	POLLER_MOUNTS = 4,	/* mounts that are polled at once, at most */
};

/* A file or folder, as it was when it was served or polled last. */
struct polled_file {
	dev_t mount;
	char *path;		/* decoded: "/a/b.txt", or "/a/" for a folder */
	struct stat st;		/* st_nlink is 0: it did not exist */
	int reported;		/* number of rounds from now on in which a
				   change is one that inotify has reported */
};

struct poller {
	/* Called by the loop that began the round, for each changed file. */
	void (*report)(void *arg, const char *path);
	void *arg;
	pthread_mutex_t mutex;	/* for the members below */
	unsigned n;		/* added so far */
	struct polled_file file[POLLER_FILES];
	dev_t busy[POLLER_MOUNTS];	/* mounts polled now; 0: free */
};

void poller_init(struct poller *p);
void poller_free(struct poller *p);
bool poller_is_empty(struct poller *p);

/* Poll path (decoded) from now on.  st: as served; NULL: it is missing. */
void poller_add(struct poller *p, dev_t mount, struct slice path,
    const struct stat *st);

/* inotify has reported a change of the file name in the folder path: the next
 * round does not report a change of either of them again. */
void poller_mark_reported(struct poller *p, const char *path,
    const char *name);

/* Begin a round: check all files beneath root, except on a mount whose last
 * round has not ended. */
void poller_begin_round(struct poller *p, const struct beneath *root,
    struct disk_port *port);

#endif
