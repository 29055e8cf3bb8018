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
	struct mount mount;	/* then: that mount */
	const struct mount_list *mounts;	/* the known mounts in it */
	struct mount stopped;	/* where the last call with EINPROGRESS ended */
};

/*
 * Open rel (relative, without "..") for reading; flags as for open(2).  The
 * caller closes the descriptor.  -1 with errno: EXDEV if a link leads out;
 * EINPROGRESS if nowait is set and the path leads to a mount that is not known
 * to be fast.  Before Linux 5.6 only the mount of the folder itself is checked.
 */
int beneath_open(struct beneath *b, const char *rel, int flags);

/* Read a file from its start, up to n bytes.  Returns how many, or -1 with
 * errno. */
ssize_t beneath_read(int fd, char *p, size_t n);

/*
 * Make *to the same folder as *from, with a descriptor and a path of its own,
 * for another thread.  -1 with errno.  Close it with beneath_close().
 */
int beneath_copy(struct beneath *to, const struct beneath *from);
void beneath_close(struct beneath *copy);

#endif
