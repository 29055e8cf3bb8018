/* Decide whether pages of other websites may load our files.  Pure. */
#ifndef SITE_H
#define SITE_H

#include "http.h"

enum site_access {
	SITE_OWN,		/* not known to be from another site */
	SITE_LET_IN,		/* from another site that may load everything */
	SITE_REFUSED,		/* 403 */
};

/*
 * Which site sent the request?  origins[0..n) are those that --cors lets in,
 * "*" for all.  If the request names a loopback host, all loopback origins are
 * let in too.
 *
 * Browsers mark a cross-site request with Sec-Fetch-Site (Fetch Metadata), but
 * only to localhost and over TLS.  Otherwise an Origin with another host marks
 * it.  Navigations are never refused, because they show our page to the user,
 * not to the other site.  *origin becomes the origin of the page, from Origin
 * or else from Referer; empty if it is not known.
 */
enum site_access site_check(const struct http_request *req,
    const char *const *origins, int n, struct slice *origin);

/*
 * Does Sec-Fetch-Dest say that the response becomes a page, in a tab or a
 * frame?  <object> and <embed> navigate too, but the page that contains them
 * can tell whether the file exists.
 */
bool site_is_page(const struct http_request *req);

/*
 * Is this origin, which was not refused, on another host, so that the browser
 * applies Cross-Origin-Resource-Policy?  False for navigations, and if
 * Sec-Fetch-Site has decided already.
 */
bool site_may_be_kept_out(const struct http_request *req,
    struct slice origin);

#endif
