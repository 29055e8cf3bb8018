/* From a path to a file or a folder, declared in resource.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/http_path.h"
#include "server/mime.h"
#include "server/resource_cache.h"

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
is_removed(const struct file_cache *cache, const struct file *f)
{
	return cache->lost && f->st.st_nlink == 0;
}

/* Does the error mean that this name does not exist?  Then try the next one. */
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
	struct file_cache *cache;
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
open_with_flags(struct lookup *q, const char *ending, int flags)
{
	struct file *f;

	strcpy(q->rel + q->n, ending);
	f = resource_open_file(q->cache, q->rel, flags);
	q->rel[q->n] = '\0';
	if (f == NULL && errno == EXDEV)
		q->outside = true;
	return f;
}

static struct file *
open_with(struct lookup *q, const char *ending)
{
	return open_with_flags(q, ending, 0);
}

/*
 * Use rel with this ending if it is a regular file.  False if it is absent:
 * then the search continues.  An error ends it.
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
	} else if (!is_folder(f) || is_removed(q->cache, f)) {
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
	int fd = resource_open_beneath(q->cache, q->rel,
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
	if (!q->choice->exact && try_file(q, ".html", r))
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

/* The folder of rel, without its slash. */
static struct slice
parent_of(const struct lookup *q)
{
	const char *slash = strrchr(q->rel, '/');

	return slice_between(q->rel, slash != NULL ? slash : q->rel);
}

/* The number of the folder of rel as it is now; for the served folder, which
 * stays open, as this iteration has found it. */
static uint32_t
number_folder(struct lookup *q, struct slice parent)
{
	struct file_cache *cache = q->cache;
	char *end = q->rel + parent.n;
	struct stat st = cache->st;
	int status = 0;

	if (parent.n > 0) {
		*end = '\0';
		status = mount_stat(cache->folder.fd, q->rel, 0, &st);
		*end = '/';
	}
	return status == -1 ? 0 : siblings_folder(cache->siblings, &st,
	    time(NULL));
}

/*
 * The number of the folder in which the original was found, once in an
 * iteration; 0 if nothing may be remembered of it.
 */
static uint32_t
find_number(struct lookup *q)
{
	struct file_cache *cache = q->cache;
	struct slice parent = parent_of(q);

	if (!cache->folder.direct || !resource_must_not_wait(cache) ||
	    cache->no_siblings)
		return 0;
	if (cache->parent.p != NULL && slice_equal(cache->parent, parent))
		return cache->parent_number;
	if (cache->siblings == NULL && mount_updates_ctime(cache->folder.fd))
		cache->siblings = siblings_new();
	cache->no_siblings = cache->siblings == NULL;
	if (cache->no_siblings)
		return 0;
	cache->parent = parent;
	cache->parent_number = number_folder(q, parent);
	return cache->parent_number;
}

/*
 * Open the sibling with this coding.  A link without a target is not absent:
 * the folder does not change when its target is made.  The kernel does not tell
 * them apart unless it may not follow the link.
 */
static struct file *
open_sibling(struct lookup *q, enum accept_coding coding, unsigned *absent)
{
	const char *ending = coding_ending[coding];
	struct file *f = open_with_flags(q, ending, O_NOFOLLOW);

	if (f == NULL && errno == ELOOP)
		return open_with(q, ending);
	if (f == NULL && errno == ENOENT && q->cache->folder.direct)
		*absent |= 1u << coding;
	return f;
}

/*
 * Replace the file with the best compressed sibling that the client accepts.
 * Skip those known to be absent; add others to *absent.  A sibling older than
 * the file is stale.  Compare whole seconds: git, cp and rsync write siblings
 * in any order.
 */
static void
find_sibling(struct lookup *q, struct resource *r, unsigned known,
    unsigned *absent)
{
	for (int i = 0; i < q->choice->count; i++) {
		enum accept_coding coding = q->choice->codings[i];
		struct file *f;

		if (coding == ACCEPT_IDENTITY)
			return;
		if (known & 1u << coding)
			continue;
		f = open_sibling(q, coding, absent);
		if (f != NULL && is_regular(f) &&
		    f->st.st_mtime >= r->original->st.st_mtime) {
			r->file = f;
			r->coding = coding;
			return;
		}
	}
	set_none(r, 406, RESOURCE_ABSENT);
}

