#include "server/archive.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/calendar.h"
#include "server/clock.h"
#include "server/container_of.h"
#include "server/crc32.h"
#include "server/resource.h"
#include "server/tar.h"
#include "server/zip.h"
#include "server/zone.h"

enum {
	/* Time for one call of more(); then other clients are served. */
	STEP_NS = 2000000,
	/* Bytes that the header of one entry may need, with the name of the
	 * archived folder, a path in it, and the target of a link. */
	ROOM = 15 << 10,
	CHUNK = (64 << 10) - 64,	/* 64 KiB with malloc's own bytes */
	NOTE_MAX = 512,
	RANGE_BYTES = 1 << 20,	/* that the caller sends from a file at once */
};

static_assert(ROOM < (int)PRODUCER_PIECE, "each call makes progress");
static_assert(TAR_HEADER_MAX + 3 * PATH_MAX < ROOM, "a header fits");

/* An entry in the table of a zip file; its name follows. */
struct record {
	uint64_t offset, size;
	int64_t mtime;
	uint32_t crc;
	uint16_t name_n;
	uint16_t mode : 9, crc_follows : 1;
};

static_assert(sizeof(struct record) == 32, "serve(1) says so");

/* Records, packed without alignment. */
struct chunk {
	struct chunk *next;
	size_t n;
	char bytes[];
};

enum { CHUNK_BYTES = CHUNK - sizeof(struct chunk) };

/* The work of the next step. */
enum phase {
	PHASE_COUNT,	/* zip: find out the size of the table */
	PHASE_WALK,	/* write the next entry */
	PHASE_FILE,	/* open a file and write its header */
	PHASE_BYTES,	/* copy bytes of a file to the caller's buffer */
	PHASE_RANGE,	/* the caller sends the file in ranges */
	PHASE_TABLE,
	PHASE_DONE,
};

struct archive {
	struct deferrable base;
	dev_t mount;		/* from the request */
	bool waits;		/* it runs in a thread that may wait for a
				   disk */
	enum archive_format format;
	enum phase phase;
	struct tree *tree;
	struct zone zone;
	uint64_t written;	/* bytes of the archive by earlier calls */
	char note[NOTE_MAX];

	/* The current file: */
	int fd;			/* -1: there is no current file */
	off_t at;
	struct record file;

	struct archives *archives;
	struct address client;

	/* The table of a zip file. */
	struct budget *budget;
	size_t chunks_taken;	/* from the budget */
	size_t chunks;		/* in use; in PHASE_COUNT: needed later */
	size_t fill;		/* bytes used of the last chunk */
	uint64_t count;
	struct chunk *first, *last;
	uint64_t table_at;
	struct crc32 crc;
};

/* Why the archive cannot be completed, for the log: "(photos/a.jpg shrank)". */
static void
set_note(struct archive *a, const char *separator, const char *what)
{
	struct buf b = buf_over(a->note, sizeof(a->note));

	buf_byte(&b, '(');
	buf_visible(&b, tree_name(a->tree));
	buf_text(&b, separator);
	buf_text(&b, what);
	buf_byte(&b, ')');
	if (!b.full)
		a->base.producer.note = buf_slice(&b);
}

/* ---- the table of a zip file ---- */

/* Does a record with this name need one more chunk? */
static bool
needs_chunk(const struct archive *a, size_t name_n)
{
	return a->chunks == 0 ||
	    a->fill + sizeof(struct record) + name_n > CHUNK_BYTES;
}

/* Take one more chunk from the budget, unless end_count() took it before. */
static bool
take_chunk(struct archive *a)
{
	if (a->chunks < a->chunks_taken)
		return true;
	if (!budget_take(a->budget, CHUNK))
		return false;
	a->chunks_taken++;
	a->base.producer.memory = a->chunks_taken * CHUNK;
	return true;
}

static bool
add_chunk(struct archive *a)
{
	struct chunk *c;

	if (!take_chunk(a) || (c = malloc(CHUNK)) == NULL)
		return false;
	*c = (struct chunk){ 0 };
	if (a->last != NULL)
		a->last->next = c;
	else
		a->first = c;
	a->last = c;
	a->chunks++;
	a->fill = 0;
	return true;
}

