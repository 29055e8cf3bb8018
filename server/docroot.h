/* DIR or FILE: where the root is, found once at start. */
#ifndef DOCROOT_H
#define DOCROOT_H

#include "server/options.h"

struct docroot {
	char *path;	/* real path of the folder, allocated */
	char *reopen_path;	/* by which it is opened again; NULL: never */
	char *single_file;	/* FILE: the one name opened, allocated; else NULL */
	char *url_name;	/* and the one it is served by: another for a link */
	int fd;		/* the folder */
};

/*
 * Find what opt names.  Returns 0, or -1 with errno (ENOENT: no such thing;
 * EINVAL: neither a folder nor a file).  The strings are the caller's to free.
 */
int docroot_find(const struct options *opt, struct docroot *docroot);

#endif
