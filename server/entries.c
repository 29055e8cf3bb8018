#include "server/entries.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/calendar.h"
#include "server/clock.h"
#include "server/kind.h"
#include "server/natural.h"
#include "server/rules_file.h"

enum {
	/* Time for one step of reading; then other clients are served. */
	STEP_NS = 1000000,
	/* For one getdents64(2): some hundred names, each of which may need a
	 * read from a disk. */
	READ_SIZE = 8 << 10,

	/* Most folders fit into the first block; later blocks are larger. */
	RUN_FIRST = 8 << 10,
	RUN_LAST = 64 << 10,
	UNIT = 8,		/* entries start at multiples of it */
	ENTRY_MIN = 24,		/* bytes: an entry with a name of one byte */
	RUN_ENTRIES = RUN_LAST / ENTRY_MIN,
};

/*
 * A block.  Entries are stored from its start, and their offsets, in units,
 * backwards from its end.  Closing it sorts the offsets.
 */
struct run {
	struct run *next;
	uint32_t size, used;	/* bytes of the block */
	uint32_t count;
	uint64_t block[];
};

/* The position of a cursor in one run. */
struct run_cursor {
	const struct run *run;
	const uint16_t *next, *end;	/* offsets of the remaining entries */
	const struct entry *entry;	/* the next one; NULL at the end */
};

static uint16_t *
offsets_of(struct run *r)
{
	return (uint16_t *)(void *)((char *)r->block + r->size) - r->count;
}

static const struct entry *
entry_at(const struct run *r, uint16_t offset)
{
	return (const struct entry *)(const void *)&r->block[offset];
}

static int
compare_keys(enum entries_key key, const struct entry *a, const struct entry *b)
{
	switch (key) {
	case ENTRIES_SIZE:
		return (a->size > b->size) - (a->size < b->size);
	case ENTRIES_TIME:
		return (a->mtime > b->mtime) - (a->mtime < b->mtime);
	case ENTRIES_NAME:
		break;
	}
	return natural_compare(entry_name(a), entry_name(b));
}

static bool
comes_before(struct entries_order by, const struct entry *a,
    const struct entry *b)
{
	int order;

	if (entry_is_folder(a) != entry_is_folder(b))
		return entry_is_folder(a);
	order = compare_keys(by.key, a, b);
	if (order != 0)
		return by.descending ? order > 0 : order < 0;
	return by.key != ENTRIES_NAME &&
	    natural_compare(entry_name(a), entry_name(b)) < 0;
}

/* Merge sort offset[0..n); spare has the same length. */
static void
sort_offsets(struct entries_order by, const struct run *r, uint16_t *offset,
    size_t n, uint16_t *spare)
{
	size_t half = n / 2, i = 0, j = half, k = 0;

	if (n < 2)
		return;
	sort_offsets(by, r, offset, half, spare);
	sort_offsets(by, r, offset + half, n - half, spare);
	/* Names are often in order already, or at least the two halves. */
	if (!comes_before(by, entry_at(r, offset[half]),
	    entry_at(r, offset[half - 1])))
		return;
	memcpy(spare, offset, half * sizeof(*spare));
	while (i < half && j < n) {
		if (comes_before(by, entry_at(r, offset[j]),
		    entry_at(r, spare[i])))
			offset[k++] = offset[j++];
		else
			offset[k++] = spare[i++];
	}
	memcpy(offset + k, spare + i, (half - i) * sizeof(*spare));
}

static void
close_run(struct entries_order by, struct run *r)
{
	uint16_t spare[RUN_ENTRIES / 2];

	sort_offsets(by, r, offsets_of(r), r->count, spare);
}

/* A new block, twice as large as the last one. */
static struct run *
open_run(struct entries *e)
{
	uint32_t size = RUN_FIRST;
	struct run *r;

	if (e->runs != NULL) {
		close_run(e->order, e->runs);
		size = e->runs->size;
		if (size < RUN_LAST)
			size *= 2;
	}
	r = budget_alloc(e->budget, sizeof(*r) + size);
	if (r == NULL)
		return NULL;
	e->taken += budget_size(r);
	*r = (struct run){ .next = e->runs, .size = size };
	e->runs = r;
	e->run_count++;
	return r;
}

