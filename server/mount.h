/*
 * Can a mounted file system keep its callers waiting?  Those in memory and on
 * local disks are fast.  Network file systems, FUSE and all unknown ones are
 * slow: their servers may take seconds, or never answer.
 */
#ifndef MOUNT_H
#define MOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/*
 * A mounted file system.  The kernel reuses the device number of one that was
 * unmounted; the time of birth tells the two apart, if there is one.
 */
struct mount {
	dev_t dev;
	int64_t born_ns;	/* of its root folder; 0: unknown */
};

/* A mount that could not be identified; all of them count as one. */
#define MOUNT_UNKNOWN ((dev_t)-1)

enum mount_class { MOUNT_UNCLASSIFIED, MOUNT_FAST, MOUNT_SLOW };

enum { MOUNTS_MAX = 16 };

/* The mounts that a loop has classified. */
struct mount_list {
	unsigned n;		/* added so far; the oldest are replaced */
	struct mount mount[MOUNTS_MAX];
	enum mount_class class[MOUNTS_MAX];
};

/*
 * Add m, or set its class if the list has it.  A MOUNT_UNKNOWN is not added.
 * mount_list_find() returns MOUNT_UNCLASSIFIED if m is not in the list.
 */
void mount_list_add(struct mount_list *list, struct mount m,
    enum mount_class class);
enum mount_class mount_list_find(const struct mount_list *list,
    struct mount m);

/* The mounts that a job of disk.h may wait for; beyond the maximum, all. */
enum { MOUNT_SET_MAX = 4 };

struct mount_set {
	int n;			/* added so far */
	dev_t dev[MOUNT_SET_MAX];
};

void mount_set_add(struct mount_set *set, dev_t dev);
bool mount_set_has(const struct mount_set *set, dev_t dev);

/*
 * The class of the file system that fd (O_PATH is enough) is on.  It may have
 * to ask a server, so call it where waiting does no harm.
 */
enum mount_class mount_classify(int fd);

/*
 * Identify the mount whose root folder is open as fd, without asking a server.
 * -1 with errno.
 */
int mount_identify(int fd, struct mount *m);

/*
 * fstatat(2), but without asking a server: the root of a slow mount gets the
 * values that the kernel happens to know.  Sets the members of *st that serve
 * uses: device, inode, mode, links, size and times.  Where statx(2) is missing
 * or refused, it is fstatat(2).  -1 with errno.
 */
int mount_stat(int dirfd, const char *name, int flags, struct stat *st);

/* fstat(2) that asks the server, with the same members.  -1 with errno. */
int mount_stat_now(int fd, struct stat *st);

/*
 * Does the file system that fd is on, a fast one, update the ctime of a folder
 * whenever a name in it changes, to the second at least?
 */
bool mount_updates_ctime(int fd);

/*
 * Does that file system, since Linux 6.13, give a file a new time with each
 * change after its times were read?  Others do once a tick.
 */
bool mount_has_fine_times(int fd);

/* Is fd on an overlay?  inotify does not see changes of its lower layers. */
bool mount_is_layered(int fd);

#endif
