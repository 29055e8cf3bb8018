/*
 * A producer that may meet a slow or cold disk.  It begins in the loop, like
 * any other.  Once more() would have to wait, threads of disk.h call it, and
 * the connection sleeps until a piece is ready.
 */
#ifndef DEFERRED_H
#define DEFERRED_H

#include <sys/types.h>

#include "server/body.h"
#include "server/mount.h"

struct worker;

/*
 * The work.  more() fails with EINPROGRESS where it would have to wait for a
 * disk.  After allow_wait() it may wait for this disk too, and *mounts is all
 * that it may wait for; -1 with errno.  From then on more() and free() are
 * called in other threads, never in two at a time, and more() sets no range.
 */
struct deferrable {
	struct producer producer;
	int (*allow_wait)(struct deferrable *self, struct mount_set *mounts);
};

/*
 * The producer for a response to a client of w; it owns work.  waits: start in
 * a thread of disk.h.  NULL with ENOMEM, after work was freed.
 */
struct producer *deferred_new(struct worker *w, struct deferrable *work,
    bool waits);

#endif
