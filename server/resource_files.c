/* The served folder and the files opened in it, declared in resource.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "server/buf.h"
#include "server/mime.h"
#include "server/resource_cache.h"

enum {
	NOWAIT = 0x08,		/* RWF_NOWAIT */
	READAHEAD = 128 << 10,	/* bytes that the kernel reads ahead at once */
};

static int
remember_folder(struct file_cache *cache)
{
	return fstat(cache->folder.fd, &cache->st);
}

struct file_cache *
resource_cache_alloc(const struct options *opt, const struct docroot *docroot,
    unsigned entries)
{
	struct file_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		return NULL;
	cache->opt = opt;
	cache->docroot = docroot;
	cache->folder.fd = -1;
	cache->entries_max = entries;
	cache->entry = malloc(entries * sizeof(*cache->entry));
	if (cache->entry != NULL)
		return cache;
	free(cache);
	return NULL;
}

struct file_cache *
resource_cache_new(const struct options *opt, const struct docroot *docroot)
{
	struct file_cache *cache = resource_cache_alloc(opt, docroot, ENTRIES);

	if (cache == NULL)
		return NULL;
	cache->space_max = SPACE;
	cache->space = malloc(SPACE);
	cache->folder.path = docroot->path;
	cache->folder.follow = opt->follow_symlinks;
	cache->folder.fd = fcntl(docroot->fd, F_DUPFD_CLOEXEC, 0);
	if (cache->space != NULL && cache->folder.fd != -1 &&
	    remember_folder(cache) == 0)
		return cache;
	resource_cache_free(cache);
	return NULL;
}

/* Find the class of the folder's mount, which may wait for its server. */
static void
classify_folder(struct file_cache *cache)
{
	struct beneath *folder = &cache->folder;

	folder->slow = mount_classify(folder->fd) != MOUNT_FAST;
	if (mount_identify(folder->fd, &folder->mount) == -1)
		folder->mount = (struct mount){ .dev = MOUNT_UNKNOWN };
}

void
resource_set_port(struct file_cache *cache, struct disk_port *port,
    struct budget *budget)
{
	cache->port = port;
	cache->budget = budget;
	if (port == NULL)
		return;
	cache->folder.nowait = true;
	cache->pending.status = 503;
	cache->layered = mount_is_layered(cache->folder.fd);
	classify_folder(cache);
	mount_list_add(&cache->folder.mounts, cache->folder.mount,
	    cache->folder.slow ? MOUNT_SLOW : MOUNT_FAST);
}

static void
free_files(struct file *f)
{
	while (f != NULL) {
		struct file *next = f->next;

		free(f);
		f = next;
	}
}

void
resource_cache_free(struct file_cache *cache)
{
	if (cache->need.file != NULL && !cache->is_part)
		resource_unref(cache, cache->need.file);
	resource_expire(cache);
	siblings_free(cache->siblings);
	free_files(cache->spare);
	if (cache->folder.fd != -1)
		close(cache->folder.fd);
	free(cache->path);
	if (cache->is_part)
		budget_free(cache->budget, cache->space);
	else
		free(cache->space);
	free(cache->entry);
	free(cache);
}

/* ---- rounds of a request that may not wait ---- */

void
resource_begin(struct file_cache *cache, struct file_cache *results,
    bool refuses)
{
	cache->results = results;
	cache->refuses = refuses;
	cache->waits = false;
	cache->folder.cached = !refuses && !cache->folder.no_cached &&
	    cache->port != NULL;
	/* Drop a need for which no part was made. */
	if (cache->need.file != NULL)
		resource_unref(cache, cache->need.file);
	cache->need.file = NULL;
}

bool
resource_refuses(const struct file_cache *cache)
{
	return cache->refuses;
}

bool
resource_waits(const struct file_cache *cache)
{
	return cache->waits;
}

dev_t
resource_awaited_mount(const struct file_cache *cache)
{
	return cache->need.mount.dev;
}

