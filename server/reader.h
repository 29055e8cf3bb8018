/*
 * A file on a slow disk, read in pieces by the pool of disk.h while its
 * connection sleeps.
 */
#ifndef READER_H
#define READER_H

#include "server/worker.h"

struct reader;

/* Takes a reference to f, and will wake client.  NULL with ENOMEM. */
struct reader *reader_new(struct worker *w, struct file *f,
    struct source *client);

/*
 * Some bytes of the file from at on, at most n: returns how many and sets *p,
 * which is valid until the next call; 0 at the end of the file; -1 with errno.
 * After EINPROGRESS, call it again when the client is woken.
 */
ssize_t reader_read(struct reader *r, off_t at, off_t n, const char **p);

/* The bytes of the budget that r takes.  r may be NULL here and below. */
size_t reader_memory(const struct reader *r);

/* If a job is running, the memory is freed only when it is done. */
void reader_free(struct reader *r, struct worker *w);

#endif
