/* The served folder and the files opened in it, declared in resource.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/buf.h"
#include "server/mime.h"
#include "server/resource_cache.h"

static int
remember_folder(struct file_cache *root)
{
	return fstat(root->folder.fd, &root->st);
}

struct file_cache *
resource_cache_alloc(const struct options *opt, const struct docroot *docroot,
    unsigned entries)
{
	struct file_cache *root = calloc(1, sizeof(*root));

	if (root == NULL)
		return NULL;
	root->opt = opt;
	root->docroot = docroot;
	root->folder.fd = -1;
	root->entries_max = entries;
	root->entry = malloc(entries * sizeof(*root->entry));
	if (root->entry != NULL)
		return root;
	free(root);
	return NULL;
}

struct file_cache *
resource_cache_new(const struct options *opt, const struct docroot *docroot)
{
	struct file_cache *root = resource_cache_alloc(opt, docroot, ENTRIES);

	if (root == NULL)
		return NULL;
	root->space_max = SPACE;
	root->space = malloc(SPACE);
	root->folder.path = docroot->path;
	root->folder.follow = opt->follow_symlinks;
	root->folder.fd = fcntl(docroot->fd, F_DUPFD_CLOEXEC, 0);
	if (root->space != NULL && root->folder.fd != -1 &&
	    remember_folder(root) == 0)
		return root;
	resource_cache_free(root);
	return NULL;
}

/* Find the class of the folder's mount, which may wait for its server. */
static void
classify_folder(struct file_cache *root)
{
	struct beneath *folder = &root->folder;

	folder->slow = mount_classify(folder->fd) != MOUNT_FAST;
	if (mount_identify(folder->fd, &folder->mount) == -1)
		folder->mount = (struct mount){ .dev = MOUNT_UNKNOWN };
}

