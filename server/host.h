/* The Host check, against DNS rebinding. */
#ifndef HOST_H
#define HOST_H

#include "server/options.h"
#include "server/slice.h"

struct host_check {
	const struct options *opt;
	char hostname[256];	/* of this machine; may be empty */
};

/* Read the name of this machine.  opt must outlive *check. */
void host_check_init(struct host_check *check, const struct options *opt);

/*
 * Is it a host that no website can point at this server?  host is that of
 * http_request; an empty one (HTTP/1.0 without Host) is accepted.
 */
bool host_is_accepted(const struct host_check *check, struct slice host);

#endif
