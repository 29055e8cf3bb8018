/*
 * Request -> response: decide whether the client may ask, then leave the answer
 * to an application or to the site (answer_path.h).
 */
#ifndef RESPONSE_H
#define RESPONSE_H

#include "server/accept.h"
#include "server/body.h"
#include "server/worker.h"

enum {
	/* A request body up to this size is read and discarded; with a longer
	 * one the connection closes after the response. */
	RESPONSE_BODY_MAX = 1 << 20,
	/* Scratch and output space that one response with a small body may
	 * need. */
	RESPONSE_SCRATCH = 112 << 10,
	RESPONSE_OUTPUT = 80 << 10,
};

/*
 * True if the request's body will not be read, and the connection closes after
 * the response: the body is too large, or the client may withhold it because
 * its Expect field cannot be met.
 */
bool response_refuses_body(const struct http_request *req);

/*
 * With --key: does the request try a key, in its URL or perhaps in a form,
 * without the cookie?
 */
bool response_tries_key(const struct worker *w,
    const struct http_request *req);

/*
 * Does the response depend on the request's body, a short form?  Then pass the
 * complete body to response_make().
 */
bool response_reads_form(const struct worker *w,
    const struct http_request *req);

/*
 * With --proxy: does an application receive the request's body while it
 * arrives?  Then the response is made as soon as the head is complete.
 */
bool response_relays_body(struct worker *w,
    const struct http_request *req);

/* False for most requests, which have only a head: then response_relays_body()
 * is false too. */
static inline bool
response_may_relay_body(const struct http_request *req)
{
	return http_has_body(req) || req->upgrade;
}

/*
 * Answer a request: append the head to w->out, which has RESPONSE_OUTPUT bytes
 * of room, and set *r.  w->scratch has RESPONSE_SCRATCH bytes of room.  form:
 * the request's body if response_reads_form(), else empty.  client: the peer,
 * or the client that the peer, a proxy, has named.
 */
void response_make(struct worker *w, const struct address *peer,
    const struct address *client, struct http_request *req, struct slice form,
    struct response *r);

/*
 * Refuse a request that could not be parsed or accepted, with status and one
 * line of text; the connection closes after it.
 */
void response_refuse(struct worker *w, int status, bool head_only,
    struct response *r);

/*
 * Report an errno instead of a response of which nothing has been sent: 503 if
 * a resource has run out, 403 for EFBIG (of an archive), else 500.
 */
void response_fail(struct worker *w, int error, bool head_only,
    struct response *r);

/*
 * Report that the exchange with the application at url failed before its reply:
 * 502, 503 or 504, or 408 if the client was slow; in the format that the client
 * prefers.
 */
void response_gateway_error(struct worker *w, int status, struct slice url,
    enum accept_format format, bool head_only, struct response *r);

#endif