/* Room for an entry of this many bytes.  NULL with ENOMEM. */
static struct entry *
reserve_entry(struct entries *e, size_t bytes)
{
	struct run *r = e->runs;
	uint16_t offset;

	if (r == NULL || r->size - r->used - r->count * sizeof(offset) <
	    bytes + sizeof(offset))
		r = open_run(e);
	if (r == NULL)
		return NULL;
	offset = (uint16_t)(r->used / UNIT);
	r->used += (uint32_t)bytes;
	r->count++;
	*offsets_of(r) = offset;
	return (struct entry *)(void *)&r->block[offset];
}

static bool
add_entry(struct entries *e, struct slice name, const struct stat *st)
{
	size_t bytes = offsetof(struct entry, name) + name.n;
	struct entry *new;

	new = reserve_entry(e, (bytes + UNIT - 1) / UNIT * UNIT);
	if (new == NULL)
		return false;
	new->size = S_ISDIR(st->st_mode) ? -1 : st->st_size;
	new->mtime = calendar_clamp(st->st_mtime);
	new->length = (uint16_t)name.n;
	memcpy(new->name, name.p, name.n);
	if (entry_is_folder(new)) {
		e->folders++;
		return true;
	}
	e->files++;
	e->pictures += kind_of_name(name) == KIND_PICTURE;
	if (__builtin_add_overflow(e->bytes, (uint64_t)new->size, &e->bytes))
		e->bytes = UINT64_MAX;
	return true;
}

/* 1 for a file or folder that would be served, 0 for anything else.  -1: as
 * entries_read(). */
static int
stat_entry(struct entries *e, const char *name, struct stat *st)
{
	if (resource_stat_entry(&e->root, e->fd, e->path, name, st) == -1)
		return errno == EINPROGRESS ? -1 : 0;
	return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode);
}

bool
entries_show(const struct options *opt, struct slice name, bool at_top)
{
	return !slice_equal(name, SLICE(".")) &&
	    !slice_equal(name, SLICE("..")) &&
	    !resource_is_hidden(opt, name, false) &&
	    !(at_top && !opt->no_rules && rules_file_is_name(name));
}

/* Take the entries that getdents64() left in p[0..n).  The first one shows for
 * all whether their disk is cold. */
static bool
add_entries(struct entries *e, const char *p, size_t n)
{
	bool may_wait = !e->root.cached;

	for (const char *end = p + n; p < end;) {
		struct dirent64_head head;
		struct slice name;
		struct stat st;
		int found;

		memcpy(&head, p, offsetof(struct dirent64_head, name));
		name.p = p + offsetof(struct dirent64_head, name);
		name.n = strlen(name.p);
		p += head.length;
		if (name.n > ENTRY_NAME_MAX ||
		    !entries_show(e->opt, name, e->path.n == 1))
			continue;
		if (!may_wait && beneath_is_cold(e->fd, name.p)) {
			beneath_stop(&e->root);
			return false;
		}
		may_wait = true;
		found = stat_entry(e, name.p, &st);
		if (found == -1 || (found == 1 && !add_entry(e, name, &st)))
			return false;
	}
	return true;
}

/* One step of reading.  Returns what entries_read() does. */
static int
read_some(struct entries *e, char *space, size_t n)
{
	int64_t start = clock_monotonic();

	do {
		long got = syscall(SYS_getdents64, e->fd, space, n);

		/* A removed folder counts as empty. */
		if (got == 0 || (got == -1 && errno == ENOENT))
			return 1;
		if (got == -1 || !add_entries(e, space, (size_t)got))
			return -1;
	} while (clock_monotonic() - start < STEP_NS);
	return 0;
}

