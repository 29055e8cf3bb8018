#include "server/archives.h"

#include <errno.h>

bool
archives_enter(struct archives *all, const struct address *client)
{
	if (atomic_fetch_add(&all->count, 1) < ARCHIVES_MAX &&
	    client_limit_enter(all->clients, client))
		return true;
	atomic_fetch_sub(&all->count, 1);
	errno = EBUSY;
	return false;
}

void
archives_leave(struct archives *all, const struct address *client)
{
	client_limit_leave(all->clients, client);
	atomic_fetch_sub(&all->count, 1);
}
