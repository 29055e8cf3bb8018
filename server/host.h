/* The Host check, against DNS rebinding.  Pure. */
#ifndef HOST_H
#define HOST_H

#include <stdbool.h>

#include "server/slice.h"

struct host_check {
	const char *const *allowed;	/* of --allow-host */
	int allowed_count;
	bool is_local;		/* serve listens on loopback addresses only */
	char hostname[256];	/* of this machine; may be empty */
};

/*
 * Is it a host that no website can point at this server?  host is that of
 * http_request; an empty one (HTTP/1.0 without Host) is accepted.
 */
bool host_is_accepted(const struct host_check *check, struct slice host);

#endif
