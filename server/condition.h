/* Conditional requests, RFC 9110 section 13.  Pure. */
#ifndef CONDITION_H
#define CONDITION_H

#include "http.h"

/* The validators of a representation, section 8.8. */
struct validators {
	struct slice etag;	/* with its quotes; empty: no ETag */
	int64_t modified;	/* seconds since 1970, or DATE_NONE */
};

/*
 * Evaluate the preconditions in the order of section 13.2.2, for a
 * representation that exists.  Returns 0 to go on, 304 or 412.  Field lines of
 * the same name must have been joined in *req.  now: seconds since 1970, for
 * dates with two-digit years.
 */
int condition_check(const struct http_request *req, const struct validators *v,
    int64_t now);

/*
 * Does If-Range allow the use of Range (section 13.1.5)?  True without
 * If-Range.  now also decides whether Last-Modified is a strong validator
 * (section 8.8.2.2).
 */
bool condition_allows_range(const struct http_request *req,
    const struct validators *v, int64_t now);

#endif
