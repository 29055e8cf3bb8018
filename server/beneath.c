#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/beneath.h"

/* <linux/openat2.h>, which musl does not bring. */
struct open_how_v0 {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};

enum {
	NO_MAGICLINKS = 0x02,	/* RESOLVE_NO_MAGICLINKS */
	BENEATH = 0x08,		/* RESOLVE_BENEATH */
	TRIES = 8,		/* EAGAIN: something was renamed meanwhile */
	LINKS_MAX = 40,		/* as the kernel has it */
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
 * The way of one look-up.  path[0, at) is resolved: folders without a link
 * among them, each with its slash, so that ".." can be taken off as text.
 */
struct way {
	const struct beneath *b;
	char path[PATH_MAX];
	size_t at;
	int links;		/* followed so far */
};

/* The component behind the resolved part. */
struct component {
	char name[NAME_MAX + 1];
	size_t n, slashes;	/* of the name, and of what ends it */
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

/* Take path[from, to) out. */
static void
cut_out(struct way *w, size_t from, size_t to)
{
	memmove(w->path + from, w->path + to, strlen(w->path + to) + 1);
}

/* "..": take the last component off the resolved part. */
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
	return 0;
}

/* The folder that the resolved part names. */
static int
open_resolved(const struct way *w)
{
	int fd = openat(w->b->fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; fd != -1 && i < w->at;) {
		char name[NAME_MAX + 1];
		size_t n = strcspn(w->path + i, "/");
		int next;

		memcpy(name, w->path + i, n);
		name[n] = '\0';
		next = openat(fd, name,
		    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
		i += n + 1;
	}
	return fd;
}

/* Put what a link says in place of its name. */
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
		if (root_n == 1)	/* of "/", all is inside */
			root_n = 0;
		if (strncmp(target, w->b->path, root_n) != 0 ||
		    (target[root_n] != '/' && target[root_n] != '\0')) {
			errno = EXDEV;
			return -1;
		}
		target += root_n;
		n = 0;
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
 * Open the component without following it.  If it is a link, its target takes
 * its place and the result is -1 with errno 0.
 */
static int
open_component(struct way *w, const struct component *c, int flags)
{
	char target[PATH_MAX];
	int dir = open_resolved(w), fd, error;
	ssize_t n;

	if (dir == -1)
		return -1;
	if (!c->last)
		flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	else if (c->slashes > 0)
		flags |= O_DIRECTORY;
	fd = openat(dir, c->n == 0 ? "." : c->name, flags | O_NOFOLLOW);
	error = errno;
	/* With O_PATH it may be the link itself that is open now. */
	n = readlinkat(dir, c->name, target, sizeof(target) - 1);
	close(dir);
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

/*
 * Without openat2, or for an absolute link that may lead back inside: one
 * component at a time, no link followed by the kernel.
 */
static int
walk(const struct beneath *b, const char *rel, int flags)
{
	struct way w = { .b = b };
	struct component c;
	int fd;

	if (strlen(rel) >= sizeof(w.path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(w.path, rel);
	for (;;) {
		if (read_component(&w, &c) == -1)
			return -1;
		if (!c.last && (c.n == 0 || strcmp(c.name, ".") == 0)) {
			cut_out(&w, w.at, w.at + c.n + c.slashes);
			continue;
		}
		if (strcmp(c.name, "..") == 0) {
			if (step_up(&w, &c) == -1)
				return -1;
			continue;
		}
		fd = open_component(&w, &c, flags);
		if (fd == -1 && errno != 0)
			return -1;
		if (fd != -1 && c.last)
			return fd;
		if (fd != -1) {
			close(fd);
			w.at += c.n + 1;
		}
	}
}

int
beneath_open(struct beneath *b, const char *rel, int flags)
{
	int fd;

	if (b->follow)
		return openat(b->fd, rel, flags);
	if (!b->walk) {
		fd = openat2_beneath(b->fd, rel, flags);
		/* Filters of containers say EPERM to calls that they do not
		 * know; the walker answers EPERM again where it is real.
		 * EAGAIN: renames without end, anywhere in the system. */
		if (fd != -1 || (errno != ENOSYS && errno != EPERM &&
		    errno != EXDEV && errno != EAGAIN))
			return fd;
		b->walk = errno == ENOSYS;
	}
	return walk(b, rel, flags);
}
