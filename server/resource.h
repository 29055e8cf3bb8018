/*
 * URL path -> open file or folder, never outside the root.  A file that one
 * request opened serves all others of the same iteration of the loop, and
 * expires with it.
 */
#ifndef RESOURCE_H
#define RESOURCE_H

#include <sys/stat.h>

#include "http.h"
#include "server/accept.h"
#include "server/beneath.h"
#include "server/budget.h"
#include "server/disk.h"
#include "server/docroot.h"

enum { RESOURCE_SMALL = 32 << 10 };	/* bytes: a body up to this size is read
					   into memory */

/* An open file or folder of one loop, reference-counted. */
struct file {
	int fd;
	unsigned refs;
	dev_t mount;		/* the slow mount that has it; 0: a fast one */
	int error;		/* errno if its first bytes cannot be read */
	bool expired;		/* its iteration has ended: only references keep
				   it open */
	bool loaded;		/* resource_load() was called */
	bool was_cold;		/* a thread opened it, on a fast mount whose
				   disk was cold */
	struct stat st;
	struct slice start;	/* its first bytes: all of a small file */
	off_t warm_first, warm_last;	/* bytes that were in the page cache in
					   this iteration; last -1: not known */
	struct file *next;
};

/* The open files of one loop, by path. */
struct file_cache;

/* The cache of one loop.  NULL with errno. */
struct file_cache *resource_cache_new(const struct options *opt,
    const struct docroot *docroot);
void resource_cache_free(struct file_cache *cache);

/* errno if the folder's name did not lead to a folder that can be opened when a
 * file was last opened; else 0. */
int resource_folder_lost(const struct file_cache *cache);

enum resource_kind {
	RESOURCE_NONE,		/* status says why; not if resource_waits() */
	RESOURCE_FILE,
	RESOURCE_FOLDER,	/* a listing, or 403 */
	RESOURCE_REDIRECT,	/* to the same path with a slash */
};

/* The reason for a 404, which only the log shows. */
enum resource_reason {
	RESOURCE_ABSENT,
	RESOURCE_HIDDEN,	/* a name starts with a dot */
	RESOURCE_OUTSIDE,	/* absent, and a name that was tried is a link
				   that leads out */
	RESOURCE_ERROR,		/* error has errno */
};

enum { RESOURCE_LINES = 512 };

/*
 * The result of a lookup, also if nothing was found; cached for the iteration.
 */
struct resource {
	enum resource_kind kind;
	int status;		/* RESOURCE_NONE: 403, 404, 406, 500, 503 */
	enum resource_reason reason;
	int error;
	struct slice name;	/* last segment of the file, for its type */
	struct file *file;	/* the file to send; not referenced */
	struct file *original;	/* the uncompressed file, which decides the
				   type: file itself, or the one that file is a
				   sibling of */
	enum accept_coding coding;

	/* The header lines of the file, which answer_file.c makes once an
	 * iteration: those of a 304; those of any response; all lines of a
	 * response with the whole file, or empty.  And the media type. */
	struct slice lines_304, lines, whole;
	struct slice type;
	bool guessed;		/* type is text by the first bytes only */
	struct slice etag;	/* within lines_304; empty without one */
	int64_t modified;	/* Last-Modified, or DATE_NONE */
	char space[RESOURCE_LINES];
};

/* The form of a file that is wanted.  Results are cached for each choice. */
struct resource_choice {
	enum accept_coding codings[ACCEPT_CODINGS + 1];	/* best first */
	int count;
	bool with_snippet;	/* --live's script may be added */
	bool exact;		/* do not try path.html for path */
};

/* The file itself, not a compressed sibling. */
extern const struct resource_choice resource_identity;

/*
 * Look up path (decoded, NUL-terminated, starts with '/').  The result is valid
 * until the next resource_find() or resource_expire().
 */
struct resource *resource_find(struct file_cache *cache, struct slice path,
    const struct resource_choice *choice);

/*
 * Fill f->start by reading: all of a small file, MIME_WINDOW bytes of a larger
 * one.  A file that shrank since it was opened gets its current size.
 * Returns 0, or -1 with errno; EIO if it is truncated again and again.
 */
int resource_load(struct file_cache *cache, struct file *f);

/* Read up to n bytes from the start of an open file.  Returns how many, or -1
 * with errno. */
ssize_t resource_read(int fd, char *p, size_t n);

/* Are the bytes first..last in the page cache?  Looks only at both ends.  0, or
 * -1 with EAGAIN; with EOPNOTSUPP if the kernel cannot tell. */