/* Choose the form of the file to send.  Remember which siblings are absent. */
static void
choose_coding(struct lookup *q, struct resource *r)
{
	struct file_cache *cache = q->cache;
	ino_t ino = r->original->st.st_ino;
	unsigned known = 0, absent = 0;
	uint32_t number;

	/* Browsers would decode the sibling of a .svgz only once. */
	if (q->choice->count > 0 &&
	    (q->choice->codings[0] == ACCEPT_IDENTITY ||
	    mime_names_gzip(r->name)))
		return;
	number = find_number(q);
	if (number != 0)
		known = siblings_absent(cache->siblings, number, ino, r->name);
	find_sibling(q, r, known, &absent);
	/* Another folder may have got this path since. */
	if (number != 0 && absent != 0 &&
	    number_folder(q, parent_of(q)) == number)
		siblings_add(cache->siblings, number, ino, r->name, absent);
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
	struct slice name;

	for (bool at_top = true; http_next_segment(&path, &name);
	    at_top = false)
		if (resource_is_hidden(opt, name, at_top))
			return true;
	return false;
}

/* For resource_open_folder(): open the nearest folder in or above path. */
static int
open_nearest(struct file_cache *cache, struct slice *path)
{
	char rel[HTTP_LINE_MAX + 1];
	int fd = -1;

	for (int i = 0; fd == -1 && i < LEVELS && path->n > 0; i++) {
		while (path->p[path->n - 1] != '/')
			path->n--;
		if (path->n > 1)
			snprintf(rel, sizeof(rel), "%.*s", (int)path->n - 2,
			    path->p + 1);
		fd = beneath_open(&cache->folder, path->n > 1 ? rel : ".",
		    O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd == -1 && errno == EINPROGRESS)
			return -1;
		if (fd == -1)
			path->n--;
	}
	return fd;
}

