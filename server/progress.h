/*
 * The last line of a terminal: the transfers that have been running for more
 * than a second.  All loops report to it; supervisor.c draws it.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "server/log.h"
#include "server/sink.h"

enum { PROGRESS_EVERY_MS = 500 };

struct progress;
struct progress_entry;

/*
 * terminal takes the log and all messages.  key: masked in the paths shown;
 * NULL without --key.  NULL with errno.
 */
struct progress *progress_new(struct sink *terminal, bool show_client,
    const struct key *key);
void progress_free(struct progress *p);

/*
 * A transfer has begun: total is the size of its body in bytes, or -1.  Copies
 * the client and the path of entry.  NULL with ENOMEM: the transfer is not
 * shown.
 */
struct progress_entry *progress_begin(struct progress *p,
    struct budget *budget, const struct log_entry *entry, off_t total);

/* Set how many bytes of its body the kernel has taken so far. */
void progress_set(struct progress_entry *e, uint64_t bytes);

/* The transfer has ended. */
void progress_end(struct progress *p, struct budget *budget,
    struct progress_entry *e);

/* Readable when the first transfer has begun; progress_draw() reads it. */
int progress_fd(const struct progress *p);

/*
 * Draw or remove the line.  Returns the milliseconds until the next call is
 * due, or -1: not before progress_fd() is readable.
 */
int progress_draw(struct progress *p, int64_t now_ns);

#endif
