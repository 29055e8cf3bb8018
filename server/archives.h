/* Limits the archives under way, in all loops together. */
#ifndef ARCHIVES_H
#define ARCHIVES_H

#include <stdatomic.h>

#include "server/client_limit.h"

enum {
	ARCHIVES_MAX = 8,		/* under way at a time */
	ARCHIVES_PER_CLIENT = 2,	/* of these, for one client */
};

struct archives {
	atomic_int count;
	struct client_limit *clients;	/* for ARCHIVES_PER_CLIENT */
};

/* Reserve a slot for an archive of this client.  False with EBUSY. */
bool archives_enter(struct archives *all, const struct address *client);

/* Release it. */
void archives_leave(struct archives *all, const struct address *client);

#endif
