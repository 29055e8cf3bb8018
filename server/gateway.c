#include "server/gateway.h"

#include "server/http_path.h"
#include "server/key.h"
#include "server/note.h"
#include "server/proxy_head.h"
#include "server/upstream.h"

/* --base without its last slash, which precedes each PREFIX: "" or "/repo". */
static struct slice
base_of(const struct server *server)
{
	struct slice base = slice_of(server->opt->base);

	return slice_first(base, base.n - 1);
}

/* RFC 9110 section 7.6.2: with 0, serve itself answers. */
static bool
has_forwards_left(const struct http_request *req)
{
	uint64_t left;

	return req->method != HTTP_OPTIONS || !proxy_head_read_forwards(
	    req->field[HTTP_MAX_FORWARDS], &left) || left > 0;
}

/* Is there a --proxy, and a path that could lead to its application? */
static bool
may_be_found(const struct server *server, const struct http_request *req)
{
	return server->opt->proxy_count > 0 && req->path.n > 0 &&
	    req->path.p[0] == '/' && has_forwards_left(req);
}

static struct gateway_route
unmapped_route(const struct http_request *req)
{
	return (struct gateway_route){ .path = req->path, .query = req->query };
}

/* The application whose PREFIX the path is beneath once its dot segments are
 * removed. */
static const struct proxy_app *
find_without_dots(const struct server *server, struct slice path)
{
	const struct options *opt = server->opt;
	char clean[HTTP_LINE_MAX + 2];
	ssize_t n = http_decode_path(path, clean);
	struct slice rest;

	return n < 0 ? NULL : proxy_find(opt->proxies,
	    (size_t)opt->proxy_count, base_of(server),
	    (struct slice){ clean, (size_t)n }, &rest);
}

bool
gateway_find(const struct server *server, const struct http_request *req,
    struct gateway_route *route)
{
	const struct options *opt = server->opt;

	if (!may_be_found(server, req))
		return false;
	*route = unmapped_route(req);
	route->app = proxy_find(opt->proxies, (size_t)opt->proxy_count,
	    base_of(server), req->path, &route->rest);
	/* The path is then refused, not answered from the folder. */
	if (route->app == NULL && !proxy_accepts_path(req->path))
		route->app = find_without_dots(server, req->path);
	return route->app != NULL;
}

bool
gateway_find_fallback(const struct server *server,
    const struct http_request *req, struct gateway_route *route)
{
	const struct options *opt = server->opt;

	if (!may_be_found(server, req))
		return false;
	*route = unmapped_route(req);
	route->app = proxy_find_fallback(opt->proxies,
	    (size_t)opt->proxy_count, base_of(server), req->path, &route->rest);
	return route->app != NULL;
}

bool
gateway_follow(struct worker *w, const struct http_request *req,
    const struct rules_redirect *rule, struct slice path,
    struct gateway_route *route)
{
	struct buf *scratch = &w->scratch;
	struct buf b = buf_over(scratch->p + scratch->n, RULES_TARGET_MAX + 1);
	struct slice target;

	rules_put_target(rule, path, req->query, &b);
	if (b.full)
		return false;
	scratch->n += b.n;
	target = buf_slice(&b);
	*route = (struct gateway_route){
		.is_mapped = true, .line = rule->line,
	};
	route->query = rules_query_of(target);
	route->app = proxy_find_url(rule->app, 1, rules_path_of(target),
	    &route->path);
	if (route->path.n == 0)
		route->path = SLICE("/");
	return route->app != NULL;
}

bool
gateway_find_rule(struct worker *w, const struct http_request *req,
    struct gateway_route *route)
{
	struct buf *scratch = &w->scratch;
	struct slice base = base_of(w->server), path;
	const struct rules_redirect *rule;
	ssize_t n;

	if (!may_be_found(w->server, req))
		return false;
	worker_check_rules(w);
	if (w->in_force.redirects == NULL)
		return false;
	path.p = scratch->p + scratch->n;
	n = http_decode_path(req->path, scratch->p + scratch->n);
	if (n < 0)
		return false;
	path.n = (size_t)n;
	if (!slice_starts(path, base) || path.n == base.n ||
	    path.p[base.n] != '/')
		return false;
	scratch->n += path.n + 1;
	path = slice_skip(path, base.n);
	rule = rules_find_redirect(w->in_force.redirects, path, req->query,
	    false);
	return rule != NULL && rule->app != NULL &&
	    gateway_follow(w, req, rule, path, route);
}

