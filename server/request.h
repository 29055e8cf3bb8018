/*
 * Requests of one connection: from its input to transfers in a batch, and the
 * bodies that some of them have.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "server/batch.h"
#include "server/conn_state.h"

/*
 * Add the request at c->in[*at..) to the batch, and advance *at past it.  If
 * its body is incomplete, *at stays at its head, and the call after more input
 * goes on with the body.  A malformed request is refused, and *at advances to
 * the end of the input.  Returns false if there is no complete request, or if
 * the request is delayed (c->held) or waits for a slow disk (c->search).  If
 * b->full is set afterwards, send the batch before the next call.
 */
bool request_take(struct conn *c, struct worker *w, struct batch *b,
    size_t *at);

/*
 * Refuse a request that starts at c->in[at], if any, with status.  req: what
 * was parsed of it.  The input after at is not parsed.
 */
void request_refuse(struct conn *c, struct worker *w, struct batch *b,
    const struct http_request *req, size_t at, int status);

/* Free c->upload, if there is one, in any state. */
void request_end_body(struct conn *c, struct worker *w);

#endif
