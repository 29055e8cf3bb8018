/* The folder that is served, found once at the start. */
#ifndef DOCROOT_H
#define DOCROOT_H

#include "server/options.h"

struct docroot {
	char *path;		/* real path of the folder */
	char *reopen_path;	/* by which it is opened again once it has been
				   removed and built anew */
	bool reopen_optional;	/* it was not typed: serve on without it */
	char *single_file;	/* FILE: the only name that is opened; NULL */
	char *url_name;		/* the name it is served by, which is another
				   where FILE is a link */
	int fd;			/* the folder */
};

/*
 * Find what opt names.  Returns 0, or -1 with errno (ENOENT: it does not exist,
 * EINVAL: neither a folder nor a file; with fd open, FILE cannot be read).  The
 * strings are the caller's to free.
 */
int docroot_find(const struct options *opt, struct docroot *docroot);

#endif
