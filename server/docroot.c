#include "server/docroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * FILE: serve its folder, and open the file by name each time, because editors
 * replace a file with a new one.  If FILE is a link, use its target, which may
 * be anywhere.  Returns the path to open the folder by, or NULL with errno.
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

static int
check_file(const struct docroot *docroot)
{
	int fd = openat(docroot->fd, docroot->single_file,
	    O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

/* Is it made of "." and ".." only?  Such a path cannot reopen a folder that was
 * removed. */
static bool
is_relative_to_itself(const char *path)
{
	return path[strspn(path, "./")] == '\0';
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
	else if (!is_relative_to_itself(path))
		path = docroot->reopen_path = strdup(path);
	if (path == NULL || realpath(path, real) == NULL ||
	    (docroot->path = strdup(real)) == NULL)
		return -1;
	docroot->reopen_optional = docroot->reopen_path == NULL;
	if (docroot->reopen_optional &&
	    (docroot->reopen_path = strdup(real)) == NULL)
		return -1;
	docroot->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (docroot->fd == -1)
		return -1;
	return docroot->single_file != NULL ? check_file(docroot) : 0;
}

void
docroot_free(struct docroot *docroot)
{
	free(docroot->path);
	free(docroot->reopen_path);
	free(docroot->single_file);
	free(docroot->url_name);
}