int
entries_read(struct entries *e, char *space, size_t n)
{
	if (e->state == 0) {
		e->state = read_some(e, space, n < READ_SIZE ? n : READ_SIZE);
		if (e->state == 1 && e->runs != NULL)
			close_run(e->order, e->runs);
		if (e->state == -1)
			e->error = errno;
	}
	errno = e->error;
	return e->state;
}

struct entries *
entries_new(const struct options *opt, const struct beneath *root, int fd,
    struct slice path, struct entries_order order, struct budget *budget)
{
	struct entries *e = budget_alloc(budget, sizeof(*e) + path.n);

	if (e == NULL)
		goto close_fd;
	*e = (struct entries){
		.opt = opt,
		.budget = budget,
		.order = order,
		.path = { (char *)(e + 1), path.n },
		.fd = fd,
		.refs = 1,
		.taken = budget_size(e),
	};
	if (beneath_copy(&e->root, root) == -1)
		goto free_entries;
	memcpy(e + 1, path.p, path.n);
	return e;

free_entries:
	budget_free(budget, e);
close_fd:
	close(fd);
	return NULL;
}

bool
entries_match(const struct entries *e, struct slice path,
    struct entries_order order)
{
	return slice_equal(e->path, path) && e->order.key == order.key &&
	    e->order.descending == order.descending;
}

void
entries_ref(struct entries *e)
{
	e->refs++;
}

void
entries_unref(struct entries *e)
{
	if (--e->refs > 0)
		return;
	while (e->runs != NULL) {
		struct run *r = e->runs;

		e->runs = r->next;
		budget_free(e->budget, r);
	}
	close(e->fd);
	beneath_close(&e->root);
	budget_free(e->budget, e);
}

void
entries_forget(struct entries **shared)
{
	if (*shared != NULL)
		entries_unref(*shared);
	*shared = NULL;
}

size_t
entries_memory(const struct entries *e)
{
	return e->taken / e->refs;
}

static void
set_cursor(struct run_cursor *c)
{
	c->entry = c->next < c->end ? entry_at(c->run, *c->next) : NULL;
}

/* The cursor whose next entry comes first. */
static struct run_cursor *
play(struct entries_order by, struct run_cursor *a, struct run_cursor *b)
{
	if (a->entry == NULL)
		return b;
	return b->entry == NULL || comes_before(by, a->entry, b->entry) ? a : b;
}

/*
 * Merge the n runs with a tournament tree: nodes n to 2n - 1 are the cursors of
 * the runs, and each node i below n is the winner of nodes 2i and 2i + 1.  So
 * node 1 has the next entry of all.
 */
int
cursor_start(struct cursor *c, const struct entries *e)
{
	size_t n = e->run_count, i = n;
	struct run_cursor *h;

	*c = (struct cursor){ .entries = e };
	if (n == 0)
		return 0;
	c->tree = budget_alloc(e->budget,
	    n * (2 * sizeof(*c->tree) + sizeof(*h)));
	if (c->tree == NULL)
		return -1;
	h = (struct run_cursor *)(void *)(c->tree + 2 * n);
	for (struct run *r = e->runs; r != NULL; r = r->next) {
		const uint16_t *offsets = offsets_of(r);

		*h = (struct run_cursor){
			r, offsets, offsets + r->count, NULL,
		};
		set_cursor(h);
		c->tree[i++] = h++;
	}
	for (i = n - 1; i > 0; i--)
		c->tree[i] = play(e->order, c->tree[2 * i], c->tree[2 * i + 1]);
	return 0;
}

const struct entry *
cursor_peek(const struct cursor *c)
{
	return c->tree != NULL ? c->tree[1]->entry : NULL;
}

void
cursor_advance(struct cursor *c)
{
	struct run_cursor *h = c->tree[1];
	size_t n = c->entries->run_count;
	size_t i = n + (size_t)(h - c->tree[n]);

	h->next++;
	set_cursor(h);
	while (i /= 2)
		c->tree[i] = play(c->entries->order, c->tree[2 * i],
		    c->tree[2 * i + 1]);
}

void
cursor_end(struct cursor *c)
{
	if (c->entries != NULL)
		budget_free(c->entries->budget, c->tree);
}