/* RFC 9110 section 9.2.2.  An unknown method may do anything. */
static bool
is_idempotent(struct slice method)
{
	static const char names[][8] = {
		"GET", "HEAD", "OPTIONS", "PUT", "DELETE",
	};

	for (size_t i = 0; i < LENGTH_OF(names); i++)
		if (slice_equal(method, slice_of(names[i])))
			return true;
	return false;
}

/* The requested host and port: from an absolute target, else from Host. */
static struct slice
authority_of(const struct http_request *req)
{
	struct slice t = req->target;
	const char *start = t.p[0] == '/' ? NULL : memmem(t.p, t.n, "://", 3);

	if (start == NULL)
		return req->field[HTTP_HOST];
	start += 3;
	return slice_between(start, req->path.p > start ? req->path.p :
	    t.p + t.n - req->query.n);
}

static bool
is_refused_method(struct slice method)
{
	return slice_equal(method, SLICE("CONNECT")) ||
	    slice_equal(method, SLICE("TRACE"));
}

/* Returns 0, or the status to refuse the request with. */
static int
check(const struct worker *w, const struct http_request *req,
    const struct gateway_route *route)
{
	if (is_refused_method(req->method_name))
		return 405;
	if (!proxy_accepts_path(route->path))
		return 400;
	if (proxy_head_is_loop(req->field[HTTP_VIA],
	    slice_of(w->server->pseudonym)))
		return 508;
	return 0;
}

bool
gateway_upgrades(const struct http_request *req)
{
	return req->method == HTTP_GET && req->minor == 1 && !req->chunked &&
	    req->content_length == 0 && req->upgrade &&
	    proxy_head_wants_websocket(req->head);
}

/* The application must not see serve's own cookie, key and password. */
static void
hide_key(struct worker *w, const struct http_request *req,
    struct proxy_request *r)
{
	const struct key *key = w->server->key;
	struct slice referer = req->field[HTTP_REFERER];
	struct buf *scratch = &w->scratch;
	struct key_offer offer;
	size_t from = scratch->n;

	if (key == NULL)
		return;
	key_read(key, req, (struct slice){ 0 }, &offer);
	r->own_cookie = slice_of(key->cookie_name);
	r->drops_authorization = offer.in_password;
	key_put_masked(scratch, key, referer);
	r->drops_referer = !slice_equal(buf_since(scratch, from), referer);
	scratch->n = from;
	key_put_query(scratch, r->query);
	r->query = buf_since(scratch, from);
}

int
gateway_pass(struct worker *w, const struct http_request *req,
    const struct address *client, const struct gateway_route *route,
    bool has_body, struct response *r)
{
	char address[64];
	struct buf b = buf_over(address, sizeof(address));
	int status = check(w, req, route);
	bool upgrades = gateway_upgrades(req);
	struct upstream_request u = {
		.app = (unsigned)(route->app - w->server->opt->proxies),
		.minor = req->minor,
		.is_head = req->method == HTTP_HEAD,
		.keep_alive = req->keep_alive &&
		    !w->server->shared->stopping,
		.may_repeat = is_idempotent(req->method_name) && !upgrades,
		.chunked = has_body && req->chunked,
		.length = has_body ? req->content_length : 0,
		.has_length = req->field[HTTP_CONTENT_LENGTH].p != NULL &&
		    (has_body || req->content_length == 0),
		.proxy = {
			.app = route->app,
			.base = base_of(w->server),
			.method = req->method_name,
			.minor = req->minor,
			.path = route->path,
			.query = route->query,
			.rest = route->rest,
			.is_mapped = route->is_mapped,
			.head = req->head,
			.names_fields = req->names_fields,
			.host = authority_of(req),
			.via = slice_of(w->server->pseudonym),
			.is_trusted = address_is_loopback(client),
			.upgrades = upgrades,
			.closes = req->method == HTTP_HEAD ||
			    (has_body && http_has_body(req)),
		},
	};

	if (status != 0)
		return status;
	address_put(&b, client);
	u.proxy.client = buf_slice(&b);
	hide_key(w, req, &u.proxy);
	r->body.upstream = upstream_begin(w->upstreams, &u);
	if (r->body.upstream == NULL)
		return 503;
	r->body.kind = BODY_UPSTREAM;
	note_application(w, r, route->app->url);
	r->body.length = -1;
	return 0;
}
