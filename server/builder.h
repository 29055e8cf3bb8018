/*
 * Builds a response: the lines of its head, and a body of our own.  A struct
 * builder lives for one response_make().
 */
#ifndef BUILDER_H
#define BUILDER_H

#include "server/csp.h"
#include "server/override.h"
#include "server/reload.h"
#include "server/body.h"
#include "server/worker.h"
#include "server/rules.h"
#include "server/site.h"

/* A response that is being built, "rb" for short. */
struct builder {
	struct worker *w;
	const struct http_request *req;
	const struct address *peer;
	const struct address *client;	/* the peer, or the one that a proxy
					   names: for the limits of a client */
	struct slice form;	/* the request's body, if it may have a key */
	struct response *r;
	struct slice url_path;	/* decoded; empty until then */
	struct slice path;	/* the same without --base */
	struct resource_choice choice;	/* by Accept-Encoding */
	const struct rules_redirect *rule;	/* of _redirects, or NULL */
	const struct rules_change *type;	/* override_type() */
	enum override_body body;
	enum site_access access;
	bool guessed;		/* the type is a guess: let browsers sniff it */
	bool varies_by_accept;	/* Accept decides, as for a page of --spa */
	bool relays_body;	/* response_relays_body() */
	bool is_navigation;	/* --live: a browser loads a page */
	enum reload_page page;	/* the source of that page */
	struct slice live_snippet;	/* appended to it */
};

/* Append the status line, Date and the lines that every response has. */
void builder_begin_head(struct builder *rb, int status);

/* Content-Length, RFC 9110 section 8.6. */
void builder_put_length(struct buf *out, off_t length);

/* Content-Type. */
void builder_put_type(struct builder *rb, const char *type);

/* Connection, unless the version implies its value (RFC 9112 section 9). */
void builder_put_connection(struct builder *rb);

/* Connection, and the empty line. */
void builder_end_head(struct builder *rb);

/* Set the body to this text, which is in the worker's scratch or static. */
void builder_set_text(struct builder *rb, struct slice text);

/* Content-Security-Policy, unless -H has one. */
void builder_put_csp(struct builder *rb, enum csp_page page);

/* Cache-Control, unless -H has one. */
void builder_put_caching(struct builder *rb, struct slice value);

/*
 * Complete an open head once the first piece of the body is known.  If length,
 * that of the whole body, is not -1, it becomes Content-Length.  Else the body
 * is chunked, or ends when the connection closes.
 */
void builder_frame(struct worker *w, struct buf *out, struct response *r,
    off_t length);

/* The head is complete: a response to HEAD loses its body (RFC 9110 section
 * 9.3.2). */
void builder_finish_head(struct worker *w, struct response *r);

/* Release the resources of the body. */
void builder_free_body(struct worker *w, struct response *r);

#endif
