/*
 * What answers are built with: the lines of a head, and a body of our own.  One
 * struct builder lasts for one response_make().
 */
#ifndef BUILDER_H
#define BUILDER_H

#include "server/csp.h"
#include "server/override.h"
#include "server/reload.h"
#include "server/response.h"
#include "server/rules.h"
#include "server/site.h"

/* One answer in the making. */
struct builder {
	struct worker *w;
	const struct http_request *req;
	const struct client *client;
	struct slice form;	/* its body, where that may have a key */
	struct response *r;
	struct slice url_path;	/* decoded; empty before */
	struct slice path;	/* the same beneath --base */
	const struct rules_redirect *rule;	/* the line that answers */
	const struct rules_change *type;	/* of _headers, for files */
	enum override_body body;
	enum site_access access;
	bool guessed;		/* the type: a browser may know better */
	bool varies_by_accept;	/* a page that --spa sends for this path */
	bool is_navigation;		/* --live: by a person, in a page */
	enum reload_page page;	/* then: which */
	struct slice tail;	/* what that puts behind it */
};

/* The status line, Date and the lines that every response has. */
void builder_begin_head(struct builder *m, int status);

/* Content-Length, RFC 9110 section 8.6. */
void builder_put_length(struct buf *out, off_t length);

/* Content-Type. */
void builder_put_type(struct builder *m, const char *type);

/* Connection, where it is not what the version implies (RFC 9112 section 9). */
void builder_put_connection(struct builder *m);

/* Connection, and the empty line. */
void builder_end_head(struct builder *m);

/* The body is this text, which lives in the worker's scratch or longer. */
void builder_set_text(struct builder *m, struct slice text);

/* Content-Security-Policy, unless -H has one. */
void builder_put_csp(struct builder *m, enum csp_page page);

/* Cache-Control, unless -H has one. */
void builder_put_caching(struct builder *m, struct slice what);

#endif
