/* The entries of a folder: read in bounded steps, packed, handed out sorted. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include <stdatomic.h>

#include "server/options.h"
#include "server/resource.h"

enum entries_key { ENTRIES_NAME, ENTRIES_SIZE, ENTRIES_TIME };

/* Folders come first, then the key counts; alike: by name, ascending. */
struct entries_order {
	enum entries_key key;
	bool descending;
};

/* Bytes: Linux allows 255, but more on some file systems (CIFS). */
enum { ENTRY_NAME_MAX = 1024 };

/* A file or a folder; a link counts as its target. */
struct entry {
	int64_t size;		/* bytes; -1 for a folder */
	int64_t mtime;		/* seconds since 1970, years 1 to 9999 */
	uint16_t length;	/* of the name, at most ENTRY_NAME_MAX */
	char name[];
};

static inline bool
entry_is_folder(const struct entry *e)
{
	return e->size == -1;
}

static inline struct slice
entry_name(const struct entry *e)
{
	return (struct slice){ e->name, e->length };
}

/* A shared memory budget: used counts the bytes, up to limit. */
struct budget {
	atomic_size_t *used;
	size_t limit;
};

/* False with ENOMEM where too much is in use. */
bool budget_take(struct budget budget, size_t n);
void budget_return(struct budget budget, size_t n);

/* The entries of one folder in one order, counted: one loop's. */
struct entries {
	const struct options *opt;
	struct file_cache *root;
	struct budget budget;
	struct entries_order order;
	struct slice path;	/* decoded, ends in '/'; in the same block */
	int fd;
	unsigned refs;

	int state;		/* as entries_read() tells it */
	int error;		/* errno, where that is -1 */
	size_t taken;		/* of the budget */
	struct run *runs;	/* the newest first */
	size_t run_count;

	/* When all is read. */
	uint64_t folders, files;
	uint64_t pictures;	/* of the files, those that browsers show */
	uint64_t bytes;		/* of all files */
};

/*
 * Open the folder fd, whose decoded URL path is path, anew.  Held once.  NULL
 * with errno; ENOMEM also where the budget is used up.
 */
struct entries *entries_open(const struct options *opt, struct file_cache *root,
    int fd, struct slice path, struct entries_order order,
    struct budget budget);

/* Are these the entries of the folder at path in this order? */
bool entries_match(const struct entries *e, struct slice path,
    struct entries_order order);

void entries_ref(struct entries *e);
void entries_unref(struct entries *e);

/*
 * Read on for some milliseconds, space[0..n) serving as room to work in.
 * Returns 1 when all is read, 0 when there is more to do, -1 with errno.  What
 * is not served is left out: hidden names, links that are broken or lead out,
 * what is neither file nor folder.
 */
int entries_read(struct entries *e, char *space, size_t n);

/* One way through entries that have been read, in their order. */
struct cursor {
	const struct entries *entries;
	struct run_cursor **tree;	/* a tournament between the runs */
	size_t taken;
};

/* -1 with errno. */
int cursor_start(struct cursor *c, const struct entries *e);

/* The next entry, NULL at the end; and move past it. */
const struct entry *cursor_peek(const struct cursor *c);
void cursor_advance(struct cursor *c);

void cursor_end(struct cursor *c);

#endif
