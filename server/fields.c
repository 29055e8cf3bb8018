#include "server/fields.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The names of our fields, each with the colon and the space that follow it. */
static const char own_name[][40] = {
	[FIELDS_ACCEPT_RANGES] = "Accept-Ranges: ",
	[FIELDS_ALLOW] = "Allow: ",
	[FIELDS_CACHE_CONTROL] = "Cache-Control: ",
	[FIELDS_CONTENT_DISPOSITION] = "Content-Disposition: ",
	[FIELDS_CONTENT_ENCODING] = "Content-Encoding: ",
	[FIELDS_CORS_EXPOSED] = "Access-Control-Expose-Headers: ",
	[FIELDS_CORS_HEADERS] = "Access-Control-Allow-Headers: ",
	[FIELDS_CORS_MAX_AGE] = "Access-Control-Max-Age: ",
	[FIELDS_CORS_METHODS] = "Access-Control-Allow-Methods: ",
	[FIELDS_CORS_ORIGIN] = "Access-Control-Allow-Origin: ",
	[FIELDS_CORS_PRIVATE_NETWORK] = "Access-Control-Allow-Private-Network: ",
	[FIELDS_CSP] = "Content-Security-Policy: ",
	[FIELDS_DATE] = "Date: ",
	[FIELDS_EMBEDDER_POLICY] = "Cross-Origin-Embedder-Policy: ",
	[FIELDS_ETAG] = "ETag: ",
	[FIELDS_LAST_MODIFIED] = "Last-Modified: ",
	[FIELDS_LOCATION] = "Location: ",
	[FIELDS_NOSNIFF] = "X-Content-Type-Options: ",
	[FIELDS_OPENER_POLICY] = "Cross-Origin-Opener-Policy: ",
	[FIELDS_REFERRER_POLICY] = "Referrer-Policy: ",
	[FIELDS_RESOURCE_POLICY] = "Cross-Origin-Resource-Policy: ",
	[FIELDS_RETRY_AFTER] = "Retry-After: ",
	[FIELDS_VARY] = "Vary: ",
	[FIELDS_WWW_AUTHENTICATE] = "WWW-Authenticate: ",
};

void
fields_put(const struct server *server, struct buf *b, enum fields_own own,
    struct slice value)
{
	if (fields_overridden(server, own))
		return;
	buf_text(b, own_name[own]);
	buf_put(b, value);
	buf_lit(b, "\r\n");
}

static unsigned
own_bit(struct slice name)
{
	for (size_t i = 0; i < LENGTH_OF(own_name); i++)
		if (slice_equal_nocase(name,
		    slice_first(slice_of(own_name[i]),
		    strlen(own_name[i]) - 2)))
			return 1u << i;
	return 0;
}

/* -H Content-Type is for files only; all other lines go on every response. */
static void
add_user_lines(struct server *server, struct buf *b)
{
	const struct options *opt = server->opt;

	for (int i = 0; i < opt->header_count; i++) {
		struct slice name = opt->headers[i].name;
		struct slice value = opt->headers[i].value;

		if (slice_equal_nocase(name, SLICE("Content-Type"))) {
			server->content_type = value;
			continue;
		}
		server->overridden |= own_bit(name);
		buf_put(b, name);
		buf_lit(b, ": ");
		buf_put(b, value);
		buf_lit(b, "\r\n");
	}
}

static bool
allows_any_origin(const struct options *opt)
{
	for (int i = 0; i < opt->cors_count; i++)
		if (strcmp(opt->cors[i], "*") == 0)
			return true;
	return false;
}

static void
add_cors_lines(const struct server *server, struct buf *b)
{
	const struct options *opt = server->opt;

	if (opt->cors_count == 0)
		return;
	fields_put(server, b, FIELDS_CORS_EXPOSED, SLICE("Accept-Ranges, "
	    "Content-Encoding, Content-Length, Content-Range, ETag"));
	/* Caches must not reuse the response to one origin for another. */
	if (!allows_any_origin(opt))
		fields_put(server, b, FIELDS_VARY, SLICE("Origin"));
}

static void
add_isolation_lines(const struct server *server, struct buf *b)
{
	if (!server->opt->isolate)
		return;
	fields_put(server, b, FIELDS_OPENER_POLICY, SLICE("same-origin"));
	fields_put(server, b, FIELDS_EMBEDDER_POLICY, SLICE("require-corp"));
}

static void
make_cache_line(struct server *server, struct buf *b)
{
	char text[32];
	struct buf value = buf_over(text, sizeof(text));

	/* A reload must not hit the cache. */
	if (server->opt->max_age >= 0 && !server->opt->live) {
		/* With --key, a shared cache would serve clients without it. */
		buf_text(&value, server->key != NULL ? "private, " : "");
		buf_lit(&value, "max-age=");
		buf_number(&value, (uint64_t)server->opt->max_age);
	} else {
		buf_lit(&value, "no-cache");
	}
	fields_put(server, b, FIELDS_CACHE_CONTROL, buf_slice(&value));
}

int
fields_prepare(struct server *server)
{
	const struct options *opt = server->opt;
	size_t room = 1024;
	struct buf b;
	size_t from;

	for (int i = 0; i < opt->header_count; i++)
		room += opt->headers[i].name.n + opt->headers[i].value.n + 4;
	b = buf_over(malloc(room), room);
	if (b.p == NULL)
		return -1;
	add_user_lines(server, &b);
	server->user_lines = buf_slice(&b);
	/* The Referer of a link must not contain the key. */
	if (server->key != NULL)
		fields_put(server, &b, FIELDS_REFERRER_POLICY,
		    SLICE("no-referrer"));
	add_cors_lines(server, &b);
	add_isolation_lines(server, &b);
	/* Pages have the live snippet only if a browser navigates to them. */
	if (opt->live)
		fields_put(server, &b, FIELDS_VARY,
		    SLICE("Sec-Fetch-Dest, Sec-Fetch-Mode, "
		    "Upgrade-Insecure-Requests, Accept"));
	server->common_headers = buf_slice(&b);
	fields_put(server, &b, FIELDS_RESOURCE_POLICY, SLICE("same-site"));
	server->same_site_headers = buf_slice(&b);
	from = b.n;
	fields_put(server, &b, FIELDS_NOSNIFF, SLICE("nosniff"));
	server->nosniff = buf_since(&b, from);
	server->default_headers = buf_slice(&b);
	from = b.n;
	make_cache_line(server, &b);
	fields_put(server, &b, FIELDS_VARY, SLICE("Accept-Encoding"));
	server->cache = buf_since(&b, from);
	from = b.n;
	fields_put(server, &b, FIELDS_ACCEPT_RANGES, SLICE("bytes"));
	server->accept_ranges = buf_since(&b, from);
	assert(!b.full);
	return 0;
}
