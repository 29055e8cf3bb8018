/*
 * A loop's connections to applications: asked for when a request needs one
 * (connector.h), handed from one exchange to the next, and kept for a short
 * time in between.
 */
#ifndef LINK_H
#define LINK_H

#include "server/source.h"

struct links;

struct link {
	struct source source;
	struct links *links;
	struct link *next;	/* among the idle */
	struct link_user *user;	/* NULL: idle */
	unsigned app;
	int fd;
	bool was_used;		/* by an earlier exchange: it may be closing */
	/* What epoll said last, edge-triggered: who sees EAGAIN, or a short
	 * read, clears it. */
	bool readable, writable;
	bool at_end;		/* an end or error follows the last bytes */
	int64_t idle_ns;	/* since */
};

/* Who has a connection, or waits for one. */
struct link_user {
	struct link_user *next;	/* of those that wait for the same application */
	struct link *link;	/* NULL: waits, or has none any more */
	unsigned app;
	bool is_waiting;
	bool may_reuse;		/* one that was used before will do */

	/* Its link came, or became readable or writable.  link is NULL: there
	 * will be none, for this error (errno). */
	void (*ready)(struct link_user *user, int error);
};

/*
 * connector_fd is the loop's socket to the process that connects; loop_count
 * loops share what one application may have.  NULL with errno.
 */
struct links *links_new(struct worker *w, int connector_fd, int loop_count);
void links_free(struct links *links);

/*
 * Find a connection to user->app: an idle one, else a new one.  ready() is
 * called now or later.
 */
void link_find(struct links *links, struct link_user *user);

/* Give up: wait no more, and close the link if there is one. */
void link_leave(struct links *links, struct link_user *user);

/*
 * Its exchange is complete, and no byte came behind it: the next user gets it,
 * or it stays idle for a few seconds.
 */
void link_release(struct link_user *user, int64_t now_ns);

/*
 * An application that serves one connection at a time waits on one that we keep
 * idle, and leaves unread what came on another.  Close the idle ones, and keep
 * none from now on.
 */
void links_keep_none(struct links *links, unsigned app);

/* Close the idle ones whose time is up.  True while there are others. */
bool links_expire(struct links *links, int64_t now_ns);

#endif