/* Record the current entry in the table.  -1 with ENOMEM. */
static int
add_record(struct archive *a)
{
	struct slice name = tree_name(a->tree);
	struct chunk *c;

	if (a->format == ARCHIVE_TAR)
		return 0;
	if (needs_chunk(a, name.n) && !add_chunk(a))
		return -1;
	c = a->last;
	a->file.name_n = (uint16_t)name.n;
	memcpy(c->bytes + c->n, &a->file, sizeof(a->file));
	memcpy(c->bytes + c->n + sizeof(a->file), name.p, name.n);
	c->n += sizeof(a->file) + name.n;
	a->fill = c->n;
	a->count++;
	return 0;
}

static void
free_table(struct archive *a)
{
	while (a->first != NULL) {
		struct chunk *c = a->first;

		a->first = c->next;
		free(c);
	}
	budget_return(a->budget, a->chunks_taken * CHUNK);
}

/* ---- entries ---- */

static struct zip_entry
zip_entry(struct archive *a, const struct record *r, struct slice name)
{
	return (struct zip_entry){
		.name = name,
		.size = r->size,
		.offset = r->offset,
		.crc = r->crc,
		.mode = r->mode,
		.crc_follows = r->crc_follows,
		.mtime = r->mtime,
		.zone = zone_offset(&a->zone, r->mtime),
	};
}

static void
set_record(struct archive *a, const struct buf *b, const struct stat *st)
{
	a->file = (struct record){
		.offset = a->written + b->n,
		.size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0,
		.mtime = calendar_clamp(st->st_mtime),
		.mode = st->st_mode & 0777,
	};
}

static void
put_header(struct archive *a, struct buf *b, enum tar_kind kind,
    struct slice target)
{
	const struct record *r = &a->file;

	if (a->format == ARCHIVE_ZIP) {
		struct zip_entry e = zip_entry(a, r, tree_name(a->tree));

		zip_put_local(b, &e);
		return;
	}
	tar_put_header(b, &(struct tar_entry){
		.kind = kind,
		.name = tree_name(a->tree),
		.target = target,
		.size = r->size,
		.mode = r->mode,
		.mtime = r->mtime,
	});
}

static int
put_folder(struct archive *a, struct buf *b)
{
	set_record(a, b, tree_stat(a->tree));
	put_header(a, b, TAR_FOLDER, SLICE(""));
	return add_record(a);
}

/* Links are for tar only: common zip readers do not support them. */
static void
put_link(struct archive *a, struct buf *b)
{
	char target[PATH_MAX];

	if (a->format == ARCHIVE_ZIP || !tree_read_link(a->tree, target))
		return;
	set_record(a, b, tree_stat(a->tree));
	put_header(a, b, TAR_LINK, slice_of(target));
}

static void
close_file(struct archive *a)
{
	if (a->fd != -1)
		close(a->fd);
	a->fd = -1;
}

/*
 * The file fits into the rest of b: read it before writing its header, which
 * contains its CRC and the size that was read.
 */
static int
put_small(struct archive *a, struct buf *b)
{
	size_t start = b->n, content;
	ssize_t got;

	put_header(a, b, TAR_FILE, SLICE(""));
	content = b->n;
	got = resource_read(a->fd, b->p + content, (size_t)a->file.size);
	b->n = start;
	if (got == -1)
		tree_leave_out(a->tree, errno);
	close_file(a);
	if (got == -1)
		return 0;
	a->file.size = (uint64_t)got;
	if (a->format == ARCHIVE_ZIP)
		a->file.crc = crc32_add(&a->crc, 0, b->p + content,
		    (size_t)got);
	put_header(a, b, TAR_FILE, SLICE(""));
	b->n = content + (size_t)got;
	if (a->format == ARCHIVE_TAR)
		tar_put_padding(b, a->file.size);
	return add_record(a);
}

/* A zip file needs a CRC of the bytes; for tar, sendfile(2) can send them
 * unless it would wait. */
static void
put_large(struct archive *a, struct buf *b)
{
	a->file.crc_follows = a->format == ARCHIVE_ZIP;
	a->phase = a->format == ARCHIVE_ZIP || a->waits ? PHASE_BYTES :
	    PHASE_RANGE;
	put_header(a, b, TAR_FILE, SLICE(""));
	a->at = 0;
}

