#include "server/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <linux/openat2.h>, which musl-gcc does not find. */
struct open_how_v0 {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};

enum {
	NO_MAGICLINKS = 0x02,	/* RESOLVE_NO_MAGICLINKS */
	BENEATH = 0x08,		/* RESOLVE_BENEATH */
	TRIES = 8,		/* after EAGAIN: a rename during the look-up */
	LINKS_MAX = 40,		/* as in the kernel */
	OPENS_MAX = 2 * PATH_MAX,	/* of folders, in one look-up */
};

#ifndef SYS_openat2
#define SYS_openat2 437		/* the same number on every architecture */
#endif

static int
openat2_beneath(int dirfd, const char *rel, int flags)
{
	struct open_how_v0 how = {
		.flags = (uint64_t)flags,
		.resolve = BENEATH | NO_MAGICLINKS,
	};
	long fd;
	int tries = 0;

	do
		fd = syscall(SYS_openat2, dirfd, rel, &how, sizeof(how));
	while (fd == -1 && (errno == EAGAIN || errno == EINTR) &&
	    ++tries < TRIES);
	return (int)fd;
}

/*
 * The state of one look-up.  path[0, at) is resolved: it consists of folders,
 * each with its slash, and no links, so that ".." can be handled as text.
 */
struct way {
	const struct beneath *b;
	char path[PATH_MAX];
	size_t at;
	int dir;		/* the resolved part, O_PATH; -1: not open */
	int links;		/* followed so far */
	int opens;		/* folders opened so far */
};

static void
set_dir(struct way *w, int fd)
{
	if (w->dir != -1)
		close(w->dir);
	w->dir = fd;
}

/* The component after the resolved part. */
struct component {
	char name[NAME_MAX + 1];
	size_t n, slashes;	/* bytes of the name, slashes after it */
	bool last;
};

