/*
 * Files without compressed siblings.  Browsers accept three codings with each
 * request; most files exist only as they are.  What a lookup has found absent
 * stays absent until a name in the folder changes, which its ctime shows.
 */
#ifndef SIBLINGS_H
#define SIBLINGS_H

#include <stdint.h>
#include <sys/stat.h>

#include "server/slice.h"

/* The memory of one loop, at most 70 KiB. */
struct siblings;

/* Returns an empty memory, or NULL with ENOMEM. */
struct siblings *siblings_new(void);
void siblings_free(struct siblings *s);

/*
 * Number a folder whose status is *st; now_s is the time.  After each change of
 * a name in it, it gets another number.  0: it changed a moment ago, and a
 * further change might leave its ctime as it is.
 */
uint32_t siblings_folder(struct siblings *s, const struct stat *st,
    time_t now_s);

/*
 * Which siblings of a file are known to be absent, as bits 1 << enum
 * accept_coding.  name is its last segment.  The inode number tells files apart
 * whose names have the same hash.
 */
unsigned siblings_absent(struct siblings *s, uint32_t folder, ino_t file,
    struct slice name);

/* Add to them.  The folder had this number before the lookup and after it. */
void siblings_add(struct siblings *s, uint32_t folder, ino_t file,
    struct slice name, unsigned absent);

#endif
