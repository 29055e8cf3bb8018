/* The heads of responses that an application sends.  Pure. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "http.h"
#include "server/http_body.h"

struct http_response {
	int status;		/* 100 to 999 */
	int minor;		/* 0 or 1; 1 for HTTP/1.2 */
	struct slice reason;	/* may be empty */
	struct slice head;	/* from the status line to the empty line at
				   the end; see head_fields() */

	/* How the body ends: RFC 9112 section 6.3. */
	enum http_framing framing;
	bool has_length;	/* it has a Content-Length.  With framing NONE
				   that is the length a GET would get. */
	uint64_t content_length;

	/* May another request follow on this connection?  False if the body
	 * ends when it closes, after a 101 (section 9.3), and if a faulty
	 * application may send a body where there is none. */
	bool keep_alive;

	/* Connection names fields, which must not be passed on (RFC 9110
	 * section 7.6.1). */
	bool names_fields;
};

/*
 * Parse the head of a response to a request of this method at the start of
 * p[0..n): RFC 9112 sections 4 to 6.  Returns its length in bytes, 0 while it
 * is incomplete, or -502 if it is not HTTP/1, has more than HTTP_HEAD_MAX bytes
 * or HEAD_FIELDS_MAX fields, or if the end of its body is ambiguous.  The
 * slices in *res point into p.
 *
 * An interim response (1xx except 101) is parsed like any other; the final
 * response follows it.
 */
ssize_t http_parse_response(const char *p, size_t n, enum http_method method,
    struct http_response *res);

/* Does another response to the same request follow?  RFC 9110 section 15.2. */
static inline bool
http_is_interim(const struct http_response *res)
{
	return res->status < 200 && res->status != 101;
}

#endif