int resource_probe(int fd, off_t first, off_t last);

/*
 * Are the bytes first..last of the file in the page cache, as far as looking at
 * both ends can tell, once in an iteration?  True also if there is no way to
 * know.
 */
bool resource_has_bytes(struct file_cache *cache, struct file *f,
    off_t first, off_t last);

/* Is the whole file in f->start? */
static inline bool
resource_is_whole(const struct file *f)
{
	return f->loaded && (off_t)f->start.n == f->st.st_size;
}

/* Take and release a reference, which keeps a file beyond the iteration. */
static inline void
resource_ref(struct file *f)
{
	f->refs++;
}
void resource_unref(struct file_cache *cache, struct file *f);

/* The current root, valid until the next resource_find(). */
const struct beneath *resource_beneath(const struct file_cache *cache);

/* End an iteration: close every file without a reference. */
void resource_expire(struct file_cache *cache);

/*
 * Open the folder that path is in, O_PATH, or the nearest one above it that
 * exists; *path becomes its path, which ends in '/'.  -1 with errno if path is
 * hidden (ENOENT) or on a slow disk (EINPROGRESS).
 */
int resource_open_folder(struct file_cache *cache, struct slice *path);

/* Set *path as resource_open_folder() does.  False if path is hidden, or if
 * this would wait. */
bool resource_find_folder(struct file_cache *cache, struct slice *path);

/* The served folder's status in this iteration; its times change with the names
 * in it. */
const struct stat *resource_stat_root(struct file_cache *cache);

/* The status of an entry of the served folder, without following a link.  False
 * if there is no such entry, or if this would wait for a slow disk. */
bool resource_stat_name(const struct file_cache *cache, const char *name,
    struct stat *st);

/*
 * For a listing: fill *st for the entry name of the folder open as dirfd, whose
 * decoded URL path is folder.  Links are followed as the root allows; a link to
 * another, slow disk gets the status of its target in the kernel's cache, or
 * else counts as a file.  Returns -1 with errno for a link that is broken or
 * leads out; EINPROGRESS if its target is on a cold disk, see beneath.h.
 */
int resource_stat_entry(struct beneath *root, int dirfd, struct slice folder,
    const char *name, struct stat *st);

/*
 * With a port, no function above waits for a slow disk, and few for a cold one.
 * Instead, a request is answered in rounds: resource_begin(), then the lookups
 * and all that depends on them.  If resource_waits() is true then, that answer
 * is void: resource_split() makes a part with the one lookup that would have
 * waited, resource_work() does it in another thread, resource_merge() takes the
 * part back, and the next round has its result.  Do not look up anything
 * between rounds.  Set port to NULL before it is freed: then files are closed
 * at once.
 */
void resource_set_port(struct file_cache *cache, struct disk_port *port,
    struct budget *budget);

/*
 * Begin a round.  results: the parts of this request, linked, or NULL.
 * refuses: a lookup that would wait for a slow disk is answered with 503
 * instead, and one that meets a cold disk waits here.
 */
void resource_begin(struct file_cache *cache, struct file_cache *results,
    bool refuses);

/* Is this a round that refuses to wait? */
bool resource_refuses(const struct file_cache *cache);

/* Would a lookup of this round wait?  And for which mount, if so? */
bool resource_waits(const struct file_cache *cache);
dev_t resource_awaited_mount(const struct file_cache *cache);

/* The new part, linked to the results of this round; NULL with errno. */
struct file_cache *resource_split(struct file_cache *cache);

/* Do the lookup.  Call it in a thread that may wait. */
void resource_work(struct file_cache *part);

/*
 * Has resource_work() ended early, because the path leads to one more slow
 * mount, *mount?  Then call it again, where it may wait for *mounts, which
 * includes that mount.
 */
bool resource_goes_on(struct file_cache *part, struct mount_set *mounts,
    dev_t *mount);

/* Bytes of the budget that a part and those linked to it take. */
size_t resource_memory(const struct file_cache *part);

/* Call it in the loop that split the part, after resource_work(). */
void resource_merge(struct file_cache *cache, struct file_cache *part);

/* The request has been answered: free its parts with the iteration. */
void resource_retire(struct file_cache *cache, struct file_cache *results);

/*
 * The mount on which this round has looked, if inotify may miss its changes: a
 * slow disk or an overlay; else 0.
 */
dev_t resource_unwatched_mount(const struct file_cache *cache);

/* Does the name start with a dot, so that only --hidden serves it? */
bool resource_is_hidden(const struct options *opt, struct slice name,
    bool at_top);

#endif
