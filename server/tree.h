/*
 * Walk a folder and the folders in it, one entry at a time, and return the
 * entries that listings show.  The memory used depends neither on their number
 * nor on their depth.
 */
#ifndef TREE_H
#define TREE_H

#include <limits.h>
#include <sys/stat.h>

#include "server/beneath.h"
#include "server/buf.h"
#include "server/options.h"

struct tree_request {
	const struct options *opt;
	const struct beneath *root;	/* opened again, because it may be
					   replaced */
	struct slice path;		/* of the folder, decoded: "/a/" */
	struct slice root_name;		/* path of the root: the last name in it
					   is used */
};

/* The last name in the path of the folder; "files" if that is "/". */
struct slice tree_folder_name(const struct tree_request *q);

struct tree;

/* NULL with errno. */
struct tree *tree_open(const struct tree_request *q);
void tree_close(struct tree *t);

enum tree_step {
	TREE_FOLDER,		/* comes before its entries */
	TREE_FILE,
	TREE_FOLDER_LINK,	/* a link to a folder, which is not entered */
	TREE_BUSY,		/* nothing to show yet: call again */
	TREE_END,
	TREE_FAILED,		/* errno; the rest cannot be listed.  With
				   EINPROGRESS (beneath.h) the same step can be
				   taken after tree_allow_wait() */
};

/* Take one step, which makes only a few system calls. */
enum tree_step tree_next(struct tree *t);

/*
 * From now on, steps may also wait for this mount; 0: for the mount that the
 * last step would have waited for.  Sets *mounts as beneath_allow_wait() does.
 */
void tree_allow_wait(struct tree *t, dev_t mount, struct mount_set *mounts);

/* Start again from the beginning. */
void tree_rewind(struct tree *t);

/*
 * The name of the current entry, starting with the folder's own: "a/",
 * "a/b.txt".  Valid until the next step.
 */
struct slice tree_name(const struct tree *t);

/* The status of the current entry; for a link to a folder, that of the link. */
const struct stat *tree_stat(const struct tree *t);

/*
 * Open the current file for reading.  Returns -1 with errno; ESTALE: it is no
 * longer a regular file; EINPROGRESS as for a step.  The caller owns the
 * descriptor.
 */
int tree_open_file(struct tree *t, struct stat *st);

/* Can these bytes of the file fd be read without waiting?  If not, errno is
 * EINPROGRESS. */
bool tree_has_bytes(struct tree *t, int fd, off_t first, off_t last);

/*
 * The target of the current link, NUL-terminated, if it is relative and leads
 * to something in the requested folder; else false.
 */
bool tree_read_link(struct tree *t, char target[static PATH_MAX]);

/* Has a resource run out, or would the step wait for a disk (EINPROGRESS)?
 * Then the entry is not the cause, and must not be left out. */
bool tree_is_unrelated(int error);

/* Record that the current entry was left out because of this errno. */
void tree_leave_out(struct tree *t, int error);

/*
 * Append "(2 left out: b.txt: Permission denied)", with the name of the first
 * entry; nothing if all could be read.
 */
void tree_put_note(const struct tree *t, struct buf *b);

#endif
