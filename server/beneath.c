#include "server/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/call.h"

/* <linux/openat2.h>, which musl-gcc does not find. */
struct open_how_v0 {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};

enum {
	NO_XDEV = 0x01,		/* RESOLVE_NO_XDEV: no other mount */
	NO_MAGICLINKS = 0x02,	/* RESOLVE_NO_MAGICLINKS */
	BENEATH = 0x08,		/* RESOLVE_BENEATH */
	CACHED = 0x20,		/* RESOLVE_CACHED */
	TRIES = 8,		/* while renames disturb the lookup: EAGAIN */
	LINKS_MAX = 40,		/* as in the kernel */
	OPENS_MAX = 2 * PATH_MAX,	/* of folders, in one lookup */
};

#ifndef SYS_openat2
#define SYS_openat2 437		/* the same number on every architecture */
#endif

static int
openat2_within(int dirfd, const char *rel, int flags, uint64_t resolve)
{
	struct open_how_v0 how = {
		.flags = (uint64_t)flags,
		.resolve = resolve,
	};
	long fd;
	int tries = 0;

	do
		fd = syscall(SYS_openat2, dirfd, rel, &how, sizeof(how));
	while (fd == -1 && (errno == EINTR ||
	    (errno == EAGAIN && (resolve & CACHED) == 0)) && ++tries < TRIES);
	return (int)fd;
}

/*
 * The state of one lookup.  path[0, at) is resolved: it consists of folders,
 * each with its slash, and no links, so that ".." can be handled as text.
 */
struct walk {
	struct beneath *b;
	char path[PATH_MAX];
	size_t at;
	int dir;		/* the resolved part, O_PATH; -1: not open */
	int links;		/* followed so far */
	int opens;		/* folders opened so far */
};

static void
set_dir(struct walk *w, int fd)
{
	if (w->dir != -1)
		close(w->dir);
	w->dir = fd;
}

/* The component after the resolved part.  On some file systems its name may be
 * longer than NAME_MAX. */
struct component {
	char name[PATH_MAX];
	size_t n, slashes;	/* bytes of the name, slashes after it */
	bool last;
};

static void
read_component(const struct walk *w, struct component *c)
{
	const char *p = w->path + w->at;

	c->n = strcspn(p, "/");
	c->slashes = strspn(p + c->n, "/");
	c->last = p[c->n + c->slashes] == '\0';
	memcpy(c->name, p, c->n);
	c->name[c->n] = '\0';
}

/* Remove path[from, to). */
static void
cut_out(struct walk *w, size_t from, size_t to)
{
	memmove(w->path + from, w->path + to, strlen(w->path + to) + 1);
}

/* "..": remove the last component of the resolved part. */
static int
step_up(struct walk *w, const struct component *dots)
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

/* Is openat2 refused?  EAGAIN: renames keep happening, anywhere in the
 * system. */
static bool
is_refusal(int error)
{
	return call_is_refused(error) || error == EAGAIN;
}

/* ---- mounts on the way ---- */

static bool
may_enter(const struct beneath *b, struct mount m)
{
	return mount_list_find(&b->mounts, m) == MOUNT_FAST ||
	    mount_set_has(&b->waits_for, m.dev);
}

static int
stop_at(struct beneath *b, struct mount m, bool cold)
{
	b->stopped = m;
	b->cold = cold;
	errno = EINPROGRESS;
	return -1;
}

/*
 * Identify the mount at this name; MOUNT_UNKNOWN if that fails.  Opening its
 * root without its contents (O_PATH) asks no server.
 */
static struct mount
mount_at(int dir, const char *name)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct mount m;

	if (fd == -1 || mount_identify(fd, &m) == -1)
		m = (struct mount){ .dev = MOUNT_UNKNOWN };
	if (fd != -1)
		close(fd);
	return m;
}