bool
resource_must_not_wait(const struct file_cache *cache)
{
	return cache->folder.nowait && !cache->is_part;
}

void
resource_wait_for(struct file_cache *cache, struct mount m)
{
	errno = cache->refuses ? EAGAIN : EINPROGRESS;
	if (cache->refuses || cache->waits)
		return;
	cache->waits = true;
	cache->need = (struct need){ .path = SLICE(""), .mount = m };
}

void
resource_stopped(struct file_cache *cache)
{
	struct beneath *folder = &cache->folder;
	bool waits = cache->waits;

	if (errno != EINPROGRESS)
		return;
	resource_wait_for(cache, folder->stopped);
	if (!waits && cache->waits)
		cache->need.is_cold = folder->cold;
}

/* ---- the served folder ---- */

/*
 * Find the real path of the folder again: its name may be a link that has
 * changed, and absolute links inside then start with another path.  Do not use
 * realpath(3): it calls getcwd(2), which the sandbox does not allow.
 */
static void
find_path(struct file_cache *cache)
{
	char link[32], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", cache->folder.fd);
	n = readlink(link, path, sizeof(path));
	if (n < 1 || n == sizeof(path) || path[0] != '/')
		return;
	free(cache->path);
	cache->path = strndup(path, (size_t)n);
	cache->folder.path = cache->path != NULL ? cache->path :
	    cache->docroot->path;
}

void
resource_forget_siblings(struct file_cache *cache)
{
	siblings_free(cache->siblings);
	cache->siblings = NULL;
	cache->no_siblings = false;
	cache->parent.p = NULL;
}

/* The folder has been opened again, and may be on a slow disk now. */
static void
handle_reopened(struct file_cache *cache, dev_t dev)
{
	struct beneath *folder = &cache->folder;

	cache->reopened = true;
	resource_forget_siblings(cache);
	if (cache->st.st_dev == dev)
		return;
	cache->misses = 0;
	folder->no_cached = false;
	if (cache->is_part) {
		classify_folder(cache);
	} else if (folder->nowait) {
		if (mount_identify(folder->fd, &folder->mount) == -1)
			folder->mount = (struct mount){ .dev = MOUNT_UNKNOWN };
		folder->slow = mount_list_find(&folder->mounts,
		    folder->mount) != MOUNT_FAST;
	}
}

static int
stat_folder(struct file_cache *cache)
{
	const char *path = cache->docroot->reopen_path;

	return resource_must_not_wait(cache) ?
	    mount_stat(AT_FDCWD, path, 0, &cache->st) : stat(path, &cache->st);
}

void
resource_check_folder(struct file_cache *cache)
{
	dev_t dev = cache->st.st_dev;
	ino_t ino = cache->st.st_ino;
	int flags = O_DIRECTORY | O_NONBLOCK | O_CLOEXEC, fd;

	if (cache->checked)
		return;
	if (resource_must_not_wait(cache) && cache->folder.slow) {
		/* Each part checks the folder. */
		if (cache->results == NULL)
			resource_wait_for(cache, cache->folder.mount);
		return;
	}
	cache->checked = true;
	cache->lost = 0;
	if (stat_folder(cache) == -1) {
		/* If the lookup is not permitted, keep the old folder. */
		if (errno == ENOENT || errno == ENOTDIR)
			cache->lost = errno;
		remember_folder(cache);
		return;
	}
	if (cache->st.st_ino == ino && cache->st.st_dev == dev)
		return;
	/* On another disk, which may be a slow one, O_PATH does not wait. */
	flags |= resource_must_not_wait(cache) && cache->st.st_dev != dev ?
	    O_PATH : O_RDONLY;
	fd = open(cache->docroot->reopen_path, flags);
	if (fd == -1) {
		/* Landlock permits it only if the parent is the same. */
		if (errno == ENOTDIR || errno == EACCES)
			cache->lost = errno;
		remember_folder(cache);
		return;
	}
	close(cache->folder.fd);
	cache->folder.fd = fd;
	find_path(cache);
	handle_reopened(cache, dev);
	if (!resource_must_not_wait(cache) || !cache->folder.slow)
		remember_folder(cache);
}

