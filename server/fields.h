/* The header lines of every response, prepared at start, and those of -H. */
#ifndef FIELDS_H
#define FIELDS_H

#include "server/server.h"

/* The methods that files are served for. */
#define FIELDS_METHODS "GET, HEAD, OPTIONS"

/* Our own fields that -H may override: bit numbers of server->overridden. */
enum fields_own {
	FIELDS_ACCEPT_RANGES,
	FIELDS_ALLOW,
	FIELDS_CACHE_CONTROL,
	FIELDS_CONTENT_DISPOSITION,
	FIELDS_CONTENT_ENCODING,
	FIELDS_CORS_EXPOSED,
	FIELDS_CORS_HEADERS,
	FIELDS_CORS_MAX_AGE,
	FIELDS_CORS_METHODS,
	FIELDS_CORS_ORIGIN,
	FIELDS_CORS_PRIVATE_NETWORK,
	FIELDS_CSP,
	FIELDS_DATE,
	FIELDS_EMBEDDER_POLICY,
	FIELDS_ETAG,
	FIELDS_LAST_MODIFIED,
	FIELDS_LOCATION,
	FIELDS_NOSNIFF,
	FIELDS_OPENER_POLICY,
	FIELDS_REFERRER_POLICY,
	FIELDS_RESOURCE_POLICY,
	FIELDS_RETRY_AFTER,
	FIELDS_VARY,
	FIELDS_WWW_AUTHENTICATE,
};

/* Does -H replace this field?  Then do not send ours. */
static inline bool
fields_overridden(const struct server *server, enum fields_own own)
{
	return (server->overridden >> own & 1) != 0;
}

/* Append a line with this value, unless the user gives that field. */
void fields_put(const struct server *server, struct buf *b,
    enum fields_own own, struct slice value);

/*
 * Fill server's ready-made lines from its options.  The memory is the caller's
 * to free, all of it at server->common_headers.p.  0, or -1 with ENOMEM.
 */
int fields_prepare(struct server *server);

#endif
