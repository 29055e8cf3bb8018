/*
 * Request + resource -> status, head, body: conditions, ranges, negotiation,
 * -H.
 */
#ifndef RESPONSE_H
#define RESPONSE_H

#include "server/accept.h"
#include "server/body.h"
#include "server/worker.h"

enum {
	/* A request body of up to so many bytes is read past; where a longer
	 * one is announced, the connection ends with the answer. */
	RESPONSE_BODY_MAX = 1 << 20,
	/* Scratch and output that one answer may need, with a small body. */
	RESPONSE_SCRATCH = 112 << 10,
	RESPONSE_OUTPUT = 80 << 10,
};

/*
 * Is there a body that is not read: too large, or one that the client may keep
 * back, for it expects what we cannot do?  Then the connection ends with the
 * answer.
 */
bool response_refuses_body(const struct http_request *req);

/* With --key: does it bring a key, or a form that may have one, and no cookie? */
bool response_tries_key(const struct worker *w,
    const struct http_request *req);

/*
 * Does the answer depend on the body, a short form?  Then all of it goes to
 * response_make().
 */
bool response_reads_form(const struct worker *w,
    const struct http_request *req);

/*
 * Does an application take the body of this request while it comes?  Then its
 * response is made when the head is there.
 */
bool response_relays_body(const struct worker *w,
    const struct http_request *req);

/*
 * Answer a request: appends the head to w->out, which has RESPONSE_OUTPUT bytes
 * of room, and sets *r.  w->scratch has RESPONSE_SCRATCH bytes of room.  form:
 * its body if response_reads_form(), else empty.
 */
void response_make(struct worker *w, const struct client *client,
    struct http_request *req, struct slice form, struct response *r);

/*
 * Refuse what could not be parsed or accepted, with status and one line of text;
 * the connection ends with it.
 */
void response_refuse(struct worker *w, int status, bool head_only,
    struct response *r);

/*
 * Report an errno in place of a response of which nothing has left: with 503
 * where something has run out, 403 for EFBIG, of an archive, else 500.
 */
void response_fail(struct worker *w, int error, bool head_only,
    struct response *r);

/*
 * The same for a request that the application at url did not answer: 502, 503
 * or 504, in the format that the client prefers.
 */
void response_gateway_error(struct worker *w, int status, struct slice url,
    enum accept_format format, bool head_only, struct response *r);

/*
 * Complete an open head once the body's first piece is known: with
 * Content-Length if length, of all of it, is not -1, else chunked, else the body
 * ends with the connection.
 */
void response_frame(struct worker *w, struct buf *out, struct response *r,
    off_t length);

/* Give back what the body owns. */
void response_free(struct worker *w, struct response *r);

#endif
