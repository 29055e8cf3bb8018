#include "server/rules_file.h"

#include <stdlib.h>

#include "server/clock.h"

enum { REDIRECTS, HEADERS };

static const struct slice paths[RULES_FILES] = {
	[REDIRECTS] = SLICE("/_redirects"),
	[HEADERS] = SLICE("/_headers"),
};

/* The state of a file or folder when it was last checked. */
struct state {
	dev_t dev;
	ino_t ino;
	off_t size;
	int64_t mtime_ns, ctime_ns;
	bool fresh;		/* a change since then may not be visible */
};

struct loaded {
	bool named;		/* the folder has an entry of this name: check
				   it each time */
	struct state state;
	char *text, *space;	/* NULL: no rules */
};

struct rules_file {
	struct rules_reported *reported;
	struct rules_apps apps;
	struct rules_listener listener;
	struct state folder;	/* when the absent files were last looked for */
	struct loaded file[RULES_FILES];
	struct rules_redirects redirects;
	struct rules_headers headers;
};

/* ---- changes ---- */

static bool
is_fresh(struct timespec t, int64_t wall_ns)
{
	return wall_ns - clock_ns(t) < (t.tv_nsec == 0 ?
	    CLOCK_FILE_UNIT_NS : CLOCK_FILE_TICK_NS);
}

static struct state
state_of(const struct stat *st, int64_t wall_ns)
{
	return (struct state){
		.dev = st->st_dev, .ino = st->st_ino, .size = st->st_size,
		.mtime_ns = clock_ns(st->st_mtim),
		.ctime_ns = clock_ns(st->st_ctim),
		.fresh = is_fresh(st->st_mtim, wall_ns) ||
		    is_fresh(st->st_ctim, wall_ns),
	};
}

static bool
is_unchanged(const struct state *before, const struct stat *now)
{
	return !before->fresh && before->ino == now->st_ino &&
	    before->dev == now->st_dev && before->size == now->st_size &&
	    before->ctime_ns == clock_ns(now->st_ctim) &&
	    before->mtime_ns == clock_ns(now->st_mtim);
}

/* ---- messages ---- */

/* Never 0, which stands for an absent file. */
static uint64_t
hash_text(struct slice s)
{
	return slice_hash(SLICE_HASH, s) | 1;
}

/* Is this text new to all loops?  0: the file is gone. */
static bool
is_new_text(struct rules_file *r, int which, uint64_t hash)
{
	return atomic_exchange(&r->reported->hash[which], hash) != hash;
}

static void
report_lines(const struct rules_file *r, struct slice lines)
{
	while (lines.n > 0)
		r->listener.report(r->listener.arg,
		    slice_take_until(&lines, '\n'));
}

/* Report why a whole file is ignored. */
static void
report_ignored(struct rules_file *r, int which, const char *why)
{
	char text[256];
	struct buf b = buf_over(text, sizeof(text));

	buf_put(&b, slice_skip(paths[which], 1));
	buf_byte(&b, ' ');
	buf_text(&b, why);
	if (is_new_text(r, which, hash_text(buf_slice(&b))))
		r->listener.report(r->listener.arg, buf_slice(&b));
}

/* ---- reading ---- */

static void
drop(struct loaded *file)
{
	free(file->text);
	free(file->space);
	file->text = file->space = NULL;
}

static void
parse(struct rules_file *r, int which, struct slice text, char *space,
    struct buf *messages)
{
	if (which == REDIRECTS)
		rules_parse_redirects(&r->redirects, text, space, r->apps,
		    messages);
	else
		rules_parse_headers(&r->headers, text, space, messages);
}

/* Parse text, into which the rules point.  False without memory. */
static bool
take_text(struct rules_file *r, int which, struct slice text)
{
	struct loaded *file = &r->file[which];
	char *spare = malloc(RULES_MESSAGES);
	struct buf messages = buf_over(spare, RULES_MESSAGES);

	file->space = malloc(which == REDIRECTS ?
	    rules_redirects_space(text) : rules_headers_space(text));
	if (file->space == NULL || spare == NULL) {
		free(spare);
		drop(file);
		return false;
	}
	parse(r, which, text, file->space, &messages);
	if (is_new_text(r, which, hash_text(text)))
		report_lines(r, buf_slice(&messages));
	free(spare);
	return true;
}

/* Read up to n bytes of f, which its lookup on a slow disk has read already. */
static ssize_t
read_file(const struct file *f, char *p, size_t n)
{
	if (f->mount == 0)
		return resource_read(f->fd, p, n);
	if (!resource_is_whole(f))
		return f->error != 0 ? -1 : (ssize_t)n;
	memcpy(p, f->start.p, f->start.n);
	return (ssize_t)f->start.n;
}

/* False without memory: then the file must be read again. */
static bool
load(struct rules_file *r, int which, const struct file *f)
{
	struct loaded *file = &r->file[which];
	ssize_t n;

	drop(file);
	file->text = malloc(RULES_FILE_MAX + 1);
	if (file->text == NULL)
		return false;
	n = read_file(f, file->text, RULES_FILE_MAX + 1);
	if (n == -1) {
		report_ignored(r, which, "cannot be read and is ignored");
		drop(file);
	} else if (n > RULES_FILE_MAX) {
		report_ignored(r, which, f->mount == 0 ?
		    "is larger than 64 KiB and is ignored" :
		    "is larger than 32 KiB, on a slow disk, and is ignored");
		drop(file);
	} else {
		return take_text(r, which,
		    (struct slice){ file->text, (size_t)n });
	}
	return true;
}

