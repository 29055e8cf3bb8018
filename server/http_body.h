/* Where the body of a request ends.  Pure. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "http.h"

/* How far a body has been read: 16 bytes of a connection. */
struct http_body {
	uint64_t left;		/* bytes of the body or of this chunk; of the
				   trailers so far */
	uint16_t line;		/* bytes of this chunk or trailer line so far */
	uint8_t state;		/* 0: nothing (more) to read */
};

void http_body_start(struct http_body *body, const struct http_request *req);

static inline bool
http_body_ended(const struct http_body *body)
{
	return body->state == 0;
}

/*
 * Take the bytes of a body from the start of p[0..n), up to its end: RFC 9112
 * sections 6 and 7.1 (extensions and trailers are passed over).  Returns how
 * many bytes belong to it, or -400: then the connection must be closed.
 */
ssize_t http_body_skip(struct http_body *body, const char *p, size_t n);

#endif
