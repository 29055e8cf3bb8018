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
	unsigned entries;
	struct cached *entry;	/* ENTRIES of them */
	char *space;
	size_t space_n;
};

static int
remember_folder(struct file_cache *root)
{
	return fstat(root->folder.fd, &root->st);
}

struct file_cache *
resource_root_new(const struct options *opt, const struct docroot *docroot)
{
	struct file_cache *root = calloc(1, sizeof(*root));

	if (root == NULL)
		return NULL;
	root->opt = opt;
	root->docroot = docroot;
	root->entry = malloc(ENTRIES * sizeof(*root->entry));
	root->space = malloc(SPACE);
	root->folder.path = docroot->path;
	root->folder.follow = opt->follow_symlinks;
	root->folder.fd = fcntl(docroot->fd, F_DUPFD_CLOEXEC, 0);
	if (root->entry != NULL && root->space != NULL &&
	    root->folder.fd != -1 && remember_folder(root) == 0)
		return root;
	resource_root_free(root);
	return NULL;
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

/*
 * A folder that was removed and created again has the same name but another
 * inode.  Compare them once in each iteration that opens a file.
 */
static void
check_folder(struct file_cache *root)
{
	dev_t dev = root->st.st_dev;
	ino_t ino = root->st.st_ino;
	int fd;

	if (root->checked)
		return;
	root->checked = true;
	root->lost = false;
	if (stat(root->docroot->reopen_path, &root->st) == -1) {
		/* If the lookup is not permitted, keep the old folder. */
		root->lost = errno == ENOENT || errno == ENOTDIR;
		remember_folder(root);
		return;
	}
	if (root->st.st_ino == ino && root->st.st_dev == dev)
		return;
	fd = open(root->docroot->reopen_path,
	    O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1) {
		remember_folder(root);
		return;
	}
	close(root->folder.fd);
	root->folder.fd = fd;
	find_path(root);
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
	if (f->fd != -1)
		close(f->fd);
	f->next = root->spare;
	root->spare = f;
}

void
resource_expire(struct file_cache *root)
{
	struct file *f, *next;

	for (f = root->files; f != NULL; f = next) {
		next = f->next;
		f->expired = true;
		if (f->refs == 0)
			close_file(root, f);
	}
	root->files = NULL;
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
	f->expired = f->loaded = false;
	f->start = (struct slice){ 0 };
	/* O_NONBLOCK: a FIFO would block the whole loop. */
	f->fd = beneath_open(&root->folder, rel, O_RDONLY | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (f->fd == -1)
		goto give_back;
	if (fstat(f->fd, &f->st) == -1)
		goto give_back;
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
	int fd = beneath_open(&q->root->folder, q->rel,
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
	if (has_hidden(root->opt, *path))
		return -1;
	check_folder(root);
	for (int i = 0; fd == -1 && i < LEVELS && path->n > 0; i++) {
		while (path->p[path->n - 1] != '/')
			path->n--;
		if (path->n > 1)
			snprintf(rel, sizeof(rel), "%.*s", (int)path->n - 2,
			    path->p + 1);
		fd = beneath_open(&root->folder, path->n > 1 ? rel : ".",
		    O_PATH | O_DIRECTORY | O_CLOEXEC);
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
	if (n > SPACE - root->space_n)
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
	if (root->entries == ENTRIES ||
	    need + 2 * RESOURCE_SMALL > SPACE - root->space_n)
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

	if (*slot != 0)
		return &root->entry[*slot - 1].r;

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
	return &e->r;
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
	/* Without space it is sent like a large file. */
	if (n > SPACE - root->space_n)
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

int
resource_stat_entry(struct file_cache *root, int dirfd, struct slice folder,
    const char *name, struct stat *st)
{
	char rel[PATH_MAX];
	struct buf b = buf_over(rel, sizeof(rel) - 1);
	int fd;

	if (fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (!S_ISLNK(st->st_mode))
		return 0;
	buf_put(&b, (struct slice){ folder.p + 1, folder.n - 1 });
	buf_text(&b, name);
	if (b.full)
		return -1;
	rel[b.n] = '\0';
	fd = beneath_open(&root->folder, rel, O_PATH | O_CLOEXEC);
	if (fd == -1)
		return -1;
	int status = fstat(fd, st);

	close(fd);
	return status;
}