static struct resource *
find_file(struct file_cache *cache, int which)
{
	static const struct resource_choice itself = {
		.codings = { ACCEPT_IDENTITY }, .count = 1, .exact = true,
	};

	return resource_find(cache, paths[which], &itself);
}

/* Read the file if it has changed.  False if memory has run out. */
static bool
read_changed(struct rules_file *r, int which, const struct file *f,
    int64_t wall_ns)
{
	struct loaded *file = &r->file[which];

	if (is_unchanged(&file->state, &f->st))
		return true;
	file->state = (struct state){ 0 };
	if (!load(r, which, f))
		return false;
	file->state = state_of(&f->st, wall_ns);
	return true;
}

/* False if memory or descriptors have run out: the rules are not known. */
static bool
refresh_file(struct rules_file *r, int which, struct file_cache *cache,
    int64_t wall_ns)
{
	struct loaded *file = &r->file[which];
	const char *name = paths[which].p + 1;
	struct resource *res;
	struct stat entry;
	bool named = resource_stat_name(cache, name, &entry);

	/* Do not open an unchanged file: that costs several times as much. */
	if (named && is_unchanged(&file->state, &entry))
		return true;
	res = find_file(cache, which);
	if (resource_waits(cache))
		return true;
	file->named = named || res->kind != RESOURCE_NONE ||
	    res->reason == RESOURCE_ERROR;
	if (res->kind == RESOURCE_FILE)
		return read_changed(r, which, res->file, wall_ns);
	if (res->kind == RESOURCE_NONE && res->status == 503)
		return false;
	/* As long as an entry has this name, it is checked again: a link may
	 * get a target, or a mode may change. */
	drop(file);
	file->state = (struct state){ 0 };
	if (res->kind == RESOURCE_NONE && res->reason == RESOURCE_ERROR)
		report_ignored(r, which, "cannot be read and is ignored");
	else
		is_new_text(r, which, 0);
	return true;
}

static struct rules_in_force
rules_of(const struct rules_file *r)
{
	struct rules_in_force rules = { 0 };

	if (r->file[REDIRECTS].space != NULL && r->redirects.count > 0)
		rules.redirects = &r->redirects;
	if (r->file[HEADERS].space != NULL && r->headers.field_count > 0)
		rules.headers = &r->headers;
	return rules;
}

struct rules_in_force
rules_file_refresh(struct rules_file *r, struct file_cache *cache,
    int64_t wall_ns)
{
	/* A folder's times change with the names in it: if they are the same,
	 * no file was added. */
	const struct stat *st = resource_stat_root(cache);
	bool unchanged = is_unchanged(&r->folder, st), known = true;
	struct rules_in_force rules;

	for (int i = 0; i < RULES_FILES; i++)
		if (r->file[i].named || !unchanged)
			known &= refresh_file(r, i, cache, wall_ns);
	if (!unchanged && known && !resource_waits(cache))
		r->folder = state_of(st, wall_ns);
	rules = rules_of(r);
	rules.unknown = !known;
	return rules;
}

/* ---- life cycle ---- */

bool
rules_file_applies(const struct options *opt, const struct docroot *docroot)
{
	return !opt->no_rules && docroot->single_file == NULL;
}

struct rules_file *
rules_file_new(struct rules_reported *reported, struct rules_apps apps,
    struct rules_listener listener)
{
	struct rules_file *r = calloc(1, sizeof(*r));

	if (r != NULL) {
		r->reported = reported;
		r->apps = apps;
		r->listener = listener;
		r->folder.fresh = true;
	}
	return r;
}

void
rules_file_free(struct rules_file *r)
{
	for (int i = 0; i < RULES_FILES; i++)
		drop(&r->file[i]);
	free(r);
}

static struct rules_counts
count_rules(const struct rules_file *r)
{
	struct rules_counts counts = { 0 };

	if (r->file[REDIRECTS].space != NULL)
		counts.redirects = r->redirects.count;
	if (r->file[HEADERS].space != NULL)
		counts.headers = r->headers.paths.patterns;
	return counts;
}

int
rules_file_check(const struct options *opt, const struct docroot *docroot,
    struct rules_reported *reported, struct rules_listener listener,
    struct rules_counts *counts)
{
	struct file_cache *cache = resource_cache_new(opt, docroot);
	struct rules_file *r = rules_file_new(reported, (struct rules_apps){
	    opt->proxies, (size_t)opt->proxy_count }, listener);

	if (cache == NULL || r == NULL)
		return -1;
	rules_file_refresh(r, cache, 0);
	*counts = count_rules(r);
	rules_file_free(r);
	resource_cache_free(cache);
	return 0;
}

bool
rules_file_is_name(struct slice name)
{
	return slice_equal(name, slice_skip(paths[REDIRECTS], 1)) ||
	    slice_equal(name, slice_skip(paths[HEADERS], 1));
}

bool
rules_file_is(const struct rules_file *r, const struct stat *st)
{
	for (int i = 0; i < RULES_FILES; i++)
		if (r->file[i].state.ino == st->st_ino &&
		    r->file[i].state.dev == st->st_dev)
			return true;
	return false;
}
