/* The folder that is served, found once at the start. */
#ifndef DOCROOT_H
#define DOCROOT_H

#include "server/options.h"

struct docroot {
	char *path;		/* real path of the folder */
	char *reopen_path;	/* to open the folder again after it was removed
				   and made anew */
	bool reopen_optional;	/* the path was not typed: ignore failures */
	char *single_file;	/* FILE: the only name to be opened; or NULL */
	char *url_name;		/* its name in URLs, which differs if FILE is a
				   link */
	int fd;			/* the folder */
};

/*
 * Find the DIR or FILE of opt.  Returns 0, or -1 with errno (ENOENT: it does
 * not exist; EINVAL: it is neither a folder nor a file).  If fd is open after
 * -1, FILE cannot be read.
 */
int docroot_find(const struct options *opt, struct docroot *docroot);

/* Free the strings. */
void docroot_free(struct docroot *docroot);

#endif
