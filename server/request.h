/*
 * Requests of one connection: from its input to transfers in a batch, and the
 * bodies that some of them have.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "server/batch.h"
#include "server/conn_state.h"

/*
 * Begin the batch and fill it with the complete requests at c->in[*at..); *at
 * advances past them.  A malformed request is refused, and *at advances to the
 * end of the input.  Returns false if no complete request follows, or if the
 * next one is delayed (c->held) or waits for a disk (c->search); true if the
 * batch is full: send it before the next call.
 */
bool request_take_all(struct conn *c, struct worker *w, struct batch *b,
    size_t *at);

/*
 * Refuse a request that starts at c->in[at], if any, with status.  req: the
 * part of it that was parsed.  The input after at is not parsed.
 */
void request_refuse(struct conn *c, struct worker *w, struct batch *b,
    const struct http_request *req, size_t at, int status);

/* Free c->upload, if there is one, in any state. */
void request_end_body(struct conn *c, struct worker *w);

#endif
