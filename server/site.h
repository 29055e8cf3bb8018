/* Other websites: which of their pages may load what is served.  Pure. */
#ifndef SITE_H
#define SITE_H

#include "http.h"

enum site_access {
	SITE_OWN,		/* no page of another site is known to ask */
	SITE_LET_IN,		/* one that may load what it likes */
	SITE_REFUSED,		/* 403 */
};

/*
 * Who asks?  origins[0..n) are those that --cors lets in, "*" for all; where
 * the request names a loopback host, all loopback origins are let in too.
 *
 * Browsers tell a cross-site request by Sec-Fetch-Site (Fetch Metadata), but
 * only to localhost and over TLS; elsewhere an Origin of another host tells it.
 * Navigations are never refused: whoever follows a link sees the page itself.
 * *origin becomes the origin of the page, from Origin or else from Referer;
 * empty if it is not known.
 */
enum site_access site_check(const struct http_request *req,
    const char *const *origins, int n, struct slice *origin);

/*
 * Is the page of this origin, which was not refused, of another host, so that
 * Cross-Origin-Resource-Policy decides in the browser?  False for navigations
 * and where Sec-Fetch-Site has decided already.
 */
bool site_may_be_kept_out(const struct http_request *req,
    struct slice origin);

#endif
