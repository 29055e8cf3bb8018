#include "server/resource.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http.h"
#include "server/mime.h"
#include "server/beneath.h"
#include "server/buf.h"

enum {
	ENTRIES = 256,		/* paths cached per iteration */
	SLOTS = 512,		/* of the hash table over them */
	SPACE = 1 << 20,	/* bytes of their names and small bodies */
	LEVELS = 64,		/* missing folders that are looked up */
	NAME_EXTRA = 16,	/* "index.html", ".html", ".zst" */
	/* For the only lookup of a part, see resource.h, without its path. */
	PART_SPACE = 2 * RESOURCE_SMALL + 2 * NAME_EXTRA,
};

/* What a lookup is to find. */
enum need_kind {
	NEED_STATUS,		/* only of the served folder */
	NEED_PATH,
	NEED_FOLDER,		/* the nearest one, above the path */
};

struct need {
	enum need_kind kind;
	struct slice path;
	struct resource_choice choice;	/* NEED_PATH */
	struct mount mount;	/* that it waits for, */
	enum mount_class class;	/* and its class, as far as it is known */
};

struct cached {
	uint32_t hash;
	uint32_t codings;
	struct slice path;
	struct resource r;
};

struct file_cache {
	const struct options *opt;
	const struct docroot *docroot;
	struct beneath folder;
	char *path;		/* of a folder that can be opened again;
				   allocated */
	struct stat st;		/* of the folder, when it was last checked */
	bool checked;		/* its name was compared in this iteration */
	bool lost;		/* that name did not exist then */
	struct file *files;	/* opened in this iteration */
	struct file *spare;
	uint16_t slot[SLOTS];	/* entry + 1, 0: free */
	unsigned entries, entries_max;
	struct cached *entry;
	char *space;
	size_t space_n, space_max;

	/* Of a loop: */
	struct disk_port *port;	/* NULL: lookups may wait */
	struct budget *budget;	/* also of a part: that of its space */
	struct mount_list mounts;	/* that lookups have met */
	struct file_cache *results;	/* the parts of this request */
	struct file_cache *retired;	/* those of earlier ones */
	bool layered;		/* the folder is on an overlay */
	bool refuses;		/* answer 503 rather than wait */
	bool waits;		/* for need; the lookups of this request are
				   void */
	struct resource pending;	/* their result */
	struct need need;	/* also of a part */

	/* Of a part: */
	bool is_part;
	bool reopened;		/* folder is another one than before */
	struct file_cache *older;	/* part of the same request */
	size_t folder_n;	/* NEED_FOLDER: bytes of the folder's path; 0:
				   it is hidden */
};

static int
remember_folder(struct file_cache *root)
{
	return fstat(root->folder.fd, &root->st);
}

