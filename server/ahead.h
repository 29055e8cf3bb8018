/*
 * Have the pool of disk.h read a part of a file on a cold disk into the page
 * cache, from where sendfile(2) takes it without waiting.
 */
#ifndef AHEAD_H
#define AHEAD_H

#include "server/worker.h"

enum { AHEAD_PIECE = 256 << 10 };	/* bytes that are waited for */

struct ahead;

/* It takes a reference of f, and wakes client.  NULL with ENOMEM. */
struct ahead *ahead_new(struct worker *w, struct file *f,
    struct source *client);

/* Begin with the bytes from at on: up to AHEAD_PIECE of n. */
void ahead_begin(struct ahead *a, off_t at, off_t n);

bool ahead_is_running(const struct ahead *a);

/* The end of the bytes that were asked for. */
off_t ahead_end(const struct ahead *a);

/* A job that runs keeps what it uses. */
void ahead_free(struct ahead *a, struct worker *w);

#endif
