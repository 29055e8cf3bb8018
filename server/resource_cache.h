/*
 * The open files of a loop and the results of its lookups.  Only the files that
 * implement resource.h include this.
 */
#ifndef RESOURCE_CACHE_H
#define RESOURCE_CACHE_H

#include "server/resource.h"
#include "server/siblings.h"

enum {
	ENTRIES = 256,		/* paths cached per iteration */
	SLOTS = 512,		/* of the hash table over them */
	SPACE = 1 << 20,	/* bytes of their names and small bodies */
	LEVELS = 64,		/* missing folders that are looked up */
	NO_NOWAIT_MAX = 8,
	MISSES_MAX = 4,
	NAME_EXTRA = 16,	/* "index.html", ".html", ".zst" */
	/* For the only lookup of a part, see resource.h, without its path. */
	PART_SPACE = 2 * RESOURCE_SMALL + 2 * NAME_EXTRA,
};

/* The goal of a lookup. */
enum need_kind {
	NEED_STATUS,		/* only of the served folder */
	NEED_PATH,
	NEED_FOLDER,		/* the nearest one, above the path */
	NEED_BYTES,		/* in the page cache, of a file on a fast
				   mount */
};

struct need {
	enum need_kind kind;
	struct slice path;
	struct resource_choice choice;	/* NEED_PATH */
	struct mount mount;	/* the one that the lookup waits for */
	enum mount_class class;	/* its class, as far as it is known */
	bool is_cold;		/* a fast mount; the page cache lacks data */
	struct file *file;	/* NEED_BYTES: a reference, or NULL */
	ino_t ino;		/* NEED_BYTES: of that file */
	size_t bytes;		/* NEED_BYTES: how many, up to RESOURCE_SMALL */
};

struct cached {
	uint32_t hash;
	uint32_t key;		/* of the choice: choice_key() */
	struct slice path;
	struct resource r;
};

struct file_cache {
	const struct options *opt;
	const struct docroot *docroot;
	struct beneath folder;
	char *path;		/* real path of a folder that was opened again,
				   allocated; else NULL */
	struct stat st;		/* of the folder, when it was last checked */
	bool checked;		/* its name was looked up in this iteration */
	int lost;		/* errno if the name led to no folder then */
	struct file *files;	/* opened in this iteration */
	struct file *spare;	/* free structs */
	uint16_t slot[SLOTS];	/* index of the entry, + 1; 0: free */
	unsigned entries, entries_max;
	struct cached *entry;
	char *space;
	size_t space_n, space_max;

	/* Of a loop: */
	struct disk_port *port;	/* NULL: lookups may wait */
	struct budget *budget;	/* also of a part: that of its space */
	unsigned misses;	/* cold lookups in a row that the kernel did not
				   cache */
	unsigned no_nowait_n;	/* devices that refuse RWF_NOWAIT; the oldest
				   are replaced */
	dev_t no_nowait[NO_NOWAIT_MAX];
	struct file_cache *results;	/* the parts of this request */
	struct file_cache *retired;	/* parts of answered requests */
	bool layered;		/* the folder is on an overlay */
	bool refuses;		/* answer 503 rather than wait */
	bool waits;		/* for need: the lookups of this round are
				   void */
	struct resource pending;	/* the result of void lookups */
	struct siblings *siblings;	/* NULL: not in use yet */
	bool no_siblings;	/* they cannot be used */
	struct slice parent;	/* the folder numbered last in this iteration;
				   p is NULL: none */
	uint32_t parent_number;	/* its number (siblings.h) */
	struct need need;	/* also of a part */

	/* Of a part: */
	bool is_part;
	bool reopened;		/* folder is another one than before */
	bool missed;		/* the kernel does not cache this lookup */
	struct file_cache *older;	/* part of the same request */
	size_t folder_n;	/* NEED_FOLDER: bytes of the folder's path; 0:
				   it is hidden */
};

/* A cache without a folder and without space.  NULL with ENOMEM. */
struct file_cache *resource_cache_alloc(const struct options *opt,
    const struct docroot *docroot, unsigned entries);

/* n bytes of the iteration's space, or NULL. */
static inline char *
resource_take_space(struct file_cache *cache, size_t n)
{
	char *p = cache->space + cache->space_n;

	if (n > cache->space_max - cache->space_n)
		return NULL;
	cache->space_n += n;
	return p;
}

/*
 * A folder that was removed and created again has the same name but another
 * inode.  Compare them once in each iteration that opens a file.
 */
void resource_check_folder(struct file_cache *cache);

/* The lookup would have to wait for this mount.  Sets errno to EINPROGRESS, or
 * to EAGAIN if the round refuses to wait. */
void resource_wait_for(struct file_cache *cache, struct mount m);

/* beneath_open() in the root has failed: call resource_wait_for() if it would
 * wait. */
void resource_stopped(struct file_cache *cache);

/* Does the cache belong to a loop, which must not wait? */
bool resource_must_not_wait(const struct file_cache *cache);

/* beneath_open() in the root; calls resource_wait_for() if it would wait.  -1
 * with errno. */
int resource_open_beneath(struct file_cache *cache, const char *rel, int flags);

/* Open and stat rel beneath the root, with more flags for open(2).  NULL with
 * errno. */
struct file *resource_open_file(struct file_cache *cache, const char *rel,
    int flags);

/* Forget all siblings, because the folder is another one. */
void resource_forget_siblings(struct file_cache *cache);

#endif
