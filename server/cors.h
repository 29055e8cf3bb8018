/* CORS preflights (Fetch standard, "CORS-preflight request"). */
#ifndef CORS_H
#define CORS_H

#include "http.h"
#include "server/buf.h"
#include "server/options.h"

struct server;

/* With --cors: is it an OPTIONS request that a browser sends on behalf of a
 * script, to ask what the script may do? */
bool cors_is_preflight(const struct options *opt,
    const struct http_request *req);

/*
 * With --cors: the value of Access-Control-Allow-Origin.  This is "*", or the
 * origin of the request if it is allowed, else the first allowed origin.  req
 * may be NULL.
 */
struct slice cors_allowed_origin(const struct options *opt,
    const struct http_request *req);

/* Append the header lines that only a preflight's 204 has. */
void cors_put_preflight_lines(const struct server *server, struct buf *b,
    const struct http_request *req);

#endif
