#include "server/siblings.h"

#include <stdlib.h>
#include <string.h>

enum {
	FOLDERS = 64,
	FILES = 4096,
	PROBES = 4,		/* places where a file may be */
	NUMBER_BITS = 29,
	NUMBER_MAX = (1 << NUMBER_BITS) - 1,
	ABSENT_ALL = (1 << (32 - NUMBER_BITS)) - 1,
	/* Some file systems have times in whole seconds. */
	SETTLED_S = 3,
};

struct folder {
	dev_t dev;
	ino_t ino;
	struct timespec changed;
	uint32_t number;	/* 0: free */
};

/* The siblings that a file lacks, in the folder with this number. */
struct sibling_record {
	uint64_t ino;
	uint32_t hash;
	unsigned folder : NUMBER_BITS, absent : 32 - NUMBER_BITS;
};

struct siblings {
	uint32_t number;	/* the last number given */
	unsigned next;		/* counts replacements, to spread them */
	struct folder folder[FOLDERS];
	struct sibling_record file[FILES];
};

struct siblings *
siblings_new(void)
{
	return calloc(1, sizeof(struct siblings));
}

void
siblings_free(struct siblings *s)
{
	free(s);
}

static bool
is_same_folder(const struct folder *f, const struct stat *st)
{
	return f->number != 0 && f->ino == st->st_ino && f->dev == st->st_dev;
}

/* No two folders may have one number: drop all records before reusing any. */
static uint32_t
new_number(struct siblings *s)
{
	if (s->number == NUMBER_MAX)
		memset(s, 0, sizeof(*s));
	return ++s->number;
}

uint32_t
siblings_folder(struct siblings *s, const struct stat *st, time_t now_s)
{
	struct folder *f = s->folder;
	struct folder *end = f + FOLDERS;

	while (f < end && !is_same_folder(f, st))
		f++;
	if (f < end && f->changed.tv_sec == st->st_ctim.tv_sec &&
	    f->changed.tv_nsec == st->st_ctim.tv_nsec)
		return f->number;
	if (st->st_ctim.tv_sec > now_s - SETTLED_S)
		return 0;
	if (f == end)
		f = &s->folder[s->next++ % FOLDERS];
	*f = (struct folder){ st->st_dev, st->st_ino, st->st_ctim,
	    new_number(s) };
	return f->number;
}

static uint32_t
hash_name(struct slice name)
{
	uint64_t h = slice_hash(SLICE_HASH, name);

	return (uint32_t)(h ^ h >> 32);
}

/* The record of this file, or NULL. */
static struct sibling_record *
find_file(struct siblings *s, ino_t file, uint32_t hash)
{
	for (uint32_t i = 0; i < PROBES; i++) {
		struct sibling_record *f = &s->file[(hash + i) % FILES];

		if (f->hash == hash && f->ino == file && f->folder != 0)
			return f;
	}
	return NULL;
}

unsigned
siblings_absent(struct siblings *s, uint32_t folder, ino_t file,
    struct slice name)
{
	const struct sibling_record *f = find_file(s, file, hash_name(name));

	return f != NULL && f->folder == folder ? f->absent : 0;
}

/* The place for a new record: a free one, or that of another file. */
static struct sibling_record *
replace_file(struct siblings *s, uint32_t hash)
{
	for (uint32_t i = 0; i < PROBES; i++) {
		struct sibling_record *f = &s->file[(hash + i) % FILES];

		if (f->folder == 0)
			return f;
	}
	return &s->file[(hash + s->next++ % PROBES) % FILES];
}

void
siblings_add(struct siblings *s, uint32_t folder, ino_t file,
    struct slice name, unsigned absent)
{
	uint32_t hash = hash_name(name);
	struct sibling_record *f = find_file(s, file, hash);

	if (f == NULL)
		f = replace_file(s, hash);
	else if (f->folder == folder)
		absent |= f->absent;
	*f = (struct sibling_record){ file, hash, folder & NUMBER_MAX,
	    absent & ABSENT_ALL };
}
