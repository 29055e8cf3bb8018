/*
 * A producer that may meet a slow disk.  It begins in the loop, like any other.
 * When more() would have to wait, the pool of disk.h calls it from then on, and
 * the connection sleeps until a piece is ready.
 */
#ifndef DEFERRED_H
#define DEFERRED_H

#include <sys/types.h>

#include "server/body.h"

struct worker;

/*
 * The work.  more() fails with EINPROGRESS before it would wait for a disk.
 * wait() then allows it to wait, and returns the mount, or 0 with errno.  From
 * then on more() is called in other threads (never in two at a time) and sets no
 * range, and so is free().
 */
struct deferrable {
	struct producer producer;
	dev_t (*wait)(struct deferrable *self);
};

/*
 * The producer for a response to a client of w, which owns work.  waits: start
 * in the pool.  NULL with ENOMEM, after work was freed.
 */
struct producer *deferred_new(struct worker *w, struct deferrable *work,
    bool waits);

#endif