const struct stat *
resource_stat_root(struct file_cache *cache)
{
	resource_check_folder(cache);
	return &cache->st;
}

bool
resource_stat_name(const struct file_cache *cache, const char *name,
    struct stat *st)
{
	if (cache->folder.nowait && cache->folder.slow)
		return false;
	return fstatat(cache->folder.fd, name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

int
resource_folder_lost(const struct file_cache *cache)
{
	return cache->lost;
}

/* ---- open files ---- */

static void
close_file(struct file_cache *cache, struct file *f)
{
	if (f->fd != -1 && f->mount != 0 && cache->port != NULL)
		disk_close(cache->port, f->fd, f->mount);
	else if (f->fd != -1)
		close(f->fd);
	f->next = cache->spare;
	cache->spare = f;
}

void
resource_expire(struct file_cache *cache)
{
	struct file_cache *part;
	struct file *f, *next;

	for (f = cache->files; f != NULL; f = next) {
		next = f->next;
		f->expired = true;
		if (f->refs == 0)
			close_file(cache, f);
	}
	cache->files = NULL;
	while ((part = cache->retired) != NULL) {
		cache->retired = part->older;
		resource_cache_free(part);
	}
	cache->checked = false;
	cache->parent.p = NULL;
	cache->space_n = 0;
	if (cache->entries > 0)
		memset(cache->slot, 0, sizeof(cache->slot));
	cache->entries = 0;
}

const struct beneath *
resource_beneath(const struct file_cache *cache)
{
	return &cache->folder;
}

void
resource_unref(struct file_cache *cache, struct file *f)
{
	if (--f->refs == 0 && f->expired)
		close_file(cache, f);
}

int
resource_open_beneath(struct file_cache *cache, const char *rel, int flags)
{
	int fd = beneath_open(&cache->folder, rel, flags);

	if (fd == -1)
		resource_stopped(cache);
	return fd;
}

/* The slow mount that has the file of a part; 0: a fast one. */
static dev_t
slow_mount_of(struct file_cache *part, const struct file *f)
{
	struct need *need = &part->need;
	enum mount_class class = need->class;

	if (need->mount.dev == MOUNT_UNKNOWN)
		need->mount = (struct mount){ .dev = f->st.st_dev };
	if (need->mount.dev != f->st.st_dev)
		class = mount_classify(f->fd);
	else if (class == MOUNT_UNCLASSIFIED)
		class = need->class = mount_classify(f->fd);
	return class == MOUNT_FAST ? 0 : f->st.st_dev;
}

struct file *
resource_open_file(struct file_cache *cache, const char *rel, int flags)
{
	struct file *f = cache->spare;
	int error;

	if (f != NULL)
		cache->spare = f->next;
	else if ((f = malloc(sizeof(*f))) == NULL)
		return NULL;
	f->refs = 0;
	f->mount = 0;
	f->error = 0;
	f->expired = f->loaded = false;
	f->was_cold = cache->is_part && cache->need.is_cold;
	f->start = (struct slice){ 0 };
	f->warm_last = -1;
	/* O_NONBLOCK: a FIFO would block the whole loop. */
	f->fd = resource_open_beneath(cache, rel, O_RDONLY | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC | flags);
	if (f->fd == -1)
		goto give_back;
	if (fstat(f->fd, &f->st) == -1)
		goto give_back;
	if (cache->is_part)
		f->mount = slow_mount_of(cache, f);
	f->next = cache->files;
	cache->files = f;
	return f;

give_back:
	error = errno;
	close_file(cache, f);
	errno = error;
	return NULL;
}

/* ---- their bytes ---- */

/* preadv2(2), which musl 1.2.3 lacks. */
static ssize_t
read_nowait(int fd, char *p, size_t n, off_t at)
{
	struct iovec v = { .iov_base = p, .iov_len = n };
	long low = (long)at, high = (long)((uint64_t)at >> 32);

	return syscall(SYS_preadv2, fd, &v, 1, low, high, NOWAIT);
}

/* Read up to n bytes from at on.  Returns how many, or -1 with errno. */
static ssize_t
read_bytes(int fd, char *p, size_t n, off_t at, bool nowait)
{
	size_t got = 0;

	while (got < n) {
		off_t next = at + (off_t)got;
		ssize_t r = nowait ? read_nowait(fd, p + got, n - got, next) :
		    pread(fd, p + got, n - got, next);

		if (r == -1)
			return -1;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

ssize_t
resource_read(int fd, char *p, size_t n)
{
	return read_bytes(fd, p, n, 0, false);
}

/*
 * The same from at on, but without waiting for a disk: EAGAIN if some of these
 * bytes are not in the page cache; EOPNOTSUPP if the kernel cannot tell.
 */
static ssize_t
read_cached(int fd, char *p, size_t n, off_t at)
{
	ssize_t got = read_bytes(fd, p, n, at, true);

	/* Refused by the file system, by the kernel, by a container. */
	if (got == -1 && errno != EAGAIN)
		errno = EOPNOTSUPP;
	return got;
}

int
resource_probe(int fd, off_t first, off_t last)
{
	char byte;

	if (read_cached(fd, &byte, 1, last) == -1)
		return -1;
	if (last - first < READAHEAD || read_cached(fd, &byte, 1, first) != -1)
		return 0;
	return -1;
}

/* Is the file system of f known to refuse RWF_NOWAIT, so that it cannot tell
 * whether bytes are in the page cache? */
static bool
lacks_nowait(const struct file_cache *cache, const struct file *f)
{
	for (unsigned i = 0; i < cache->no_nowait_n && i < NO_NOWAIT_MAX; i++)
		if (cache->no_nowait[i] == f->st.st_dev)
			return true;
	return false;
}

static void
add_no_nowait(struct file_cache *cache, const struct file *f)
{
	cache->no_nowait[cache->no_nowait_n++ % NO_NOWAIT_MAX] = f->st.st_dev;
}

bool
resource_has_bytes(struct file_cache *cache, struct file *f, off_t first,
    off_t last)
{
	if (cache->port == NULL || lacks_nowait(cache, f) ||
	    (!f->expired && f->warm_first == first && f->warm_last == last))
		return true;
	if (resource_probe(f->fd, first, last) == 0) {
		f->warm_first = first;
		f->warm_last = last;
		return true;
	}
	if (errno != EAGAIN)
		add_no_nowait(cache, f);
	return errno != EAGAIN;
}

/* Has a part of this request read these bytes? */
static bool
is_read(const struct file_cache *cache, const struct file *f)
{
	const struct file_cache *part = cache->results;

	for (; part != NULL; part = part->older)
		if (part->need.kind == NEED_BYTES &&
		    part->need.ino == f->st.st_ino)
			return true;
	return false;
}

/* Have a thread read the start of f into the page cache. */
static void
wait_for_bytes(struct file_cache *cache, struct file *f, size_t n)
{
	bool waits = cache->waits;

	resource_wait_for(cache, (struct mount){ .dev = f->st.st_dev });
	if (waits || !cache->waits)
		return;
	cache->need.kind = NEED_BYTES;
	cache->need.is_cold = true;
	cache->need.file = f;
	cache->need.ino = f->st.st_ino;
	cache->need.bytes = n;
	resource_ref(f);
}

/* Read the start of f.  -1 with errno; EINPROGRESS: it would have to wait. */
static ssize_t
read_start(struct file_cache *cache, struct file *f, char *p, size_t n)
{
	ssize_t got;

	if (!resource_must_not_wait(cache) || cache->refuses ||
	    lacks_nowait(cache, f) || is_read(cache, f))
		return resource_read(f->fd, p, n);
	got = read_cached(f->fd, p, n, 0);
	if (got != -1)
		return got;
	if (errno == EAGAIN) {
		wait_for_bytes(cache, f, n);
		return -1;
	}
	add_no_nowait(cache, f);
	return resource_read(f->fd, p, n);
}

static bool
is_unchanged(const struct stat *old, const struct stat *now)
{
	return old->st_size == now->st_size &&
	    old->st_mtim.tv_sec == now->st_mtim.tv_sec &&
	    old->st_mtim.tv_nsec == now->st_mtim.tv_nsec;
}

/*
 * f ended after got bytes: set its size.  False if f has changed and now has
 * another size: it was truncated while it was read, and the bytes may belong to
 * neither version.  If f has not changed, as in /sys, its size was never true.
 */
static bool
settle_size(struct file *f, size_t got)
{
	struct stat old = f->st;

	if (fstat(f->fd, &f->st) == -1 || is_unchanged(&old, &f->st))
		f->st.st_size = (off_t)got;
	return f->st.st_size == (off_t)got;
}

/* Returns 1 if f changed while it was read, or -1 with errno. */
static int
load_once(struct file_cache *cache, struct file *f)
{
	off_t size = f->st.st_size;
	size_t n = size <= RESOURCE_SMALL ? (size_t)size : MIME_WINDOW;
	ssize_t got;
	char *p;

	/* Without space, the file is sent like a large one. */
	if (n > cache->space_max - cache->space_n)
		n = 0;
	p = resource_take_space(cache, n);
	got = read_start(cache, f, p, n);
	if (got == -1)
		return -1;
	if ((size_t)got < n && !settle_size(f, (size_t)got)) {
		cache->space_n -= n;
		return 1;
	}
	f->start = (struct slice){ p, (size_t)got };
	f->loaded = true;
	return 0;
}

int
resource_load(struct file_cache *cache, struct file *f)
{
	int status, tries = 3;

	if (f->loaded)
		return 0;
	/* The part that opened the file could not read it. */
	if (f->mount != 0 && cache->port != NULL) {
		errno = f->error != 0 ? f->error : EIO;
		return -1;
	}
	while ((status = load_once(cache, f)) == 1)
		if (--tries == 0) {
			errno = EIO;
			return -1;
		}
	return status;
}

/* ---- entries of a listing ---- */

static int
stat_name(const struct beneath *root, int dirfd, const char *name,
    struct stat *st)
{
	return root->nowait ? mount_stat(dirfd, name, AT_SYMLINK_NOFOLLOW, st) :
	    fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW);
}

/* For a link to a slow disk, use the status of the target in the kernel's
 * cache; if the cache lacks it, show the link as a file. */
static int
stat_slow_target(const struct beneath *root, const char *rel, struct stat *st)
{
	int fd = beneath_open_cached(root, rel), status;

	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR))
		return -1;
	if (fd == -1) {
		st->st_mode = S_IFREG;
		return 0;
	}
	status = mount_stat(fd, "", AT_EMPTY_PATH, st);
	close(fd);
	return status;
}

int
resource_stat_entry(struct beneath *root, int dirfd, struct slice folder,
    const char *name, struct stat *st)
{
	char rel[PATH_MAX];
	struct buf b = buf_over(rel, sizeof(rel) - 1);
	int fd;

	if (stat_name(root, dirfd, name, st) == -1)
		return -1;
	if (!S_ISLNK(st->st_mode))
		return 0;
	buf_put(&b, (struct slice){ folder.p + 1, folder.n - 1 });
	buf_text(&b, name);
	errno = ENAMETOOLONG;
	if (b.full)
		return -1;
	rel[b.n] = '\0';
	fd = beneath_open(root, rel, O_PATH | O_CLOEXEC);
	/* The kernel never follows a link on an overlay from its cache, so the
	 * mount of the target is unknown: a thread opens it. */
	if (fd == -1 && errno == EINPROGRESS && !root->cold &&
	    root->stopped.dev != MOUNT_UNKNOWN)
		return stat_slow_target(root, rel, st);
	if (fd == -1)
		return -1;
	int status = fstat(fd, st);

	close(fd);
	return status;
}
