/* The authority of a URI: host and port, RFC 3986 section 3.2.  Pure. */
#ifndef AUTHORITY_H
#define AUTHORITY_H

#include "server/slice.h"

/* The length of "http://" or "https://" at the start of url; 0 without it. */
static inline size_t
authority_scheme_length(struct slice url)
{
	return slice_starts_nocase(url, SLICE("http://")) ? 7 :
	    slice_starts_nocase(url, SLICE("https://")) ? 8 : 0;
}

/*
 * Split host[:port], as in Host and in http URIs.  *host keeps the brackets of
 * an IPv6 address and loses one trailing dot; *port is empty or starts with its
 * colon.  False if it is malformed, has user information (an error by RFC 9110
 * section 4.2.4) or no host (4.2.1).
 */
bool authority_parse(struct slice s, struct slice *host, struct slice *port);

/*
 * Is a host that authority_parse() found an IP address, in any form that
 * browsers read?  No website can own such a host: the DNS does not resolve
 * addresses, and no top-level domain is a number.
 */
bool authority_is_address(struct slice host);

/* Do two authorities of http URIs name the same server?  Port 80 may be left
 * out: RFC 9110 section 4.2.3. */
bool authority_is_same(struct slice a, struct slice b);

/* Is it localhost, a name under it, 127.0.0.0/8 or [::1]? */
bool authority_is_loopback(struct slice host);

#endif
