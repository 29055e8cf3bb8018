/* Who may ask: the Host check, CORS preflights. */
#ifndef POLICY_H
#define POLICY_H

#include "http.h"
#include "server/buf.h"
#include "server/options.h"

struct server;

struct policy {
	const struct options *opt;
	char hostname[256];	/* of this machine; may be empty */
};

void policy_init(struct policy *p, const struct options *opt);

/* host as http_request has it; an empty one (1.0 without Host) is accepted. */
bool policy_accepts_host(const struct policy *p, struct slice host);

/* Is this OPTIONS a CORS preflight? */
bool policy_is_preflight(const struct options *opt,
    const struct http_request *req);

/* The lines that its 204 has beyond those of every answer. */
void policy_preflight_lines(const struct server *server, struct buf *b,
    const struct http_request *req);

#endif
