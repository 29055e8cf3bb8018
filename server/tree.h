/*
 * All that listings show of a folder and of the folders in it, one entry at a
 * time.  The memory used depends neither on how many there are nor on how deep
 * they lie.
 */
#ifndef TREE_H
#define TREE_H

#include <sys/stat.h>

#include "server/beneath.h"
#include "server/buf.h"
#include "server/options.h"

struct tree_request {
	const struct options *opt;
	const struct beneath *root;	/* opened anew: both may be replaced */
	struct slice path;		/* of the folder, decoded: "/a/" */
	struct slice root_name;		/* its path, for its last name */
};

/* What the folder is called. */
struct slice tree_folder_name(const struct tree_request *q);

struct tree;

/* NULL with errno. */
struct tree *tree_open(const struct tree_request *q);
void tree_close(struct tree *t);

enum tree_step {
	TREE_FOLDER,		/* comes before what is in it */
	TREE_FILE,
	TREE_FOLDER_LINK,	/* a link to a folder: it is not entered */
	TREE_BUSY,		/* nothing to show yet: call again */
	TREE_END,
	TREE_FAILED,		/* errno; the rest cannot be told */
};

/* One step, which makes a few system calls at most. */
enum tree_step tree_next(struct tree *t);

/* Begin again, for another round. */
void tree_rewind(struct tree *t);

/*
 * The name of the current entry, from the folder's own on: "a/", "a/b.txt".
 * Good until the next step.
 */
struct slice tree_name(const struct tree *t);

/*
 * What the current folder is; of a link to a folder, what the link itself is.
 */
const struct stat *tree_stat(const struct tree *t);

/*
 * Open the current file for reading.  -1 with errno; ESTALE: it is no regular
 * file any more.  The descriptor is the caller's.
 */
int tree_open_file(struct tree *t, struct stat *st);

/*
 * The target of the current link, NUL-terminated, if it is relative and names
 * something in the folder that was asked for; else false.
 */
bool tree_read_link(struct tree *t, char target[static 4096]);

/* The current entry has been left out, for this errno. */
void tree_leave_out(struct tree *t, int error);

/*
 * "(2 left out: b.txt: Permission denied)", with the first of them; nothing if
 * all could be read.
 */
void tree_put_note(const struct tree *t, struct buf *b);

#endif