/* Without a folder. */
static struct file_cache *
new_cache(const struct options *opt, const struct docroot *docroot,
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
resource_root_new(const struct options *opt, const struct docroot *docroot)
{
	struct file_cache *root = new_cache(opt, docroot, ENTRIES);

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
	resource_root_free(root);
	return NULL;
}

/* Class the mount of the folder, which may wait for its server. */
static void
class_folder(struct file_cache *root)
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
	root->folder.mounts = &root->mounts;
	root->pending.status = 503;
	root->layered = mount_is_layered(root->folder.fd);
	class_folder(root);
	mount_list_add(&root->mounts, root->folder.mount,
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
resource_root_free(struct file_cache *root)
{
	resource_expire(root);
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
 * The name of the folder may be a link that has changed since.  Absolute links
 * inside then start with another path.  Do not use realpath(3): it calls
 * getcwd(2), which the sandbox does not allow.
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

/* The lookup would have to wait for this mount.  Sets errno. */
static void
wait_for(struct file_cache *root, struct mount m)
{
	errno = root->refuses ? EAGAIN : EINPROGRESS;
	if (root->refuses || root->waits)
		return;
	root->waits = true;
	root->need = (struct need){ .path = SLICE(""), .mount = m };
}

/* The folder has been opened again.  Is it on a slow disk now? */
static void
class_again(struct file_cache *root, dev_t dev)
{
	struct beneath *folder = &root->folder;

	root->reopened = true;
	if (root->st.st_dev == dev)
		return;
	if (root->is_part) {
		class_folder(root);
	} else if (folder->nowait) {
		if (mount_identify(folder->fd, &folder->mount) == -1)
			folder->mount = (struct mount){ .dev = MOUNT_UNKNOWN };
		folder->slow = mount_list_find(&root->mounts,
		    folder->mount) != MOUNT_FAST;
	}
}

static int
stat_folder(struct file_cache *root)
{
	const char *path = root->docroot->reopen_path;

	return root->folder.nowait ? mount_stat(AT_FDCWD, path, 0, &root->st) :
	    stat(path, &root->st);
}

/*
 * A folder that was removed and created again has the same name but another
 * inode.  Compare them once in each iteration that opens a file.
 */
static void
check_folder(struct file_cache *root)
{
	dev_t dev = root->st.st_dev;
	ino_t ino = root->st.st_ino;
	int flags = O_DIRECTORY | O_NONBLOCK | O_CLOEXEC, fd;

	if (root->checked)
		return;
	if (root->folder.nowait && root->folder.slow) {
		/* Each part checks the folder. */
		if (root->results == NULL)
			wait_for(root, root->folder.mount);
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
	/* Another disk may be a slow one, which O_PATH does not ask. */
	flags |= root->folder.nowait && root->st.st_dev != dev ? O_PATH :
	    O_RDONLY;
	fd = open(root->docroot->reopen_path, flags);
	if (fd == -1) {
		remember_folder(root);
		return;
	}
	close(root->folder.fd);
	root->folder.fd = fd;
	find_path(root);
	class_again(root, dev);
	if (!root->folder.nowait || !root->folder.slow)
		remember_folder(root);
}

const struct stat *
resource_stat_root(struct file_cache *root)
{
	check_folder(root);
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
		resource_root_free(part);
	}
	root->checked = false;
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
resource_ref(struct file *f)
{
	f->refs++;
}

void
resource_unref(struct file_cache *root, struct file *f)
{
	if (--f->refs == 0 && f->expired)
		close_file(root, f);
}

static int
open_beneath(struct file_cache *root, const char *rel, int flags)
{
	int fd = beneath_open(&root->folder, rel, flags);

	if (fd == -1 && errno == EINPROGRESS)
		wait_for(root, root->folder.stopped);
	return fd;
}

/* Which slow mount is the file of a part on?  0: none. */
static dev_t
slow_mount_of(struct file_cache *part, const struct file *f)
{
	struct need *need = &part->need;
	enum mount_class class = need->class;

	if (need->mount.dev == MOUNT_UNKNOWN)
		need->mount = (struct mount){ .dev = f->st.st_dev };
	if (need->mount.dev != f->st.st_dev)
		class = mount_classify(f->fd);
	else if (class == MOUNT_NOT_CLASSED)
		class = need->class = mount_classify(f->fd);
	return class == MOUNT_FAST ? 0 : f->st.st_dev;
}

/* Open and stat rel beneath the root.  NULL with errno. */
static struct file *
open_file(struct file_cache *root, const char *rel)
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
	f->start = (struct slice){ 0 };
	/* O_NONBLOCK: a FIFO would block the whole loop. */
	f->fd = open_beneath(root, rel, O_RDONLY | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC);
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

static bool
is_regular(const struct file *f)
{
	return S_ISREG(f->st.st_mode);
}

static bool
is_folder(const struct file *f)
{
	return S_ISDIR(f->st.st_mode);
}

/*
 * Answer 404 for a root that was removed, not an empty listing.  One that was
 * only moved is still served, and some file systems count no links at all.
 */
static bool
is_removed(const struct file_cache *root, const struct file *f)
{
	return root->lost && f->st.st_nlink == 0;
}

/* Is nothing served under this name, so that the next one is tried? */
static bool
is_absence(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG ||
	    error == ELOOP || error == ENXIO || error == ENODEV ||
	    error == EXDEV;
}

static int
status_of(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return 403;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EAGAIN:
		return 503;
	default:
		return is_absence(error) ? 404 : 500;
	}
}

static void
set_none(struct resource *r, int status, enum resource_reason reason)
{
	r->kind = RESOURCE_NONE;
	r->status = status;
	r->reason = reason;
}

static void
set_file(struct resource *r, struct file *f)
{
	r->kind = RESOURCE_FILE;
	r->file = r->original = f;
	r->coding = ACCEPT_IDENTITY;
}

/* The lookup for one request. */
struct lookup {
	struct file_cache *root;
	char *rel;		/* the relative path, with room for
				   extensions */
	size_t n;
	const struct resource_choice *choice;
	bool outside;		/* a name that was tried is a link that leads
				   out */
};

/* A link that leads out counts as absent; only the log shows the difference. */
static void
set_absent(struct resource *r, const struct lookup *q)
{
	set_none(r, 404, q->outside ? RESOURCE_OUTSIDE : RESOURCE_ABSENT);
}

static void
set_error(struct resource *r, const struct lookup *q, int error)
{
	if (is_absence(error)) {
		set_absent(r, q);
		return;
	}
	set_none(r, status_of(error), RESOURCE_ERROR);
	r->error = error;
}

static struct file *
open_with(struct lookup *q, const char *ending)
{
	struct file *f;

	strcpy(q->rel + q->n, ending);
	f = open_file(q->root, q->rel);
	q->rel[q->n] = '\0';
	if (f == NULL && errno == EXDEV)
		q->outside = true;
	return f;
}

/*
 * Use rel with this ending if it is a regular file.  Returns false if nothing
 * is served under that name: then the search continues.  An error ends it.
 */
static bool
try_file(struct lookup *q, const char *ending, struct resource *r)
{
	struct file *f = open_with(q, ending);

	if (f == NULL) {
		if (is_absence(errno))
			return false;
		set_error(r, q, errno);
		return true;
	}
	/* A FIFO, a socket and a device count as absent. */
	if (!is_regular(f))
		return false;
	set_file(r, f);
	q->n += strlen(ending);
	strcpy(q->rel + q->n - strlen(ending), ending);
	return true;
}

static void
find_folder(struct lookup *q, struct resource *r)
{
	struct file *f;

	if (try_file(q, "index.html", r) || try_file(q, "index.htm", r))
		return;
	f = open_with(q, q->n == 0 ? "." : "");
	if (f == NULL) {
		set_error(r, q, errno);
	} else if (!is_folder(f) || is_removed(q->root, f)) {
		set_absent(r, q);
	} else {
		r->kind = RESOURCE_FOLDER;
		r->file = f;
	}
}

/* An unreadable folder may still be searchable. */
static bool
names_folder(const struct lookup *q)
{
	int fd = open_beneath(q->root, q->rel,
	    O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

static void
find_file(struct lookup *q, struct resource *r)
{
	struct file *f = open_with(q, "");
	int error = f == NULL ? errno : 0;
	bool folder = f != NULL ? is_folder(f) :
	    error == EACCES && names_folder(q);

	if (f != NULL && is_regular(f)) {
		set_file(r, f);
		return;
	}
	if (f == NULL && !folder && !is_absence(error)) {
		set_error(r, q, error);
		return;
	}
	if (try_file(q, ".html", r))
		return;
	if (folder)
		r->kind = RESOURCE_REDIRECT;
	else
		set_absent(r, q);
}

static const char *const coding_ending[ACCEPT_CODINGS] = {
	[ACCEPT_BR] = ".br",
	[ACCEPT_ZSTD] = ".zst",
	[ACCEPT_GZIP] = ".gz",
};

/*
 * Replace the file with the best compressed sibling that the client accepts.  A
 * sibling older than the file is stale.  Compare whole seconds: git, cp and
 * rsync write siblings in any order.
 */
static void
choose_coding(struct lookup *q, struct resource *r)
{
	for (int i = 0; i < q->choice->count; i++) {
		enum accept_coding coding = q->choice->codings[i];
		struct file *f;

		if (coding == ACCEPT_IDENTITY)
			return;
		f = open_with(q, coding_ending[coding]);
		if (f != NULL && is_regular(f) &&
		    f->st.st_mtime >= r->original->st.st_mtime) {
			r->file = f;
			r->coding = coding;
			return;
		}
	}
	set_none(r, 406, RESOURCE_ABSENT);
}

bool
resource_is_hidden(const struct options *opt, struct slice name, bool at_top)
{
	if (opt->hidden || name.n == 0 || name.p[0] != '.')
		return false;
	/* RFC 8615; certificates are renewed through it. */
	return !(at_top && slice_equal(name, SLICE(".well-known")));
}

static bool
has_hidden(const struct options *opt, struct slice path)
{
	const char *p = path.p + 1, *end = path.p + path.n;

	for (bool at_top = true; p < end; at_top = false) {
		const char *slash = memchr(p, '/', (size_t)(end - p));
		const char *stop = slash != NULL ? slash : end;
		struct slice name = { p, (size_t)(stop - p) };

		if (resource_is_hidden(opt, name, at_top))
			return true;
		p = stop + 1;
	}
	return false;
}

int
resource_open_folder(struct file_cache *root, struct slice *path)
{
	char rel[HTTP_LINE_MAX + 1];
	int fd = -1;

	if (root->docroot->single_file != NULL)
		path->n = 1;
	if (has_hidden(root->opt, *path)) {
		errno = ENOENT;
		return -1;
	}
	check_folder(root);
	for (int i = 0; fd == -1 && i < LEVELS && path->n > 0; i++) {
		while (path->p[path->n - 1] != '/')
			path->n--;
		if (path->n > 1)
			snprintf(rel, sizeof(rel), "%.*s", (int)path->n - 2,
			    path->p + 1);
		fd = beneath_open(&root->folder, path->n > 1 ? rel : ".",
		    O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd == -1 && errno == EINPROGRESS)
			return -1;
		if (fd == -1)
			path->n--;
	}
	return fd;
}

static bool
accepts_identity(const struct lookup *q)
{
	for (int i = 0; i < q->choice->count; i++)
		if (q->choice->codings[i] == ACCEPT_IDENTITY)
			return true;
	return false;
}

/*
 * With FILE, only "/its-name" is served: no compressed sibling, no folder, no
 * FILE.html.
 */
static void
find_single_file(struct lookup *q, struct slice path, struct resource *r)
{
	const struct docroot *docroot = q->root->docroot;
	struct slice name = slice_of(docroot->url_name);
	struct file *f;

	if (!slice_equal(slice_skip(path, 1), name)) {
		set_absent(r, q);
		return;
	}
	check_folder(q->root);
	f = open_file(q->root, docroot->single_file);
	if (f == NULL) {
		set_error(r, q, errno);
	} else if (!is_regular(f)) {
		set_absent(r, q);
	} else if (!accepts_identity(q)) {
		set_none(r, 406, RESOURCE_ABSENT);
	} else {
		set_file(r, f);
		r->name = name;
	}
}

static struct slice
last_segment(const char *rel)
{
	const char *slash = strrchr(rel, '/');

	return slice_of(slash != NULL ? slash + 1 : rel);
}

static void
find_in_folder(struct lookup *q, struct slice path, struct resource *r)
{
	if (has_hidden(q->root->opt, path)) {
		set_none(r, 404, RESOURCE_HIDDEN);
		return;
	}
	check_folder(q->root);
	if (path.p[path.n - 1] == '/')
		find_folder(q, r);
	else
		find_file(q, r);
	if (r->kind != RESOURCE_FILE)
		return;
	r->name = last_segment(q->rel);
	choose_coding(q, r);
}

static uint32_t
hash_path(struct slice path, uint32_t codings)
{
	uint64_t h = slice_hash(SLICE_HASH ^ codings, path);

	return (uint32_t)(h ^ h >> 32);
}

static uint32_t
choice_key(const struct resource_choice *choice)
{
	uint32_t key = choice->with_snippet;

	for (int i = 0; i < choice->count; i++)
		key = key << 3 | (uint32_t)(choice->codings[i] + 1);
	return key;
}

static char *
take_space(struct file_cache *root, size_t n)
{
	if (n > root->space_max - root->space_n)
		return NULL;
	char *p = root->space + root->space_n;

	root->space_n += n;
	return p;
}

/* The slot with this path, or the free one where it would go. */
static uint16_t *
find_slot(struct file_cache *root, uint32_t hash, uint32_t codings,
    struct slice path)
{
	for (uint32_t i = hash % SLOTS;; i = (i + 1) % SLOTS) {
		if (root->slot[i] == 0)
			return &root->slot[i];
		const struct cached *e = &root->entry[root->slot[i] - 1];

		if (e->hash == hash && e->codings == codings &&
		    slice_equal(e->path, path))
			return &root->slot[i];
	}
}

/* The part of this request that has looked this up.  NULL: there is none. */
static struct file_cache *
find_part(const struct file_cache *root, enum need_kind kind, struct slice path,
    uint32_t key)
{
	struct file_cache *part = root->results;

	for (; part != NULL; part = part->older) {
		const struct need *need = &part->need;

		if (need->kind == kind && slice_equal(need->path, path) &&
		    choice_key(&need->choice) == key)
			break;
	}
	return part;
}

/* Set what the part is to look up; a part also checks the folder. */
static void
set_need(struct file_cache *root, enum need_kind kind, struct slice path,
    const struct resource_choice *choice)
{
	struct need *need = &root->need;

	if (need->kind != NEED_STATUS)
		return;
	need->kind = kind;
	need->path = path;
	need->choice = *choice;
}

/*
 * A new entry for path.  When an iteration's space is used up, its files expire
 * early, which is always safe.
 */
static struct cached *
add_entry(struct file_cache *root, uint32_t hash, uint32_t codings,
    struct slice path)
{
	size_t need = 2 * path.n + NAME_EXTRA;

	/* Leave room for the first bytes of the file and of its sibling, which
	 * decide the type. */
	if (root->entries == root->entries_max ||
	    need + 2 * RESOURCE_SMALL > root->space_max - root->space_n)
		resource_expire(root);

	struct cached *e = &root->entry[root->entries++];
	char *copy = take_space(root, need);

	memcpy(copy, path.p, path.n);
	e->hash = hash;
	e->codings = codings;
	e->path = (struct slice){ copy, path.n };
	*find_slot(root, hash, codings, path) = (uint16_t)root->entries;
	return e;
}

const struct resource_choice resource_identity = {
	.codings = { ACCEPT_IDENTITY }, .count = 1,
};

struct resource *
resource_find(struct file_cache *root, struct slice path,
    const struct resource_choice *choice)
{
	uint32_t key = choice_key(choice);
	uint32_t hash = hash_path(path, key);
	uint16_t *slot = find_slot(root, hash, key, path);
	struct file_cache *part;

	if (*slot != 0)
		return &root->entry[*slot - 1].r;
	part = find_part(root, NEED_PATH, path, key);
	if (part != NULL)
		return &part->entry[0].r;

	struct cached *e = add_entry(root, hash, key, path);
	/* The name to open is built after the key. */
	struct lookup q = {
		.root = root,
		.rel = (char *)e->path.p + path.n,
		.n = path.n - 1,
		.choice = choice,
	};

	strcpy(q.rel, path.p + 1);
	e->r.lines_304 = e->r.lines = e->r.name = (struct slice){ 0 };
	if (root->docroot->single_file != NULL)
		find_single_file(&q, path, &e->r);
	else
		find_in_folder(&q, path, &e->r);
	if (!root->waits)
		return &e->r;
	/* Forget the entry, the newest one. */
	*find_slot(root, hash, key, path) = 0;
	root->entries--;
	set_need(root, NEED_PATH, path, choice);
	return &root->pending;
}

bool
resource_find_folder(struct file_cache *root, struct slice *path)
{
	const struct file_cache *part = find_part(root, NEED_FOLDER, *path,
	    choice_key(&resource_identity));
	struct slice whole = *path;
	int fd;

	if (part != NULL) {
		path->n = part->folder_n;
		return path->n > 0;
	}
	fd = resource_open_folder(root, path);
	if (fd != -1) {
		close(fd);
		return true;
	}
	if (errno == EINPROGRESS) {
		wait_for(root, root->folder.stopped);
		set_need(root, NEED_FOLDER, whole, &resource_identity);
	}
	return false;
}

int
resource_load(struct file_cache *root, struct file *f)
{
	off_t size = f->st.st_size;
	size_t n = size <= RESOURCE_SMALL ? (size_t)size : MIME_WINDOW;
	ssize_t got;
	char *p;

	if (f->loaded)
		return 0;
	/* Its part could not read it. */
	if (f->mount != 0 && root->port != NULL) {
		errno = f->error != 0 ? f->error : EIO;
		return -1;
	}
	/* Without space it is sent like a large file. */
	if (n > root->space_max - root->space_n)
		n = 0;
	p = take_space(root, n);
	got = beneath_read(f->fd, p, n);
	if (got == -1)
		return -1;
	if ((size_t)got < n)	/* truncated since fstat */
		f->st.st_size = (off_t)got;
	f->start = (struct slice){ p, (size_t)got };
	f->loaded = true;
	return 0;
}

static int
stat_name(const struct beneath *root, int dirfd, const char *name,
    struct stat *st)
{
	return root->nowait ? mount_stat(dirfd, name, AT_SYMLINK_NOFOLLOW, st) :
	    fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW);
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
	if (fd == -1)
		return -1;
	int status = fstat(fd, st);

	close(fd);
	return status;
}

/* ---- parts ---- */

void
resource_begin(struct file_cache *root, struct file_cache *results,
    bool refuses)
{
	root->results = results;
	root->refuses = refuses;
	root->waits = false;
}

bool
resource_waits(const struct file_cache *root, dev_t *mount)
{
	*mount = root->need.mount.dev;
	return root->waits;
}

struct file_cache *
resource_split(struct file_cache *root)
{
	struct file_cache *part = new_cache(root->opt, root->docroot, 1);
	size_t space = PART_SPACE + 3 * root->need.path.n;
	char *path;

	if (part == NULL)
		return NULL;
	part->is_part = true;
	part->budget = root->budget;
	part->space_max = space;
	part->space = budget_alloc(root->budget, space);
	if (part->space == NULL ||
	    beneath_copy(&part->folder, &root->folder) == -1) {
		part->folder.fd = -1;
		resource_root_free(part);
		return NULL;
	}
	part->path = (char *)part->folder.path;
	part->folder.nowait = false;
	part->st = root->st;
	part->checked = !root->folder.slow;
	part->older = root->results;
	part->need = root->need;
	part->need.class = mount_list_find(&root->mounts, part->need.mount);
	path = take_space(part, part->need.path.n + 1);
	memcpy(path, part->need.path.p, part->need.path.n);
	path[part->need.path.n] = '\0';
	part->need.path.p = path;
	return part;
}

size_t
resource_memory(const struct file_cache *part)
{
	size_t n = 0;

	for (; part != NULL; part = part->older)
		n += budget_size(part->space);
	return n;
}

/* Read what metadata.c needs to tell the type, and all of a small file. */
static void
load_part(struct file_cache *part, const struct resource *r)
{
	struct file *files[] = { r->original, r->file };
	struct mime m;

	mime_by_name(r->name, &m);
	for (int i = 0; i < 2; i++)
		if ((files[i]->st.st_size <= RESOURCE_SMALL ||
		    (i == 0 && m.needs_content)) &&
		    resource_load(part, files[i]) == -1)
			files[i]->error = errno;
}

void
resource_work(struct file_cache *part)
{
	const struct need *need = &part->need;
	struct slice path = need->path;
	const struct resource *r;
	int fd;

	switch (need->kind) {
	case NEED_STATUS:
		check_folder(part);
		break;
	case NEED_PATH:
		r = resource_find(part, path, &need->choice);
		if (r->kind == RESOURCE_FILE)
			load_part(part, r);
		break;
	case NEED_FOLDER:
		fd = resource_open_folder(part, &path);
		if (fd == -1)
			break;
		part->folder_n = path.n;
		close(fd);
	}
}

/* Take over the folder that the part has opened again. */
static void
adopt_folder(struct file_cache *root, struct file_cache *part)
{
	struct beneath *to = &root->folder, *from = &part->folder;
	char *path = root->path;
	int fd = to->fd;

	to->fd = from->fd;
	to->path = from->path;
	to->mount = from->mount;
	to->slow = from->slow;
	root->path = part->path;
	from->fd = fd;
	part->path = path;
}

void
resource_merge(struct file_cache *root, struct file_cache *part)
{
	const struct need *need = &part->need;

	part->port = root->port;
	if (need->class != MOUNT_NOT_CLASSED)
		mount_list_add(&root->mounts, need->mount, need->class);
	if (!root->folder.slow)
		return;
	root->st = part->st;
	root->lost = part->lost;
	if (part->reopened)
		adopt_folder(root, part);
	else if (need->class == MOUNT_FAST &&
	    need->mount.dev == root->folder.mount.dev)
		root->folder.slow = false;
}

void
resource_retire(struct file_cache *root, struct file_cache *results)
{
	while (results != NULL) {
		struct file_cache *next = results->older;

		results->older = root->retired;
		root->retired = results;
		results = next;
	}
}

dev_t
resource_unwatched_mount(const struct file_cache *root)
{
	const struct file_cache *part = root->results;

	if (part != NULL && part->need.class != MOUNT_FAST)
		return part->need.mount.dev;
	return root->layered ? root->folder.mount.dev : 0;
}