int
resource_open_folder(struct file_cache *cache, struct slice *path)
{
	bool cached = cache->folder.cached;
	int fd;

	if (cache->docroot->single_file != NULL)
		path->n = 1;
	if (has_hidden(cache->opt, *path)) {
		errno = ENOENT;
		return -1;
	}
	resource_check_folder(cache);
	/* The lookup of the path has made the kernel read its folders. */
	cache->folder.cached = false;
	fd = open_nearest(cache, path);
	cache->folder.cached = cached;
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
	const struct docroot *docroot = q->cache->docroot;
	struct slice name = slice_of(docroot->url_name);
	struct file *f;

	if (!slice_equal(slice_skip(path, 1), name)) {
		set_absent(r, q);
		return;
	}
	resource_check_folder(q->cache);
	f = resource_open_file(q->cache, docroot->single_file, 0);
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

static void
find_in_folder(struct lookup *q, struct slice path, struct resource *r)
{
	if (has_hidden(q->cache->opt, path)) {
		set_none(r, 404, RESOURCE_HIDDEN);
		return;
	}
	resource_check_folder(q->cache);
	if (path.p[path.n - 1] == '/')
		find_folder(q, r);
	else
		find_file(q, r);
	if (r->kind != RESOURCE_FILE)
		return;
	r->name = slice_after_last((struct slice){ q->rel, q->n }, '/');
	choose_coding(q, r);
}

static uint32_t
hash_path(struct slice path, uint32_t key)
{
	uint64_t h = slice_hash(SLICE_HASH ^ key, path);

	return (uint32_t)(h ^ h >> 32);
}

static uint32_t
choice_key(const struct resource_choice *choice)
{
	uint32_t key = choice->with_snippet | (uint32_t)choice->exact << 1;

	for (int i = 0; i < choice->count; i++)
		key = key << 3 | (uint32_t)(choice->codings[i] + 1);
	return key;
}

/* The slot with this path, or the free one where it would go. */
static uint16_t *
find_slot(struct file_cache *cache, uint32_t hash, uint32_t key,
    struct slice path)
{
	for (uint32_t i = hash % SLOTS;; i = (i + 1) % SLOTS) {
		if (cache->slot[i] == 0)
			return &cache->slot[i];
		const struct cached *e = &cache->entry[cache->slot[i] - 1];

		if (e->hash == hash && e->key == key &&
		    slice_equal(e->path, path))
			return &cache->slot[i];
	}
}

/* The part of this request that has done this lookup, or NULL. */
static struct file_cache *
find_part(const struct file_cache *cache, enum need_kind kind,
    struct slice path, uint32_t key)
{
	struct file_cache *part = cache->results;

	for (; part != NULL; part = part->older) {
		const struct need *need = &part->need;

		if (need->kind == kind && slice_equal(need->path, path) &&
		    choice_key(&need->choice) == key)
			break;
	}
	return part;
}

/* Set the lookup of the next part; without one it only checks the folder. */
static void
set_need(struct file_cache *cache, enum need_kind kind, struct slice path,
    const struct resource_choice *choice)
{
	struct need *need = &cache->need;

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
add_entry(struct file_cache *cache, uint32_t hash, uint32_t key,
    struct slice path)
{
	size_t n = 2 * path.n + NAME_EXTRA;

	/* Leave room for the first bytes of the file and of its sibling, which
	 * decide the type. */
	if (cache->entries == cache->entries_max ||
	    n + 2 * RESOURCE_SMALL > cache->space_max - cache->space_n)
		resource_expire(cache);

	struct cached *e = &cache->entry[cache->entries++];
	char *copy = resource_take_space(cache, n);

	memcpy(copy, path.p, path.n);
	e->hash = hash;
	e->key = key;
	e->path = (struct slice){ copy, path.n };
	*find_slot(cache, hash, key, path) = (uint16_t)cache->entries;
	return e;
}

const struct resource_choice resource_identity = {
	.codings = { ACCEPT_IDENTITY }, .count = 1,
};

struct resource *
resource_find(struct file_cache *cache, struct slice path,
    const struct resource_choice *choice)
{
	uint32_t key = choice_key(choice);
	uint32_t hash = hash_path(path, key);
	uint16_t *slot = find_slot(cache, hash, key, path);
	struct file_cache *part;

	if (*slot != 0)
		return &cache->entry[*slot - 1].r;
	part = find_part(cache, NEED_PATH, path, key);
	if (part != NULL)
		return &part->entry[0].r;

	struct cached *e = add_entry(cache, hash, key, path);
	/* The name to open is built in the space after the entry's path. */
	struct lookup q = {
		.cache = cache,
		.rel = (char *)e->path.p + path.n,
		.n = path.n - 1,
		.choice = choice,
	};

	strcpy(q.rel, path.p + 1);
	e->r.lines_304 = e->r.lines = e->r.whole = e->r.name =
	    (struct slice){ 0 };
	if (cache->docroot->single_file != NULL)
		find_single_file(&q, path, &e->r);
	else
		find_in_folder(&q, path, &e->r);
	/* No other request may find a result that is void, or a refusal to
	 * wait.  This is the newest entry, so its slot can be freed. */
	if (cache->waits || cache->refuses)
		*find_slot(cache, hash, key, path) = 0;
	if (!cache->waits)
		return &e->r;
	cache->entries--;
	set_need(cache, NEED_PATH, path, choice);
	return &cache->pending;
}

bool
resource_find_folder(struct file_cache *cache, struct slice *path)
{
	const struct file_cache *part = find_part(cache, NEED_FOLDER, *path,
	    choice_key(&resource_identity));
	struct slice whole = *path;
	int fd;

	if (part != NULL) {
		path->n = part->folder_n;
		return path->n > 0;
	}
	fd = resource_open_folder(cache, path);
	if (fd != -1) {
		close(fd);
		return true;
	}
	resource_stopped(cache);
	if (cache->waits)
		set_need(cache, NEED_FOLDER, whole, &resource_identity);
	return false;
}
