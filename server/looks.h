/*
 * Once a second: have the files changed that were served from where inotify
 * sees nothing?  That is a slow disk, whose files change on other machines, or
 * the lower layer of an overlay.  A thread of disk.h looks; any loop may call
 * every function.
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
	LOOKS_MOUNTS = 4,	/* mounts that are looked at in one round */
};

/* A file or folder, as it was served, or seen last. */
struct look {
	dev_t mount;
	char *path;		/* decoded: "/a/b.txt", or "/a/" for a folder */
	struct stat st;		/* st_nlink is 0: it did not exist */
	bool told;		/* inotify has told what the next look finds */
};

struct looks {
	/* Called by the loop that began the round. */
	void (*tell)(void *arg, const char *path);
	void *arg;
	pthread_mutex_t mutex;	/* for the members below */
	unsigned n;		/* added so far */
	struct look look[LOOKS_MAX];
	dev_t busy[LOOKS_MOUNTS];	/* mounts of jobs that run; 0: free */
};

void looks_init(struct looks *ls);
void looks_free(struct looks *ls);
bool looks_are_empty(struct looks *ls);

/* Look at path (decoded) from now on.  st: as served; NULL: it is missing. */
void looks_add(struct looks *ls, dev_t mount, struct slice path,
    const struct stat *st);

/* Changes of files with this name have been told. */
void looks_skip(struct looks *ls, const char *name);

/* Begin a round: look at all files beneath root, but not at those of a mount
 * whose last look has not ended. */
void looks_begin(struct looks *ls, const struct beneath *root,
    struct disk_port *port);

#endif
