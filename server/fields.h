/* The header lines that every answer has, made ready at start, and -H. */
#ifndef FIELDS_H
#define FIELDS_H

#include "server/turn.h"

/* Fields of our own that -H may replace: bits of server->replaced. */
enum fields_own {
	FIELDS_ACCEPT_RANGES = 1 << 0,
	FIELDS_CACHE_CONTROL = 1 << 1,
	FIELDS_CSP = 1 << 2,
	FIELDS_DATE = 1 << 3,
	FIELDS_ETAG = 1 << 4,
	FIELDS_LAST_MODIFIED = 1 << 5,
	FIELDS_NOSNIFF = 1 << 6,
	FIELDS_VARY = 1 << 7,
};

/* Does the user give this field, so that we do not? */
static inline bool
fields_replaced(const struct server *server, enum fields_own own)
{
	return (server->replaced & own) != 0;
}

/*
 * Fill server's ready-made lines from its options.  The memory, all of it at
 * server->every.p, is never given back.  0, or -1 with ENOMEM.
 */
int fields_prepare(struct server *server);

#endif
