/* Open a path that cannot leave its folder, even through links. */
#ifndef BENEATH_H
#define BENEATH_H

#include <stdbool.h>
#include <sys/types.h>

#include "server/mount.h"

struct beneath {
	int fd;			/* the folder */
	const char *path;	/* its real path: absolute links that start with
				   it stay inside */
	bool follow;		/* links may lead out */
	bool walk;		/* the kernel has no openat2 */

	/* In the thread of a loop, which must not wait for a slow disk: */
	bool nowait;
	bool slow;		/* the folder itself is on one */
	struct mount mount;	/* that the folder is on */
	struct mount_list mounts;	/* the known mounts in it */
	struct mount stopped;	/* where the last call with EINPROGRESS ended */
	bool cached;		/* do not wait for a fast disk either: open only
					   names in the kernel's cache */
	bool no_cached;		/* the kernel or the file system cannot tell */
	bool cold;		/* stopped is a fast mount, with a cold disk */
	bool direct;		/* the kernel resolved the last path in one
				   call, without another mount */

	/* In a thread of disk.h, which may wait for these mounts: */
	struct mount_set waits_for;
};

/*
 * Open rel (relative, without "..") for reading; flags as for open(2).  The
 * caller closes the descriptor.  -1 with errno: EXDEV if a link leads out;
 * EINPROGRESS if nowait is set and the path leads to a mount that is not known
 * to be fast, or if cached is set and names on the way would have to be read
 * from a disk.  Before Linux 5.6 only the mount of the folder is checked.
 */
int beneath_open(struct beneath *b, const char *rel, int flags);

/*
 * After EINPROGRESS: from now on calls may wait for that mount too.  *mounts is
 * then the cold one, or all slow ones, that they may wait for.
 */
void beneath_allow_wait(struct beneath *b, struct mount_set *mounts);

/*
 * Open rel, O_PATH, if the kernel has all its names in its cache; else -1 with
 * EAGAIN.  Absolute links are EXDEV.
 */
int beneath_open_cached(const struct beneath *b, const char *rel);

/* Would a stat(2) of this name, in the folder dirfd, wait for a disk? */
bool beneath_is_cold(int dirfd, const char *name);

/* Set errno and *b as beneath_open() does when it meets a cold disk. */
void beneath_stop(struct beneath *b);

/*
 * Make *to the same folder as *from, with a descriptor and a path of its own,
 * for another thread.  -1 with errno.  Close it with beneath_close().
 */
int beneath_copy(struct beneath *to, const struct beneath *from);
void beneath_close(struct beneath *copy);

#endif
