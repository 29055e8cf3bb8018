/* Open a path that cannot leave its folder, even through links. */
#ifndef BENEATH_H
#define BENEATH_H

#include <stdbool.h>
#include <sys/types.h>

struct beneath {
	int fd;			/* the folder */
	const char *path;	/* its real path: absolute links that start with
				   it stay inside */
	bool follow;		/* links may lead out */
	bool walk;		/* the kernel has no openat2 */
};

/*
 * Open rel (relative, without "..") for reading; flags as for open(2).  -1 with
 * errno: EXDEV if a link leads out.
 */
int beneath_open(struct beneath *b, const char *rel, int flags);

/* Read a file from its start, up to n bytes.  Returns how many, or -1 with
 * errno. */
ssize_t beneath_read(int fd, char *p, size_t n);

#endif
