/*
 * Files without compressed siblings.  Browsers accept three codings with each
 * request, but most files have no sibling.  One that a lookup has found absent
 * stays absent until a name in the folder changes, which its ctime shows.
 */
#ifndef SIBLINGS_H
#define SIBLINGS_H

#include <stdint.h>
#include <sys/stat.h>

#include "server/slice.h"

/* The records of one loop: 70 KiB at most. */
struct siblings;

/* NULL with ENOMEM. */
struct siblings *siblings_new(void);
void siblings_free(struct siblings *s);

/*
 * The number of the folder whose status is *st: another one after each change
 * of a name in it.  now_s is the time.  0 if the folder has just changed: a
 * further change might not change its ctime.
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

/* Record absent siblings.  folder: its number before and after the lookup. */
void siblings_add(struct siblings *s, uint32_t folder, ino_t file,
    struct slice name, unsigned absent);

#endif
