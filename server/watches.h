/*
 * The folders that inotify watches for --live, and their URLs.  No lock: the
 * caller has one.
 */
#ifndef WATCHES_H
#define WATCHES_H

#include "server/slice.h"

enum { WATCHES_BUCKETS = 512 };	/* of each hash table */

/*
 * The kernel has one watch for each folder (device and inode), which is
 * identified by a watch descriptor.
 */
struct watched_folder {
	struct watched_folder *next;	/* in the same bucket */
	int wd;
	struct watched_url *urls;	/* of this folder and of files in it */
	bool overflow;		/* it has more URLs than are remembered */
};

/* The URL of a watched folder, or of one file in it. */
struct watched_url {
	struct watched_url *next;	/* in the same bucket */
	struct watched_url *sibling;	/* of the same folder */
	struct watched_folder *folder;
	char *name;	/* of the file; NULL: text ends in '/', and covers the
			   whole folder */
	char text[];
};

struct watches {
	int fd;			/* of inotify; -1 with errno */
	int parent_wd[2];	/* of the folders that have the root's name
				   and, if that is a link, the root itself:
				   never removed */
	struct watched_folder *folders[WATCHES_BUCKETS];	/* by wd */
	struct watched_url *urls[WATCHES_BUCKETS];	/* by hash of text */
	int url_count;
};

void watches_init(struct watches *ws);
void watches_free(struct watches *ws);

/*
 * Watch the folder at path for the inotify events in mask.  url and name as in
 * struct watched_url; both are copied.  A folder that has many URLs, or a file
 * with many, through links, gets overflow instead of one more.  *moved: the URL
 * had another folder before.  0, or -1 with errno (ENOMEM, ENOSPC if there are
 * too many URLs, or that of inotify_add_watch(2)).
 */
int watches_add(struct watches *ws, const char *path, uint32_t mask,
    const char *url, const char *name, bool *moved);

/* The folder with this watch descriptor, or NULL. */
const struct watched_folder *watches_find(struct watches *ws, int wd);

/* Forget a folder after the kernel has removed its watch. */
void watches_forget(struct watches *ws, int wd);

#endif
