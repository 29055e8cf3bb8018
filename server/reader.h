/*
 * Have the pool of disk.h read a file while its connection sleeps: from a slow
 * disk in pieces, from a cold one into the page cache, from where sendfile(2)
 * takes it without waiting.
 */
#ifndef READER_H
#define READER_H

#include "server/worker.h"

struct reader;

/* Takes a reference to f, and will wake client.  NULL with ENOMEM. */
struct reader *reader_new(struct worker *w, struct file *f,
    struct source *client);

/*
 * For a slow disk: some bytes of the file from at on, at most n: returns how
 * many and sets *p, which is valid until the next call; 0 at the end of the
 * file; -1 with errno.  After EINPROGRESS, call it again when the client is
 * woken.
 */
ssize_t reader_read(struct reader *r, off_t at, off_t n, const char **p);

/*
 * For a cold disk: begin to read the n bytes from at on ahead, or the first of
 * them.  How many bytes from at on were read so: 0 if none were, -1 while the
 * reading is under way.
 */
void reader_begin_ahead(struct reader *r, off_t at, off_t n);
off_t reader_ahead(const struct reader *r, off_t at);

/* The bytes of the budget that r takes. */
size_t reader_memory(const struct reader *r);

/* If a job is running, the memory is freed only when it is done. */
void reader_free(struct reader *r, struct worker *w);

#endif
