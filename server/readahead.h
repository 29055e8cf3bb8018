/*
 * Have the pool of disk.h read a part of a file on a cold disk into the page
 * cache, from where sendfile(2) takes it without waiting.
 */
#ifndef READAHEAD_H
#define READAHEAD_H

#include "server/worker.h"

enum { READAHEAD_PIECE = 256 << 10 };	/* bytes that are waited for */

struct readahead;

/* Takes a reference to f, and will wake client.  NULL with ENOMEM. */
struct readahead *readahead_new(struct worker *w, struct file *f,
    struct source *client);

/* Begin with the bytes from at on: up to READAHEAD_PIECE of n. */
void readahead_begin(struct readahead *a, off_t at, off_t n);

bool readahead_is_running(const struct readahead *a);

/* The end of the bytes that readahead_begin() has asked for. */
off_t readahead_end(const struct readahead *a);

/* If a job is running, the memory is freed only when it is done. */
void readahead_free(struct readahead *a, struct worker *w);

#endif