/* Open a name without following a link.  With nowait, enter no slow mount. */
static int
open_name(struct beneath *b, int dir, const char *name, int flags)
{
	struct mount m;
	int fd;

	flags |= O_NOFOLLOW;
	if (!b->nowait || b->walk)
		return openat(dir, name, flags);
	fd = openat2_within(dir, name, flags, NO_XDEV);
	if (fd != -1 || !(errno == EXDEV || is_refusal(errno)))
		return fd;
	if (errno == EXDEV) {
		m = mount_at(dir, name);
		if (!may_enter(b, m))
			return stop_at(b, m, false);
	}
	return openat(dir, name, flags);
}

static uint64_t
scope(const struct beneath *b)
{
	return b->follow ? 0 : BENEATH | NO_MAGICLINKS;
}

int
beneath_open_cached(const struct beneath *b, const char *rel)
{
	return openat2_within(b->fd, rel, O_PATH | O_CLOEXEC,
	    scope(b) | CACHED);
}

static bool
is_cached(const struct beneath *b, const char *rel)
{
	int fd = beneath_open_cached(b, rel);

	if (fd != -1)
		close(fd);
	return fd != -1 || errno != EAGAIN;
}

/*
 * openat2, first without a disk if b->cached is set.  The kernel then gives
 * EAGAIN for a path into another mount as well, which is no reason to wait.
 */
static int
open_cached(struct beneath *b, const char *rel, int flags, uint64_t resolve)
{
	bool refused;
	int fd;

	if (!b->cached)
		return openat2_within(b->fd, rel, flags, resolve);
	fd = openat2_within(b->fd, rel, flags, resolve | CACHED);
	if (fd != -1 || (errno != EAGAIN && errno != EINVAL))
		return fd;
	refused = errno == EINVAL;
	if (!refused && !is_cached(b, rel))
		return stop_at(b, b->mount, true);
	fd = openat2_within(b->fd, rel, flags, resolve);
	/* Linux before 5.12 does not know the flag. */
	if (refused && (fd != -1 || errno != EINVAL)) {
		b->cached = false;
		b->no_cached = true;
	}
	return fd;
}

/*
 * With nowait, open a whole path through links that may lead anywhere.  If it
 * leads to another mount, only a path in the kernel's cache can be examined
 * without waiting.
 */
static int
open_anywhere(struct beneath *b, const char *rel, int flags)
{
	struct mount m = { .dev = MOUNT_UNKNOWN };
	int fd = open_cached(b, rel, flags, NO_XDEV);
	bool has_birth;

	b->direct = fd != -1 || !(errno == EXDEV || is_refusal(errno));
	if (b->direct)
		return fd;
	if (errno != EXDEV)
		return openat(b->fd, rel, flags);
	fd = openat2_within(b->fd, rel, O_PATH | O_CLOEXEC, CACHED);
	if (fd == -1 && errno == ENOENT)	/* the kernel is certain */
		return -1;
	if (fd != -1 && mount_identify(fd, &m) == -1)
		m = (struct mount){ .dev = MOUNT_UNKNOWN };
	if (fd != -1)
		close(fd);
	/* This is not the root of its mount, so only the device number can be
	 * compared.  FUSE may have got the number of a fast device that is
	 * gone, but it reports no time of birth. */
	has_birth = m.born_ns != 0;
	m.born_ns = 0;
	if (has_birth ? may_enter(b, m) : mount_set_has(&b->waits_for, m.dev))
		return openat(b->fd, rel, flags);
	return stop_at(b, m, false);
}

/* ---- one component at a time ---- */

/*
 * Limit the work for one lookup: after each ".." in the target of a link walk()
 * starts again at the top.
 */
