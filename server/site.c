#include "server/site.h"

#include "server/accept.h"
#include "server/authority.h"

/* The host of an http or https origin; text after the port is ignored. */
static bool
split_origin(struct slice origin, struct slice *host)
{
	size_t n = authority_scheme_length(origin);
	struct slice port;

	return n > 0 && authority_parse(
	    slice_before(slice_skip(origin, n), '/'), host, &port);
}

/* The origin of the requesting page; empty if it is not known. */
static struct slice
find_origin(const struct http_request *req)
{
	struct slice url = req->field[HTTP_REFERER], host, rest;

	if (req->field[HTTP_ORIGIN].p != NULL)
		return req->field[HTTP_ORIGIN];
	if (url.n == 0 || !split_origin(url, &host))
		return (struct slice){ 0 };
	rest = slice_skip(url, (size_t)(host.p - url.p));
	return slice_first(url, url.n - rest.n + slice_before(rest, '/').n);
}

static bool
is_let_in(const struct http_request *req, const char *const *origins, int n,
    struct slice origin)
{
	struct slice host;

	for (int i = 0; i < n; i++) {
		struct slice allowed = slice_of(origins[i]);

		if (slice_equal(allowed, SLICE("*")) ||
		    (origin.n > 0 && slice_equal(allowed, origin)))
			return true;
	}
	return req->host.n > 0 && authority_is_loopback(req->host) &&
	    split_origin(origin, &host) && authority_is_loopback(host);
}

/* Ports are not compared, because a site includes all ports. */
static bool
has_same_host(const struct http_request *req, struct slice origin)
{
	struct slice host;

	return split_origin(origin, &host) &&
	    slice_equal_nocase(host, req->host);
}

bool
site_is_page(const struct http_request *req)
{
	struct slice dest = req->field[HTTP_SEC_FETCH_DEST];

	return slice_equal(dest, SLICE("document")) ||
	    slice_equal(dest, SLICE("iframe")) ||
	    slice_equal(dest, SLICE("frame"));
}

static bool
is_navigation(const struct http_request *req)
{
	return slice_equal(req->field[HTTP_SEC_FETCH_MODE],
	    SLICE("navigate")) && site_is_page(req);
}

static bool
is_cross_site(const struct http_request *req, struct slice origin)
{
	struct slice site = req->field[HTTP_SEC_FETCH_SITE];

	if (site.p != NULL)
		return slice_equal(site, SLICE("cross-site"));
	return req->field[HTTP_ORIGIN].p != NULL &&
	    !has_same_host(req, origin);
}

enum site_access
site_check(const struct http_request *req, const char *const *origins, int n,
    struct slice *origin)
{
	bool cross_site;

	*origin = find_origin(req);
	cross_site = is_cross_site(req, *origin);
	if (n == 0 && !cross_site && origin->n == 0)
		return SITE_OWN;
	if ((cross_site || n > 0 || !has_same_host(req, *origin)) &&
	    is_let_in(req, origins, n, *origin))
		return SITE_LET_IN;
	return cross_site && !is_navigation(req) ? SITE_REFUSED : SITE_OWN;
}

bool
site_may_be_kept_out(const struct http_request *req, struct slice origin)
{
	struct slice host;

	return req->field[HTTP_SEC_FETCH_SITE].p == NULL &&
	    split_origin(origin, &host) &&
	    !slice_equal_nocase(host, req->host) &&
	    !accept_names_html(req->field[HTTP_ACCEPT]);
}