void
resource_set_port(struct file_cache *root, struct disk_port *port,
    struct budget *budget)
{
	root->port = port;
	root->budget = budget;
	if (port == NULL)
		return;
	root->folder.nowait = true;
	root->pending.status = 503;
	root->layered = mount_is_layered(root->folder.fd);
	classify_folder(root);
	mount_list_add(&root->folder.mounts, root->folder.mount,
	    root->folder.slow ? MOUNT_SLOW : MOUNT_FAST);
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
resource_cache_free(struct file_cache *root)
{
	if (root->need.file != NULL && !root->is_part)
		resource_unref(root, root->need.file);
	resource_expire(root);
	siblings_free(root->siblings);
	free_files(root->spare);
	if (root->folder.fd != -1)
		close(root->folder.fd);
	free(root->path);
	if (root->is_part)
		budget_free(root->budget, root->space);
	else
		free(root->space);
	free(root->entry);
	free(root);
}

/*
 * Find the real path of the folder again: its name may be a link that has
 * changed, and absolute links inside then start with another path.  Do not use
 * realpath(3): it calls getcwd(2), which the sandbox does not allow.
 */
static void
find_path(struct file_cache *root)
{
	char link[32], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", root->folder.fd);
	n = readlink(link, path, sizeof(path));
	if (n < 1 || n == sizeof(path) || path[0] != '/')
		return;
	free(root->path);
	root->path = strndup(path, (size_t)n);
	root->folder.path = root->path != NULL ? root->path :
	    root->docroot->path;
}

bool
resource_must_not_wait(const struct file_cache *root)
{
	return root->folder.nowait && !root->is_part;
}

void
resource_stopped(struct file_cache *root)
{
	struct beneath *folder = &root->folder;
	bool waits = root->waits;

	if (errno != EINPROGRESS)
		return;
	resource_wait_for(root, folder->stopped);
	if (!waits && root->waits)
		root->need.is_cold = folder->cold;
}

void
resource_wait_for(struct file_cache *root, struct mount m)
{
	errno = root->refuses ? EAGAIN : EINPROGRESS;
	if (root->refuses || root->waits)
		return;
	root->waits = true;
	root->need = (struct need){ .path = SLICE(""), .mount = m };
}

void
resource_forget_siblings(struct file_cache *root)
{
	siblings_free(root->siblings);
	root->siblings = NULL;
	root->no_siblings = false;
	root->parent.p = NULL;
}

/* The folder has been opened again, and may be on a slow disk now. */
static void
handle_reopened(struct file_cache *root, dev_t dev)
{
	struct beneath *folder = &root->folder;

	root->reopened = true;
	resource_forget_siblings(root);
	if (root->st.st_dev == dev)
		return;
	root->misses = 0;
	folder->no_cached = false;
	if (root->is_part) {
		classify_folder(root);
	} else if (folder->nowait) {
		if (mount_identify(folder->fd, &folder->mount) == -1)
			folder->mount = (struct mount){ .dev = MOUNT_UNKNOWN };
		folder->slow = mount_list_find(&folder->mounts,
		    folder->mount) != MOUNT_FAST;
	}
}

static int
stat_folder(struct file_cache *root)
{
	const char *path = root->docroot->reopen_path;

	return resource_must_not_wait(root) ?
	    mount_stat(AT_FDCWD, path, 0, &root->st) : stat(path, &root->st);
}

void
resource_check_folder(struct file_cache *root)
{
	dev_t dev = root->st.st_dev;
	ino_t ino = root->st.st_ino;
	int flags = O_DIRECTORY | O_NONBLOCK | O_CLOEXEC, fd;

	if (root->checked)
		return;
	if (resource_must_not_wait(root) && root->folder.slow) {
		/* Each part checks the folder. */
		if (root->results == NULL)
			resource_wait_for(root, root->folder.mount);
		return;
	}
	root->checked = true;
	root->lost = false;
	if (stat_folder(root) == -1) {
		/* If the lookup is not permitted, keep the old folder. */
		root->lost = errno == ENOENT || errno == ENOTDIR;
		remember_folder(root);
		return;
	}
	if (root->st.st_ino == ino && root->st.st_dev == dev)
		return;
	/* On another disk, which may be a slow one, O_PATH does not wait. */
	flags |= resource_must_not_wait(root) && root->st.st_dev != dev ?
	    O_PATH : O_RDONLY;
	fd = open(root->docroot->reopen_path, flags);
	if (fd == -1) {
		remember_folder(root);
		return;
	}
	close(root->folder.fd);
	root->folder.fd = fd;
	find_path(root);
	handle_reopened(root, dev);
	if (!resource_must_not_wait(root) || !root->folder.slow)
		remember_folder(root);
}

const struct stat *
resource_stat_root(struct file_cache *root)
{
	resource_check_folder(root);
	return &root->st;
}

bool
resource_stat_name(const struct file_cache *root, const char *name,
    struct stat *st)
{
	if (root->folder.nowait && root->folder.slow)
		return false;
	return fstatat(root->folder.fd, name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool
resource_folder_lost(const struct file_cache *root)
{
	return root->lost;
}

static void
close_file(struct file_cache *root, struct file *f)
{
	if (f->fd != -1 && f->mount != 0 && root->port != NULL)
		disk_close(root->port, f->fd, f->mount);
	else if (f->fd != -1)
		close(f->fd);
	f->next = root->spare;
	root->spare = f;
}

void
resource_expire(struct file_cache *root)
{
	struct file_cache *part;
	struct file *f, *next;

	for (f = root->files; f != NULL; f = next) {
		next = f->next;
		f->expired = true;
		if (f->refs == 0)
			close_file(root, f);
	}
	root->files = NULL;
	while ((part = root->retired) != NULL) {
		root->retired = part->older;
		resource_cache_free(part);
	}
	root->checked = false;
	root->parent.p = NULL;
	root->space_n = 0;
	if (root->entries > 0)
		memset(root->slot, 0, sizeof(root->slot));
	root->entries = 0;
}

const struct beneath *
resource_beneath(const struct file_cache *root)
{
	return &root->folder;
}

void
resource_unref(struct file_cache *root, struct file *f)
{
	if (--f->refs == 0 && f->expired)
		close_file(root, f);
}

int
resource_open_beneath(struct file_cache *root, const char *rel, int flags)
{
	int fd = beneath_open(&root->folder, rel, flags);

	if (fd == -1)
		resource_stopped(root);
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
resource_open_file(struct file_cache *root, const char *rel, int flags)
{
	struct file *f = root->spare;
	int error;

	if (f != NULL)
		root->spare = f->next;
	else if ((f = malloc(sizeof(*f))) == NULL)
		return NULL;
	f->refs = 0;
	f->mount = 0;
	f->error = 0;
	f->expired = f->loaded = false;
	f->was_cold = root->is_part && root->need.is_cold;
	f->start = (struct slice){ 0 };
	f->warm_last = -1;
	/* O_NONBLOCK: a FIFO would block the whole loop. */
	f->fd = resource_open_beneath(root, rel, O_RDONLY | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC | flags);
	if (f->fd == -1)
		goto give_back;
	if (fstat(f->fd, &f->st) == -1)
		goto give_back;
	if (root->is_part)
		f->mount = slow_mount_of(root, f);
	f->next = root->files;
	root->files = f;
	return f;

give_back:
	error = errno;
	close_file(root, f);
	errno = error;
	return NULL;
}

char *
resource_take_space(struct file_cache *root, size_t n)
{
	if (n > root->space_max - root->space_n)
		return NULL;
	char *p = root->space + root->space_n;

	root->space_n += n;
	return p;
}

/* Is the file system of f known to refuse RWF_NOWAIT, so that it cannot tell
 * whether bytes are in the page cache? */
static bool
lacks_nowait(const struct file_cache *root, const struct file *f)
{
	for (unsigned i = 0; i < root->no_nowait_n && i < NO_NOWAIT_MAX; i++)
		if (root->no_nowait[i] == f->st.st_dev)
			return true;
	return false;
}

static void
add_no_nowait(struct file_cache *root, const struct file *f)
{
	root->no_nowait[root->no_nowait_n++ % NO_NOWAIT_MAX] = f->st.st_dev;
}

bool
resource_has_bytes(struct file_cache *root, struct file *f, off_t first,
    off_t last)
{
	if (root->port == NULL || lacks_nowait(root, f) ||
	    (!f->expired && f->warm_first == first && f->warm_last == last))
		return true;
	if (beneath_has_bytes(f->fd, first, last) == 0) {
		f->warm_first = first;
		f->warm_last = last;
		return true;
	}
	if (errno != EAGAIN)
		add_no_nowait(root, f);
	return errno != EAGAIN;
}

/* Has a part of this request read these bytes? */
static bool
is_read(const struct file_cache *root, const struct file *f)
{
	const struct file_cache *part = root->results;

	for (; part != NULL; part = part->older)
		if (part->need.kind == NEED_BYTES &&
		    part->need.ino == f->st.st_ino)
			return true;
	return false;
}

/* Have a thread read the start of f into the page cache. */
static void
wait_for_bytes(struct file_cache *root, struct file *f, size_t n)
{
	bool waits = root->waits;

	resource_wait_for(root, (struct mount){ .dev = f->st.st_dev });
	if (waits || !root->waits)
		return;
	root->need.kind = NEED_BYTES;
	root->need.is_cold = true;
	root->need.file = f;
	root->need.ino = f->st.st_ino;
	root->need.bytes = n;
	resource_ref(f);
}

/* Read the start of f.  -1 with errno; EINPROGRESS: it would have to wait. */
static ssize_t
read_start(struct file_cache *root, struct file *f, char *p, size_t n)
{
	ssize_t got;

	if (!resource_must_not_wait(root) || root->refuses ||
	    lacks_nowait(root, f) || is_read(root, f))
		return beneath_read(f->fd, p, n);
	got = beneath_read_cached(f->fd, p, n, 0);
	if (got != -1)
		return got;
	if (errno == EAGAIN) {
		wait_for_bytes(root, f, n);
		return -1;
	}
	add_no_nowait(root, f);
	return beneath_read(f->fd, p, n);
}

static bool
is_unchanged(const struct stat *old, const struct stat *now)
{
	return old->st_size == now->st_size &&
	    old->st_mtim.tv_sec == now->st_mtim.tv_sec &&
	    old->st_mtim.tv_nsec == now->st_mtim.tv_nsec;
}

/*
 * Only got bytes of f could be read: set its new size.  False if that is
 * another one: f was truncated while it was read, and the bytes may belong to
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
load_once(struct file_cache *root, struct file *f)
{
	off_t size = f->st.st_size;
	size_t n = size <= RESOURCE_SMALL ? (size_t)size : MIME_WINDOW;
	ssize_t got;
	char *p;

	/* Without space, the file is sent like a large one. */
	if (n > root->space_max - root->space_n)
		n = 0;
	p = resource_take_space(root, n);
	got = read_start(root, f, p, n);
	if (got == -1)
		return -1;
	if ((size_t)got < n && !settle_size(f, (size_t)got)) {
		root->space_n -= n;
		return 1;
	}
	f->start = (struct slice){ p, (size_t)got };
	f->loaded = true;
	return 0;
}

int
resource_load(struct file_cache *root, struct file *f)
{
	int status, tries = 3;

	if (f->loaded)
		return 0;
	/* The part that opened the file could not read it. */
	if (f->mount != 0 && root->port != NULL) {
		errno = f->error != 0 ? f->error : EIO;
		return -1;
	}
	while ((status = load_once(root, f)) == 1)
		if (--tries == 0) {
			errno = EIO;
			return -1;
		}
	return status;
}

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
