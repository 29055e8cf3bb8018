/* The entries of a folder: read in bounded steps, packed, sorted. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "server/budget.h"
#include "server/options.h"
#include "server/resource.h"

enum entries_key { ENTRIES_NAME, ENTRIES_SIZE, ENTRIES_TIME };

/* Folders come first, then the key decides; equal keys: by name, ascending. */
struct entries_order {
	enum entries_key key;
	bool descending;
};

/* Bytes.  Linux allows 255, but some file systems have more (CIFS). */
enum { ENTRY_NAME_MAX = 1024 };

/* A file or a folder.  A link is listed as its target. */
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

/* The kernel's struct linux_dirent64, getdents64(2). */
struct dirent64_head {
	uint64_t ino;
	int64_t off;
	uint16_t length;
	uint8_t type;
	char name[];
};

/*
 * Do listings show an entry of this name?  Not "." and "..", hidden names and,
 * at the top of the served folder, _redirects and _headers.
 */
bool entries_show(const struct options *opt, struct slice name, bool at_top);

/* The entries of one folder in one order.  Reference-counted, in one loop. */
struct entries {
	const struct options *opt;
	struct beneath root;	/* a copy, to follow links */
	struct budget *budget;
	struct entries_order order;
	struct slice path;	/* decoded, ends in '/'; in the same block */
	int fd;
	unsigned refs;

	int state;		/* the result of entries_read() */
	int error;		/* errno, if state is -1 */
	size_t taken;		/* from the budget */
	struct run *runs;	/* the newest first */
	size_t run_count;

	/* Valid when all entries are read. */
	uint64_t folders, files;
	uint64_t pictures;	/* files that browsers show as pictures */
	uint64_t bytes;		/* of all files */
};

/*
 * Take over fd, even on failure: an open folder whose decoded URL path is path.
 * The caller gets one reference.  NULL with errno; ENOMEM also if the budget is
 * used up.
 */
struct entries *entries_new(const struct options *opt,
    const struct beneath *root, int fd, struct slice path,
    struct entries_order order, struct budget *budget);

/* Are these the entries of the folder at path in this order? */
bool entries_match(const struct entries *e, struct slice path,
    struct entries_order order);

/* Take and release a reference. */
void entries_ref(struct entries *e);
void entries_unref(struct entries *e);

/*
 * Listings of one folder that begin in the same iteration share its entries,
 * because the folder is read after all of their requests arrived.  Each loop
 * has a pointer to these entries, which is NULL at first; this function clears
 * it at the end of the iteration.
 */
void entries_forget(struct entries **shared);

/* The bytes of the budget that they take, divided by their references. */
size_t entries_memory(const struct entries *e);

/*
 * Continue reading for a millisecond, with space[0..n) as work space.  Returns
 * 1 when all is read, 0 when there is more to do, -1 with errno: EINPROGRESS if
 * it would have to wait for a disk (beneath.h).  Skips entries that are not
 * served: hidden names, links that are broken or lead out, and anything but
 * files and folders.
 */
int entries_read(struct entries *e, char *space, size_t n);

/* Iterates in order over entries that have been read. */
struct cursor {
	const struct entries *entries;
	struct run_cursor **tree;	/* a tournament between the runs */
};

/*
 * Start before the first entry of e, which must outlive the cursor.  -1 with
 * errno.  In both cases call cursor_end() later.
 */
int cursor_start(struct cursor *c, const struct entries *e);

/* Return the next entry, or NULL at the end; then advance past it. */
const struct entry *cursor_peek(const struct cursor *c);
void cursor_advance(struct cursor *c);

void cursor_end(struct cursor *c);

#endif
