/*
 * --live where inotify does not see all changes: on a slow disk, whose files
 * other machines change, and on an overlay, whose lower layers are not watched.
 * Once a second, a thread of disk.h compares the times and sizes of the files
 * that were served from there.  Any loop may call every function.
 */
#ifndef LOOKS_H
#define LOOKS_H

#include <pthread.h>
#include <sys/stat.h>

#include "server/beneath.h"
#include "server/disk.h"
#include "server/slice.h"

enum {
	LOOKS_MAX = 512,	/* files; a further one replaces the oldest */
	LOOKS_MOUNTS = 4,	/* mounts with a look under way, at most */
};

/* A file or folder, as it was served, or seen last. */
struct look {
	dev_t mount;
	char *path;		/* decoded: "/a/b.txt", or "/a/" for a folder */
	struct stat st;		/* st_nlink is 0: it did not exist */
	int told;		/* rounds in which a look will find what
				   inotify has reported */
};

struct looks {
	/* Called by the loop that began the round. */
	void (*tell)(void *arg, const char *path);
	void *arg;
	pthread_mutex_t mutex;	/* for the members below */
	unsigned n;		/* added so far */
	struct look look[LOOKS_MAX];
	dev_t busy[LOOKS_MOUNTS];	/* mounts being looked at; 0: free */
};

void looks_init(struct looks *ls);
void looks_free(struct looks *ls);
bool looks_are_empty(struct looks *ls);

/* Look at path (decoded) from now on.  st: as served; NULL: it is missing. */
void looks_add(struct looks *ls, dev_t mount, struct slice path,
    const struct stat *st);

/* inotify has reported a change of a file with this name, in the folder path:
 * the next look does not report either of them again. */
void looks_skip(struct looks *ls, const char *path, const char *name);

/* Begin a round: look at all files beneath root, but not at those of a mount
 * whose last look has not ended. */
void looks_begin(struct looks *ls, const struct beneath *root,
    struct disk_port *port);

#endif
