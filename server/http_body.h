/* The body of a request or a response, and where it ends.  Pure. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "http.h"

/* The way to find the end of a body, RFC 9112 section 6.3. */
enum http_framing {
	HTTP_FRAMING_NONE,	/* there is no body */
	HTTP_FRAMING_LENGTH,	/* Content-Length */
	HTTP_FRAMING_CHUNKED,
	HTTP_FRAMING_CLOSE,	/* the connection closes; no request has this,
				   except in a tunnel */
};

/* The part of a body that has been read. */
struct http_body {
	uint64_t left;		/* bytes left of the body or chunk; then bytes
				   of trailers so far */
	uint16_t line;		/* bytes of this chunk or trailer line so far */
	uint8_t state;		/* 0: no body, or all of it was read */
};

/* Begin a body.  length is for HTTP_FRAMING_LENGTH only. */
void http_body_start(struct http_body *body, enum http_framing framing,
    uint64_t length);

/* A request without a body counts as one of length 0. */
static inline enum http_framing
http_request_framing(const struct http_request *req)
{
	return req->chunked ? HTTP_FRAMING_CHUNKED : HTTP_FRAMING_LENGTH;
}

/* Was all of the body read? */
static inline bool
http_body_ended(const struct http_body *body)
{
	return body->state == 0;
}

/* Bytes left of a body of known length; 0 for any other. */
uint64_t http_body_left(const struct http_body *body);

/*
 * Is the body complete if the connection closes here?  If not, it was cut off
 * (section 8).
 */
bool http_body_may_close(const struct http_body *body);

/*
 * Take bytes of a body from the start of p[0..n), up to the end of the body or
 * of its next piece of data, which is stored in *data (empty: no data yet).
 * The bytes between pieces are framing (RFC 9112 sections 6 and 7.1);
 * extensions and trailers are skipped.  Returns the number of bytes taken, at
 * least 1 unless the body has ended or n is 0; or -400: then the connection
 * must be closed.
 */
ssize_t http_body_next(struct http_body *body, const char *p, size_t n,
    struct slice *data);

/*
 * Skip bytes up to the end of the body, if its data are not needed.  Returns
 * how many bytes belong to the body, or -400.
 */
ssize_t http_body_skip(struct http_body *body, const char *p, size_t n);

#endif
