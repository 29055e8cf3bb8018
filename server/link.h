/*
 * A loop's connections to applications.  A connection is requested from the
 * connector process (connector.h) when an exchange needs it, is passed on to
 * later exchanges, and is kept for a short time between them.
 */
#ifndef LINK_H
#define LINK_H

#include "server/source.h"

struct links;

struct link {
	struct source source;
	struct links *links;
	struct link *next;	/* in the idle list */
	struct link_user *user;	/* NULL: idle */
	unsigned app;
	int fd;
	bool was_used;		/* by an earlier exchange: it may be closing */
	/* The last events of epoll, edge-triggered: clear them after EAGAIN or
	 * a short read. */
	bool readable, writable;
	bool at_end;		/* a FIN or an error follows the last bytes */
	bool is_urgent;		/* TCP's urgent data came: a short read may end
				   before it, and splice(2) never passes it */
	int64_t idle_ns;	/* when it became idle */
};

/* An exchange that has a connection, or waits for one. */
struct link_user {
	struct link_user *next;	/* in the application's queue */
	struct link *link;	/* NULL: waiting, or no longer connected */
	unsigned app;
	bool is_waiting;
	bool may_reuse;		/* it may get a connection that was used */

	/* link is new, or it became readable or writable.  If link is NULL,
	 * connecting has failed with error, an errno. */
	void (*ready)(struct link_user *user, int error);
};

/*
 * connector_fd is the loop's socket to the connector process; loop_count loops
 * share the connections that one application may have.  NULL with errno.
 * links_free() closes the idle connections, and expects no users.
 */
struct links *links_new(struct worker *w, int connector_fd, int loop_count);
void links_free(struct links *links);

/*
 * Find a connection to user->app.  An idle connection is in user->link at once.
 * For a new one ready() is called later; if it fails at once, before this
 * returns.
 */
void link_find(struct links *links, struct link_user *user);

/* Stop waiting, and close the link if there is one. */
void link_leave(struct links *links, struct link_user *user);

/*
 * The exchange is complete, and no byte followed it: pass the connection to the
 * next user, or keep it idle for a few seconds.
 */
void link_release(struct link_user *user, int64_t now_ns);

/*
 * Call it when the application does not read from a new connection.  It may
 * serve one connection at a time, and wait for further requests on one that is
 * idle here: so close the idle connections, and reuse none for a minute.  Does
 * nothing if the application has not replied on any open connection.
 */
void links_disable_reuse(struct links *links, unsigned app);

/*
 * Close connections that were idle for too long, and try again for users that
 * wait at the limit.  True while idle connections remain.
 */
bool links_expire(struct links *links, int64_t now_ns);

#endif
