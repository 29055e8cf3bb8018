#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "server/docroot.h"

/*
 * FILE: its folder by its name and the file by its own, for an editor may put
 * another file in its place.  A link is what it leads to, wherever that is: it
 * was asked for.  Returns the name to open the folder by, or NULL.
 */
static const char *
split_file(struct docroot *docroot, const char *path, char real[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	struct stat st;

	docroot->url_name = strdup(slash != NULL ? slash + 1 : path);
	if (lstat(path, &st) == -1)
		return NULL;
	if (S_ISLNK(st.st_mode)) {
		if ((path = realpath(path, real)) == NULL)
			return NULL;
		slash = strrchr(path, '/');
	}
	docroot->single_file = strdup(slash != NULL ? slash + 1 : path);
	docroot->reopen_path = slash == NULL ? NULL :
	    slash == path ? strdup("/") :
	    strndup(path, (size_t)(slash - path));
	if (docroot->single_file == NULL || docroot->url_name == NULL)
		return NULL;
	return slash == NULL ? "." : docroot->reopen_path;
}

int
docroot_find(const struct options *opt, struct docroot *docroot)
{
	const char *path = opt->path != NULL ? opt->path : ".";
	char real[PATH_MAX];
	struct stat st;

	*docroot = (struct docroot){ .fd = -1 };
	if (stat(path, &st) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	if (S_ISREG(st.st_mode))
		path = split_file(docroot, path, real);
	else if (opt->path != NULL)
		path = docroot->reopen_path = strdup(path);
	if (path == NULL || realpath(path, real) == NULL ||
	    (docroot->path = strdup(real)) == NULL)
		return -1;
	docroot->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return docroot->fd == -1 ? -1 : 0;
}
