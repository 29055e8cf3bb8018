#include "server/mount.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "server/call.h"
#include "server/clock.h"
#include "server/slice.h"

/* struct statx of <linux/stat.h>, which musl-gcc does not find. */
struct timestamp {
	int64_t sec;
	uint32_t nsec;
	int32_t spare;
};

struct extended_stat {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, spare;
	uint64_t ino, size, blocks, attributes_mask;
	struct timestamp atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t spare2[14];
};

enum {
	FORCE_SYNC = 0x2000,	/* AT_STATX_FORCE_SYNC */
	DONT_SYNC = 0x4000,	/* AT_STATX_DONT_SYNC */
	BASIC = 0x7ff,		/* STATX_BASIC_STATS */
	BTIME = 0x800,		/* STATX_BTIME */
};

static_assert(sizeof(struct extended_stat) == 256, "the size of struct statx");

enum {
	OVERLAY = 0x794c7630,
	TMPFS = 0x01021994,
	EXT4 = 0x0000ef53,	/* ext2 and ext3 too */
	XFS = 0x58465342,
	BTRFS = 0x9123683e,
	F2FS = 0xf2f52010,
};

/* From linux/magic.h and the sources of the file systems. */
static const uint32_t fast[] = {
	TMPFS,
	0x858458f6,	/* ramfs */
	OVERLAY,
	EXT4,
	XFS,
	BTRFS,
	F2FS,
	0x2fc12fc1,	/* zfs */
	0xca451a4e,	/* bcachefs */
	0x73717368,	/* squashfs */
	0xe0f5e1e2,	/* erofs */
	0x28cd3d45,	/* cramfs */
	0x3153464a,	/* jfs */
	0x52654973,	/* reiserfs */
	0x00003434,	/* nilfs2 */
	0x00009660,	/* iso9660 */
	0x15013346,	/* udf */
	0x00004d44,	/* vfat */
	0x2011bab0,	/* exfat */
	0x7366746e,	/* ntfs3 */
	0x0000482b,	/* hfsplus */
	0x0000f15f,	/* ecryptfs */
	0x61756673,	/* aufs */
	0x00009fa0,	/* proc */
	0x62656572,	/* sysfs */
	0x63677270,	/* cgroup2 */
};

/* The magic number of the file system that fd is on; 0: unknown. */
static uint32_t
magic_of(int fd)
{
	struct statfs s;

	return fstatfs(fd, &s) == 0 ? (uint32_t)s.f_type : 0;
}

enum mount_class
mount_classify(int fd)
{
	uint32_t magic = magic_of(fd);

	for (size_t i = 0; i < LENGTH_OF(fast); i++)
		if (magic == fast[i])
			return MOUNT_FAST;
	return MOUNT_SLOW;
}

/* Fill *x from the cache of the kernel, without asking a server. */
static int
stat_cached(int dirfd, const char *name, int flags, unsigned mask,
    struct extended_stat *x)
{
	return (int)syscall(SYS_statx, dirfd, name, flags | DONT_SYNC, mask, x);
}

/* Not an overlay, which does not show changes of its lower layers, and not FAT,
 * whose times have steps of two seconds. */
bool
mount_updates_ctime(int fd)
{
	switch (magic_of(fd)) {
	case TMPFS:
	case EXT4:
	case XFS:
	case BTRFS:
	case F2FS:
		return true;
	default:
		return false;
	}
}

/* An overlay has the times of a file system below it, which is one of these in
 * most cases. */
bool
mount_has_fine_times(int fd)
{
	switch (magic_of(fd)) {
	case OVERLAY:
	case TMPFS:
	case EXT4:
	case XFS:
	case BTRFS:
		return true;
	default:
		return false;
	}
}

bool
mount_is_layered(int fd)
{
	return magic_of(fd) == OVERLAY;
}

static dev_t
device_of(const struct extended_stat *x)
{
	return makedev(x->dev_major, x->dev_minor);
}

static struct timespec
time_of(const struct timestamp *t)
{
	return (struct timespec){ .tv_sec = t->sec, .tv_nsec = (long)t->nsec };
}

int
mount_identify(int fd, struct mount *m)
{
	struct extended_stat x;

	if (stat_cached(fd, "", AT_EMPTY_PATH, BTIME, &x) == -1)
		return -1;
	m->dev = device_of(&x);
	m->born_ns = x.mask & BTIME ? clock_ns(time_of(&x.btime)) : 0;
	return 0;
}

static struct stat
stat_of(const struct extended_stat *x)
{
	return (struct stat){
		.st_dev = device_of(x),
		.st_ino = (ino_t)x->ino,
		.st_mode = x->mode,
		.st_nlink = x->nlink,
		.st_size = (off_t)x->size,
		.st_mtim = time_of(&x->mtime),
		.st_ctim = time_of(&x->ctime),
	};
}

int
mount_stat(int dirfd, const char *name, int flags, struct stat *st)
{
	struct extended_stat x;

	if (stat_cached(dirfd, name, flags | AT_NO_AUTOMOUNT, BASIC, &x) == -1)
		return call_is_refused(errno) ?
		    fstatat(dirfd, name, st, flags) : -1;
	*st = stat_of(&x);
	return 0;
}

int
mount_stat_now(int fd, struct stat *st)
{
	struct extended_stat x;

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | FORCE_SYNC, BASIC,
	    &x) == -1)
		return call_is_refused(errno) ? fstat(fd, st) : -1;
	*st = stat_of(&x);
	return 0;
}

static bool
is_same(struct mount a, struct mount b)
{
	return a.dev == b.dev && a.born_ns == b.born_ns;
}

void
mount_list_add(struct mount_list *list, struct mount m, enum mount_class class)
{
	unsigned i = 0;

	if (m.dev == MOUNT_UNKNOWN)
		return;
	while (i < list->n && i < MOUNTS_MAX && !is_same(list->mount[i], m))
		i++;
	if (i == list->n || i == MOUNTS_MAX)
		i = list->n++ % MOUNTS_MAX;
	list->mount[i] = m;
	list->class[i] = class;
}

enum mount_class
mount_list_find(const struct mount_list *list, struct mount m)
{
	for (unsigned i = 0; i < list->n && i < MOUNTS_MAX; i++)
		if (is_same(list->mount[i], m))
			return list->class[i];
	return MOUNT_UNCLASSIFIED;
}

static bool
is_in(const struct mount_set *set, dev_t dev)
{
	for (int i = 0; i < set->n && i < MOUNT_SET_MAX; i++)
		if (set->dev[i] == dev)
			return true;
	return false;
}

void
mount_set_add(struct mount_set *set, dev_t dev)
{
	if (set->n > MOUNT_SET_MAX || is_in(set, dev))
		return;
	if (set->n < MOUNT_SET_MAX)
		set->dev[set->n] = dev;
	set->n++;
}

bool
mount_set_has(const struct mount_set *set, dev_t dev)
{
	return set->n > MOUNT_SET_MAX || is_in(set, dev);
}