static int
read_component(const struct way *w, struct component *c)
{
	const char *p = w->path + w->at;

	c->n = strcspn(p, "/");
	c->slashes = strspn(p + c->n, "/");
	c->last = p[c->n + c->slashes] == '\0';
	if (c->n > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(c->name, p, c->n);
	c->name[c->n] = '\0';
	return 0;
}

/* Remove path[from, to). */
static void
cut_out(struct way *w, size_t from, size_t to)
{
	memmove(w->path + from, w->path + to, strlen(w->path + to) + 1);
}

/* "..": remove the last component of the resolved part. */
static int
step_up(struct way *w, const struct component *dots)
{
	size_t from = w->at;

	if (from == 0) {
		errno = EXDEV;
		return -1;
	}
	while (--from > 0 && w->path[from - 1] != '/')
		;
	cut_out(w, from, w->at + dots->n + dots->slashes);
	w->at = from;
	set_dir(w, -1);
	return 0;
}

/*
 * Limit the work for one look-up: after each ".." in the target of a link the
 * walker starts again at the top.
 */
static int
open_folder(struct way *w, int dir, const char *name)
{
	if (++w->opens > OPENS_MAX) {
		errno = ELOOP;
		return -1;
	}
	return openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Open the resolved part from the top, unless it is open. */
static int
open_resolved(struct way *w)
{
	if (w->dir != -1)
		return 0;
	w->dir = open_folder(w, w->b->fd, ".");
	for (size_t i = 0; w->dir != -1 && i < w->at;) {
		char name[NAME_MAX + 1];
		size_t n = strcspn(w->path + i, "/");

		memcpy(name, w->path + i, n);
		name[n] = '\0';
		set_dir(w, open_folder(w, w->dir, name));
		i += n + 1;
	}
	return w->dir == -1 ? -1 : 0;
}

/* Put the target of a link in place of its name. */
static int
splice_link(struct way *w, const struct component *link, const char *target)
{
	char rest[PATH_MAX];
	size_t root_n = strlen(w->b->path), n = w->at;

	if (++w->links > LINKS_MAX) {
		errno = ELOOP;
		return -1;
	}
	if (target[0] == '/') {
		if (root_n == 1)	/* "/" contains everything */
			root_n = 0;
		if (strncmp(target, w->b->path, root_n) != 0 ||
		    (target[root_n] != '/' && target[root_n] != '\0')) {
			errno = EXDEV;
			return -1;
		}
		target += root_n;
		n = 0;
		set_dir(w, -1);
	}
	strcpy(rest, w->path + w->at + link->n);
	if (n + strlen(target) + strlen(rest) >= sizeof(w->path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(w->path + n, target);
	strcat(w->path, rest);
	w->at = n;
	return 0;
}

/*
 * Open the component without following it.  If it is a link, put its target in
 * its place and return -1 with errno 0.
 */
static int
open_component(struct way *w, const struct component *c, int flags)
{
	char target[PATH_MAX];
	int fd, error;
	ssize_t n;

	if (open_resolved(w) == -1)
		return -1;
	if (!c->last)
		fd = open_folder(w, w->dir, c->name);
	else
		fd = openat(w->dir, c->n == 0 ? "." : c->name, flags |
		    O_NOFOLLOW | (c->slashes > 0 ? O_DIRECTORY : 0));
	/* O_PATH may have opened the link itself. */
	if (fd != -1 && (!c->last || (flags & O_PATH) == 0))
		return fd;
	error = errno;
	n = readlinkat(w->dir, c->name, target, sizeof(target) - 1);
	if (n == -1) {
		errno = error;
		return fd;
	}
	if (fd != -1)
		close(fd);
	target[n] = '\0';
	if (splice_link(w, c, target) == 0)
		errno = 0;
	return -1;
}

/* Take one step.  1 with the result in *fd, 0 to go on, -1 with errno. */
static int
step(struct way *w, int flags, int *fd)
{
	struct component c;

	if (read_component(w, &c) == -1)
		return -1;
	if (!c.last && (c.n == 0 || strcmp(c.name, ".") == 0)) {
		cut_out(w, w->at, w->at + c.n + c.slashes);
		return 0;
	}
	if (strcmp(c.name, "..") == 0)
		return step_up(w, &c);
	*fd = open_component(w, &c, flags);
	if (*fd == -1)
		return errno == 0 ? 0 : -1;
	if (c.last)
		return 1;
	set_dir(w, *fd);
	w->at += c.n + 1;
	return 0;
}

/*
 * Open one component at a time, and let the kernel follow no link.  This is for
 * kernels without openat2, and for absolute links that may lead back inside.
 */
static int
walk(const struct beneath *b, const char *rel, int flags)
{
	struct way w;		/* not zeroed: its path is long */
	int fd = -1, r, error;

	if (strlen(rel) >= sizeof(w.path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(w.path, rel);
	w.b = b;
	w.at = 0;
	w.dir = -1;
	w.links = w.opens = 0;
	do
		r = step(&w, flags, &fd);
	while (r == 0);
	error = errno;
	set_dir(&w, -1);
	errno = error;
	return r == 1 ? fd : -1;
}

int
beneath_open(struct beneath *b, const char *rel, int flags)
{
	int fd;

	if (b->follow)
		return openat(b->fd, rel, flags);
	if (!b->walk) {
		fd = openat2_beneath(b->fd, rel, flags);
		/* The filters of containers return EPERM or EACCES for unknown
		 * calls; where such an error is real, the walker gets it too.
		 * EAGAIN: renames keep happening, anywhere in the system. */
		if (fd != -1 || (errno != ENOSYS && errno != EPERM &&
		    errno != EACCES && errno != EXDEV && errno != EAGAIN))
			return fd;
		b->walk = errno == ENOSYS;
	}
	return walk(b, rel, flags);
}

ssize_t
beneath_read(int fd, char *p, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = pread(fd, p + got, n - got, (off_t)got);

		if (r == -1)
			return -1;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}