static int
put_file(struct archive *a, struct buf *b)
{
	struct stat st;

	a->phase = PHASE_FILE;
	a->fd = tree_open_file(a->tree, &st);
	if (a->fd == -1 && tree_is_unrelated(errno))
		return -1;
	a->phase = PHASE_WALK;
	if (a->fd == -1) {
		tree_leave_out(a->tree, errno);
		return 0;
	}
	set_record(a, b, &st);
	if (a->file.size <= b->cap - b->n - ROOM)
		return put_small(a, b);
	put_large(a, b);
	return 0;
}

/* ---- phases; they return -1 with errno ---- */

static void
finish(struct archive *a)
{
	struct buf note = buf_over(a->note, sizeof(a->note));

	a->phase = PHASE_DONE;
	tree_put_note(a->tree, &note);
	a->base.producer.note = buf_slice(&note);
}

static int
end_entries(struct archive *a, struct buf *b)
{
	if (a->format == ARCHIVE_TAR) {
		tar_put_end(b);
		finish(a);
		return 0;
	}
	a->phase = PHASE_TABLE;
	a->table_at = a->written + b->n;
	a->fill = 0;
	return 0;
}

static int
walk(struct archive *a, struct buf *b)
{
	switch (tree_next(a->tree)) {
	case TREE_FOLDER:
		return put_folder(a, b);
	case TREE_FILE:
		return put_file(a, b);
	case TREE_FOLDER_LINK:
		put_link(a, b);
		return 0;
	case TREE_BUSY:
		return 0;
	case TREE_END:
		return end_entries(a, b);
	case TREE_FAILED:
		break;
	}
	return -1;
}

/* The size of the table is known: reserve its memory, then start again. */
static int
end_count(struct archive *a)
{
	size_t chunks = a->chunks;

	if (!budget_take(a->budget, chunks * CHUNK))
		return -1;
	a->chunks_taken = chunks;
	a->base.producer.memory = chunks * CHUNK;
	a->chunks = 0;
	a->phase = PHASE_WALK;
	tree_rewind(a->tree);
	return 0;
}

static int
count(struct archive *a)
{
	enum tree_step next = tree_next(a->tree);
	size_t need = sizeof(struct record) + tree_name(a->tree).n;

	if (next == TREE_END)
		return end_count(a);
	if (next == TREE_FAILED)
		return -1;
	if (next != TREE_FOLDER && next != TREE_FILE)
		return 0;
	if (needs_chunk(a, tree_name(a->tree).n)) {
		a->chunks++;
		a->fill = 0;
	}
	a->fill += need;
	if (a->chunks > (size_t)ARCHIVE_TABLE_MAX / CHUNK) {
		a->base.producer.note = SLICE("(too many files for a zip)");
		errno = EFBIG;
		return -1;
	}
	return 0;
}

static int
end_bytes(struct archive *a, struct buf *b)
{
	struct zip_entry e = zip_entry(a, &a->file, tree_name(a->tree));

	if (a->format == ARCHIVE_ZIP)
		zip_put_descriptor(b, &e);
	else
		tar_put_padding(b, a->file.size);
	close_file(a);
	a->phase = PHASE_WALK;
	return add_record(a);
}

static int
put_bytes(struct archive *a, struct buf *b)
{
	uint64_t left = a->file.size - (uint64_t)a->at;
	size_t room = b->cap - b->n;
	ssize_t got;

	if (left == 0)
		return end_bytes(a, b);
	got = pread(a->fd, b->p + b->n, left < room ? (size_t)left : room,
	    a->at);
	if (got == -1)
		return -1;
	if (got == 0) {
		set_note(a, " ", "shrank");
		errno = EIO;
		return -1;
	}
	if (a->format == ARCHIVE_ZIP)
		a->file.crc = crc32_add(&a->crc, a->file.crc, b->p + b->n,
		    (size_t)got);
	b->n += (size_t)got;
	a->at += got;
	return 0;
}

/* Have the caller send the next bytes of the file.  If they are on a cold disk,
 * copy them instead, in a thread of disk.h. */
static int
put_range(struct archive *a, struct buf *b)
{
	off_t left = (off_t)a->file.size - a->at;
	off_t n = left < RANGE_BYTES ? left : RANGE_BYTES;

	if (n == 0) {
		close_file(a);
		a->written += a->file.size;
		tar_put_padding(b, a->file.size);
		a->phase = PHASE_WALK;
		return 0;
	}
	if (!tree_has_bytes(a->tree, a->fd, a->at, a->at + n - 1)) {
		a->written += (uint64_t)a->at;
		a->phase = PHASE_BYTES;
		return -1;
	}
	a->base.producer.range = (struct file_range){
		.fd = a->fd, .at = a->at, .n = n,
	};
	a->at += n;
	return 0;
}

