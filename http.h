/*
 * The heads of HTTP/1.1.  Pure, which means in all modules: no descriptor, no
 * clock, no errno, no heap; all input of a function comes in its arguments.
 */
#ifndef HTTP_H
#define HTTP_H

#include <sys/types.h>

#include "server/slice.h"

enum {
	HTTP_LINE_MAX = 8 << 10,	/* request line, bytes: else 414 */
	HTTP_HEAD_MAX = 32 << 10,	/* whole head, bytes: else 431 */
};

enum http_method {
	HTTP_UNKNOWN,	/* not registered: 501 */
	HTTP_NOT_ALLOWED,	/* registered, not served: 405 */
	HTTP_GET,
	HTTP_HEAD,
	HTTP_OPTIONS,
};

/* The fields that serve reads, sorted by length for the lookup. */
enum http_field {
	HTTP_VIA,
	HTTP_HOST,
	HTTP_RANGE,
	HTTP_ACCEPT,
	HTTP_COOKIE,
	HTTP_EXPECT,
	HTTP_ORIGIN,
	HTTP_REFERER,
	HTTP_IF_MATCH,
	HTTP_IF_RANGE,
	HTTP_CONNECTION,
	HTTP_USER_AGENT,
	HTTP_CONTENT_TYPE,
	HTTP_MAX_FORWARDS,
	HTTP_AUTHORIZATION,
	HTTP_IF_NONE_MATCH,
	HTTP_CONTENT_LENGTH,
	HTTP_SEC_FETCH_DEST,
	HTTP_SEC_FETCH_MODE,
	HTTP_SEC_FETCH_SITE,
	HTTP_ACCEPT_ENCODING,
	HTTP_X_FORWARDED_FOR,
	HTTP_IF_MODIFIED_SINCE,
	HTTP_TRANSFER_ENCODING,
	HTTP_IF_UNMODIFIED_SINCE,
	HTTP_UPGRADE_INSECURE,		/* Upgrade-Insecure-Requests */
	HTTP_CORS_METHOD,		/* Access-Control-Request-Method */
	HTTP_CORS_HEADERS,		/* Access-Control-Request-Headers */
	HTTP_CORS_PRIVATE_NETWORK,	/* ...-Request-Private-Network */
	HTTP_FIELD_COUNT
};

enum http_expect {
	HTTP_EXPECT_NOTHING,
	HTTP_EXPECT_CONTINUE,	/* 100-continue, from a 1.1 client with a
				   body */
	HTTP_EXPECT_OTHER,	/* 417 */
};

struct http_request {
	/* As sent; empty if the request line was malformed. */
	struct slice method_name;
	struct slice target;
	struct slice version;

	/* Parts of the target, undecoded: RFC 9112 section 3.2. */
	struct slice path;	/* starts with '/', or is "*" for OPTIONS */
	struct slice query;	/* with its '?', or empty */
	struct slice host;	/* host without port, brackets kept; one
				   trailing dot dropped; from a target in
				   absolute form, else from Host.  Empty if Host
				   is, and in 1.0 without Host */

	enum http_method method;
	enum http_expect expect;
	int minor;		/* 0 or 1: HTTP/1.2 is served as 1.1 */
	bool keep_alive;	/* RFC 9112 section 9.3 */
	bool upgrade;		/* Connection lists "upgrade" */
	bool names_fields;	/* Connection names fields, which end here (RFC
				   9110 section 7.6.1) */
	bool chunked;		/* else content_length counts */
	uint64_t content_length;	/* bytes of the body; 0 without one */

	/*
	 * Values, trimmed; .p is NULL only for an absent field, not for an
	 * empty one.  Of a field with several lines this is the first, and its
	 * bit in repeated is set: http_join_fields() joins them.
	 */
	struct slice field[HTTP_FIELD_COUNT];
	uint32_t repeated;
	struct slice head;	/* from the request line to the empty line at
				   its end, both included */
};

/* Does a body follow the head? */
static inline bool
http_has_body(const struct http_request *req)
{
	return req->chunked || req->content_length > 0;
}

/*
 * Parse one request head at the start of p[0..n).  RFC 9112 sections 2 to 7.
 * Returns its length in bytes, 0 while it is incomplete, or minus the status to
 * refuse it with (-400, -414, -431, -501, -505).  After a refusal the
 * connection must be closed, because the start of the next request is unknown.
 * The slices in *req point into p.  For an incomplete or refused head, *req
 * holds only the well-formed part of the request line; the version is set only
 * if the whole line was well formed.  Up to eight empty lines before the
 * request line are skipped and included in the length.
 */
ssize_t http_parse_request(const char *p, size_t n, struct http_request *req);

/*
 * Replace each repeated field by its lines joined with ", ", as RFC 9110
 * section 5.3 allows, built in space, which must hold req->head.n bytes and
 * must live as long as *req is used.
 */
void http_join_fields(struct http_request *req, char *space);

/* "Not Found" for 404; never NULL.  RFC 9110 section 15. */
const char *http_reason(int status);

#endif
