/* DIR or FILE: where the root is, found once at start. */
#ifndef PLACE_H
#define PLACE_H

#include "server/options.h"

struct place {
	char *path;	/* real path of the folder, allocated */
	char *name;	/* by which it is opened again; NULL: never */
	char *only;	/* FILE: the one name opened, allocated; else NULL */
	char *shown;	/* and the one it is served by: another for a link */
	int fd;		/* the folder */
};

/*
 * Find what opt names.  Returns 0, or -1 with errno (ENOENT: no such thing;
 * EINVAL: neither a folder nor a file).  The strings are the caller's to free.
 */
int place_find(const struct options *opt, struct place *place);

#endif
