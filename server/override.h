/* Apply _headers to the head of a response. */
#ifndef OVERRIDE_H
#define OVERRIDE_H

#include "server/rules.h"
#include "server/worker.h"

/* The origin of the response body. */
enum override_body {
	OVERRIDE_OTHER,		/* a redirect or the site's error page */
	OVERRIDE_FILE,		/* a file of the site, with 200, 206 or 304 */
	OVERRIDE_OWN,		/* a page that serve made */
};

/*
 * Rewrite the head that starts at out->p + from, whether it is complete or
 * still gets fields.  -H has precedence, values for Vary are added to ours, and
 * override_type() handles Content-Type.  Only files may become cacheable, and
 * not with --live; serve's own pages keep their Content-Security-Policy, and
 * with --key all responses their Referrer-Policy.
 */
void override_head(const struct server *server, struct buf *out, size_t from,
    const struct rules_change *change, unsigned count,
    enum override_body body);

/* The change of a file's Content-Type; NULL without one, or if -H sets it. */
const struct rules_change *override_type(const struct server *server,
    const struct rules_change *change, unsigned count);

#endif