static void
put_table(struct archive *a, struct buf *b)
{
	struct chunk *c = a->first;
	struct record r;
	struct zip_entry e;

	if (c == NULL) {
		zip_put_end(b, a->count, a->table_at,
		    a->written + b->n - a->table_at);
		finish(a);
		return;
	}
	memcpy(&r, c->bytes + a->fill, sizeof(r));
	e = zip_entry(a, &r, (struct slice){
		c->bytes + a->fill + sizeof(r), r.name_n });
	zip_put_central(b, &e);
	a->fill += sizeof(r) + r.name_n;
	if (a->fill == c->n) {
		a->first = c->next;
		a->fill = 0;
		free(c);
	}
}

static int
step(struct archive *a, struct buf *b)
{
	switch (a->phase) {
	case PHASE_COUNT:
		return count(a);
	case PHASE_WALK:
		return walk(a, b);
	case PHASE_FILE:
		return put_file(a, b);
	case PHASE_BYTES:
		return put_bytes(a, b);
	case PHASE_RANGE:
		return put_range(a, b);
	case PHASE_TABLE:
		put_table(a, b);
		return 0;
	case PHASE_DONE:
		break;
	}
	return 0;
}

/* Is there room for all that the next step may write? */
static bool
has_room(const struct archive *a, const struct buf *b)
{
	size_t room = b->cap - b->n;

	if (a->phase == PHASE_BYTES)
		return room >= ZIP_PART_MAX;
	return room >= ROOM;
}

static int
archive_allow_wait(struct deferrable *self, struct mount_set *mounts)
{
	struct archive *a = CONTAINER_OF(self, struct archive, base);

	tree_allow_wait(a->tree, a->waits ? 0 : a->mount, mounts);
	a->waits = true;
	return 0;
}

static ssize_t
archive_more(struct producer *self, char *p, size_t n)
{
	struct archive *a = CONTAINER_OF(self, struct archive, base.producer);
	struct buf b = buf_over(p, n);
	int64_t end_ns = clock_monotonic() + STEP_NS;
	int wait = EAGAIN;

	while (a->phase != PHASE_DONE && has_room(a, &b)) {
		if (step(a, &b) == -1) {
			int error = errno;

			if (error == EINPROGRESS) {
				wait = error;
				break;
			}
			if (a->base.producer.note.n == 0)
				set_note(a, ": ", strerror(error));
			errno = error;
			return -1;
		}
		if (a->base.producer.range.n > 0 ||
		    clock_monotonic() >= end_ns)
			break;
	}
	a->written += b.n;
	if (b.n == 0 && a->phase != PHASE_DONE &&
	    a->base.producer.range.n == 0) {
		errno = wait;
		return -1;
	}
	return (ssize_t)b.n;
}

static void
archive_free(struct producer *self)
{
	struct archive *a = CONTAINER_OF(self, struct archive, base.producer);

	archives_leave(a->archives, &a->client);
	close_file(a);
	free_table(a);
	tree_close(a->tree);
	free(a);
}

struct deferrable *
archive_new(const struct archive_request *q)
{
	struct tree *tree;
	struct archive *a;

	if (!archives_enter(q->archives, q->client))
		return NULL;
	tree = tree_open(&q->tree);
	if (tree == NULL)
		goto leave;
	a = malloc(sizeof(*a));
	if (a == NULL)
		goto close_tree;
	*a = (struct archive){
		.base = {
			.producer = {
				.more = archive_more, .free = archive_free,
				.is_archive = true,
			},
			.allow_wait = archive_allow_wait,
		},
		.mount = q->mount,
		.format = q->format,
		.phase = q->format == ARCHIVE_ZIP ? PHASE_COUNT : PHASE_WALK,
		.tree = tree,
		.fd = -1,
		.archives = q->archives,
		.client = *q->client,
		.budget = q->budget,
	};
	if (a->format == ARCHIVE_ZIP)
		crc32_init(&a->crc);
	return &a->base;

close_tree:
	tree_close(tree);
	errno = ENOMEM;
leave:
	archives_leave(q->archives, q->client);
	return NULL;
}
