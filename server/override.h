/* What _headers changes in the head of an answer. */
#ifndef OVERRIDE_H
#define OVERRIDE_H

#include "server/rules.h"
#include "server/worker.h"

/* Whose answer is it? */
enum override_body {
	OVERRIDE_OTHER,		/* a redirect, or the site's page for an error */
	OVERRIDE_FILE,		/* a file of the site, with 200, 206 or 304 */
	OVERRIDE_OWN,		/* a page of serve's own */
};

/*
 * Rewrite the head that starts at out->p + from, be it complete or with fields
 * still to come.  -H wins, what is added to Vary adds to ours, and Content-Type
 * is left to override_type().  Only files may be kept by browsers, and not with
 * --live; pages of our own keep their Content-Security-Policy.
 */
void override_head(const struct server *server, struct buf *out, size_t from,
    const struct rules_change *change, unsigned count,
    enum override_body body);

/* The change of a file's Content-Type, NULL if there is none or -H has it. */
const struct rules_change *override_type(const struct server *server,
    const struct rules_change *change, unsigned count);

#endif