static int
open_folder(struct walk *w, int dir, const char *name)
{
	if (++w->opens > OPENS_MAX) {
		errno = ELOOP;
		return -1;
	}
	return open_name(w->b, dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Open the resolved part, from the top, unless it is open already. */
static int
open_resolved(struct walk *w)
{
	if (w->dir != -1)
		return 0;
	w->dir = open_folder(w, w->b->fd, ".");
	for (size_t i = 0; w->dir != -1 && i < w->at;) {
		char name[PATH_MAX];
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
splice_link(struct walk *w, const struct component *link, const char *target)
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
 * Is it a link of /proc to an object, which cannot be found by its text?  Only
 * such links and loops give ELOOP.
 */
static bool
is_magic(const struct walk *w, const char *name)
{
	int fd = w->b->walk ? -1 : openat2_within(w->dir, name,
	    O_PATH | O_CLOEXEC, NO_XDEV | NO_MAGICLINKS);

	if (fd != -1)
		close(fd);
	return !w->b->walk && fd == -1 && errno == ELOOP;
}

/*
 * Open the component without following it.  If it is a link, put its target
 * into the path in its place, and return -1 with errno 0.
 */
static int
open_component(struct walk *w, const struct component *c, int flags)
{
	char target[PATH_MAX];
	int fd, error;
	ssize_t n;

	if (open_resolved(w) == -1)
		return -1;
	if (!c->last)
		fd = open_folder(w, w->dir, c->name);
	else
		fd = open_name(w->b, w->dir, c->n == 0 ? "." : c->name,
		    flags | (c->slashes > 0 ? O_DIRECTORY : 0));
	/* O_PATH may have opened the link itself. */
	if (fd != -1 && (!c->last || (flags & O_PATH) == 0))
		return fd;
	error = errno;
	if (fd == -1 && error == EINPROGRESS)
		return -1;
	n = readlinkat(w->dir, c->name, target, sizeof(target) - 1);
	/* It is not a link, or has no name, or was removed. */
	if (n == -1 && (errno == EINVAL || errno == ENOENT)) {
		errno = error;
		return fd;
	}
	error = errno;
	if (fd != -1)
		close(fd);
	errno = error;
	if (n == -1)
		return -1;
	if (is_magic(w, c->name))
		return -1;
	target[n] = '\0';
	if (splice_link(w, c, target) == 0)
		errno = 0;
	return -1;
}

/* Take one step.  1 with the result in *fd, 0 to go on, -1 with errno. */
static int
step(struct walk *w, int flags, int *fd)
{
	struct component c;

	read_component(w, &c);
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
 * kernels without openat2, for absolute links that may lead back inside, and
 * for paths through other mounts.
 */
static int
walk(struct beneath *b, const char *rel, int flags)
{
	struct walk w;		/* not zeroed: its path is long */
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

	b->direct = false;
	if (b->nowait && b->slow && !may_enter(b, b->mount))
		return stop_at(b, b->mount, false);
	if (b->follow)
		return b->nowait ? open_anywhere(b, rel, flags) :
		    openat(b->fd, rel, flags);
	if (!b->walk) {
		fd = open_cached(b, rel, flags,
		    scope(b) | (b->nowait ? NO_XDEV : 0));
		/* If the error is about the path itself, walk() gets it too. */
		b->direct = fd != -1 || !(errno == EXDEV || is_refusal(errno));
		if (b->direct)
			return fd;
		b->walk = errno == ENOSYS;
	}
	return walk(b, rel, flags);
}

void
beneath_allow_wait(struct beneath *b, struct mount_set *mounts)
{
	b->cached = false;
	if (b->cold) {
		*mounts = (struct mount_set){ 0 };
		mount_set_add(mounts, b->mount.dev);
		return;
	}
	mount_set_add(&b->waits_for, b->stopped.dev);
	*mounts = b->waits_for;
}

bool
beneath_is_cold(int dirfd, const char *name)
{
	int fd = openat2_within(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC,
	    CACHED);

	if (fd != -1)
		close(fd);
	return fd == -1 && errno == EAGAIN;
}

void
beneath_stop(struct beneath *b)
{
	stop_at(b, b->mount, true);
}

int
beneath_copy(struct beneath *to, const struct beneath *from)
{
	*to = *from;
	to->path = strdup(from->path);
	if (to->path == NULL)
		return -1;
	/* Opening "." would ask the server of 9p and NFS. */
	to->fd = fcntl(from->fd, F_DUPFD_CLOEXEC, 0);
	if (to->fd != -1)
		return 0;
	free((char *)to->path);
	return -1;
}

void
beneath_close(struct beneath *copy)
{
	close(copy->fd);
	free((char *)copy->path);
}
