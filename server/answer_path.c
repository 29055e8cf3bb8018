#include "server/answer_path.h"

#include <string.h>

#include "server/accept.h"
#include "server/answer_application.h"
#include "server/answer_file.h"
#include "server/answer_folder.h"
#include "server/answer_page.h"
#include "server/builder.h"
#include "server/cors.h"
#include "server/fields.h"
#include "server/gateway.h"
#include "server/http_path.h"
#include "server/live.h"
#include "server/note.h"
#include "server/override.h"
#include "server/page.h"
#include "server/reload.h"
#include "server/rules.h"

/* For the log: the URL with a slash, to which the path redirects. */
static void
note_folder(struct builder *rb)
{
	struct buf *b = &rb->w->scratch;
	size_t start = b->n;

	if (!rb->w->server->notes)
		return;
	buf_url_path(b, rb->url_path);
	buf_byte(b, '/');
	buf_url_query(b, rb->req->query);
	note_target(rb->w, rb->r, buf_since(b, start));
}

/*
 * A relative URL, so that a proxy in front may add a prefix.  All bytes except
 * the unreserved ones are escaped: the part before a colon would be read as a
 * scheme (RFC 3986 section 4.2).
 */
static void
put_location(struct builder *rb)
{
	struct buf *out = &rb->w->out;

	note_folder(rb);
	if (fields_overridden(rb->w->server, FIELDS_LOCATION))
		return;
	buf_lit(out, "Location: ");
	buf_url(out, slice_after_last(rb->url_path, '/'));
	buf_byte(out, '/');
	buf_url_query(out, rb->req->query);
	buf_lit(out, "\r\n");
}

static void
end_redirect(struct builder *rb, struct slice caching)
{
	builder_put_caching(rb, caching);
	buf_lit(&rb->w->out, "Content-Length: 0\r\n");
	builder_end_head(rb);
}

static void
answer_slash_redirect(struct builder *rb)
{
	builder_begin_head(rb, 301);
	put_location(rb);
	/* A cached redirect would outlive the folder. */
	end_redirect(rb, SLICE("no-cache"));
}

/* Redirect "/" to the path of FILE or of --base, which put() escapes. */
static void
answer_root_redirect(struct builder *rb, struct slice path,
    void (*put)(struct buf *b, struct slice path))
{
	struct buf *scratch = &rb->w->scratch;
	size_t from = scratch->n;
	struct slice target;

	put(scratch, path);
	buf_url_query(scratch, rb->req->query);
	target = buf_since(scratch, from);
	builder_begin_head(rb, 302);
	fields_put(rb->w->server, &rb->w->out, FIELDS_LOCATION, target);
	note_target(rb->w, rb->r, target);
	end_redirect(rb, SLICE("no-store"));
}

/* --spa is for pages, not for a missing script or image, nor for a client that
 * prefers JSON. */
static bool
wants_page(const struct builder *rb)
{
	const char *slash = memrchr(rb->path.p, '/', rb->path.n);
	size_t n = (size_t)(rb->path.p + rb->path.n - slash);
	struct slice accept = rb->req->field[HTTP_ACCEPT];

	if (accept_listing_format(accept) == ACCEPT_JSON)
		return false;
	return memchr(slash, '.', n) == NULL || accept_names_html(accept);
}

/* Is this one of the files of rules, by another name, as on a file system that
 * ignores case? */
static bool
is_rules_file(const struct builder *rb, struct slice path,
    const struct resource *res)
{
	return rb->w->rules != NULL && path.n > 1 && path.p[1] == '_' &&
	    memrchr(path.p, '/', path.n) == path.p &&
	    res->kind == RESOURCE_FILE &&
	    rules_file_is(rb->w->rules, &res->original->st);
}

/* Look path up.  With --live, watch it first: no change is missed then. */
static struct resource *
find_and_watch(struct builder *rb, struct slice path)
{
	struct worker *w = rb->w;
	struct live *live = w->server->live;
	struct resource *res;
	dev_t mount;

	if (live != NULL)
		live_watch(live, w->cache, path, w->log, w->now_ns);
	res = resource_find(w->cache, path, &rb->choice);
	if (is_rules_file(rb, path, res)) {
		res->kind = RESOURCE_NONE;
		res->status = 404;
	}
	if (live == NULL || resource_waits(w->cache))
		return res;
	if (res->kind == RESOURCE_FILE)
		live_watch_link(live, res, path, w->log, w->now_ns);
	mount = resource_unwatched_mount(w->cache);
	if (mount != 0)
		live_poll(live, res, path, mount);
	return res;
}

/*
 * If a site was built for a base path and is served without --base, its pages
 * request /app/x.js, but the file is /x.js.
 */
static void
note_base(struct builder *rb)
{
	struct worker *w = rb->w;
	struct slice rest = slice_skip(rb->path, 1);
	const char *slash = memchr(rest.p, '/', rest.n);

	if (!w->server->notes || w->server->opt->base[1] != '\0' ||
	    rb->r->note.n > 0 || slash == NULL)
		return;
	rest = slice_between(slash, rest.p + rest.n);
	if (rest.n > 1 && rest.p[rest.n - 1] != '/' &&
	    resource_find(w->cache, rest, &resource_identity)->kind ==
	    RESOURCE_FILE)
		note_missing_base(w, rb->r, rest,
		    slice_between(rb->path.p, slash + 1));
}

/* The path does not exist: send the page of --spa, 404.html or an error. */
static void
answer_missing(struct builder *rb)
{
	const struct options *opt = rb->w->server->opt;
	struct slice accept = rb->req->field[HTTP_ACCEPT];
	enum accept_format format = accept_error_format(accept);
	struct page page;
	struct resource *res;

	rb->choice.exact = true;
	rb->varies_by_accept = true;
	if (opt->spa && wants_page(rb)) {
		res = find_and_watch(rb, SLICE("/index.html"));
		rb->page = RELOAD_SPA;
		if (res->kind == RESOURCE_FILE) {
			answer_file(rb, res);
			return;
		}
	}
	note_base(rb);
	if (format != ACCEPT_JSON) {
		res = find_and_watch(rb, SLICE("/404.html"));
		if (res->kind == RESOURCE_FILE) {
			rb->page = RELOAD_MISSING;
			answer_file_as(rb, res, 404);
			return;
		}
	}
	page = answer_page_about(rb, 404);
	answer_page_as(rb, &page, format);
}

/* Is the file that was found the index page of a folder? */
static bool
is_index_page(const struct builder *rb)
{
	return rb->path.p[rb->path.n - 1] == '/' &&
	    rb->w->server->docroot->single_file == NULL;
}

/*
 * The target of the rule, in scratch, with --base in front of a path.  *n is
 * its length without --base.  Empty if it is too long.
 */
static struct slice
make_target(struct builder *rb, size_t *n)
{
	const char *base = rb->w->server->opt->base;
	struct buf *scratch = &rb->w->scratch;
	struct buf b = buf_over(scratch->p + scratch->n,
	    RULES_TARGET_MAX + 4 * OPTIONS_BASE_MAX);

	if (!rb->rule->external)
		buf_url_path(&b, slice_first(slice_of(base),
		    strlen(base) - 1));
	*n = b.n;
	rules_put_target(rb->rule, rb->path, rb->req->query, &b);
	*n = b.n - *n;
	if (b.full)
		return (struct slice){ b.p, 0 };
	scratch->n += b.n;
	return buf_slice(&b);
}

/* serve only previews the site: without "no-cache" a browser would still follow
 * a 301 after another site is served here. */
static void
answer_rule_redirect(struct builder *rb)
{
	size_t n;
	struct slice target = make_target(rb, &n);

	if (target.n == 0) {
		answer_error(rb, 414);
		return;
	}
	builder_begin_head(rb, rb->rule->status);
	fields_put(rb->w->server, &rb->w->out, FIELDS_LOCATION, target);
	end_redirect(rb, SLICE("no-cache"));
	note_target(rb->w, rb->r, target);
}

/* The path of the page that the rule sends, decoded in scratch, where a slash
 * can be appended.  Empty if it is not a valid path. */
static struct slice
find_page_path(struct builder *rb)
{
	struct buf *scratch = &rb->w->scratch;
	size_t beneath;
	struct slice target = make_target(rb, &beneath);
	char *p;
	ssize_t n;

	if (target.n == 0)
		return target;
	target = rules_path_of(slice_skip(target, target.n - beneath));
	p = scratch->p + scratch->n;
	n = http_decode_path(target, p);
	if (n < 0)
		return (struct slice){ p, 0 };
	scratch->n += (size_t)n + 2;
	return (struct slice){ p, (size_t)n };
}

/* The file at path.  If path is a folder without its slash, append the slash
 * and find its index page. */
static struct resource *
find_page(struct builder *rb, struct slice *path)
{
	struct resource *res = find_and_watch(rb, *path);

	if (res->kind != RESOURCE_REDIRECT)
		return res;
	strcpy((char *)path->p + path->n, "/");
	path->n++;
	return find_and_watch(rb, *path);
}

/* For --live: the source of the page, whose change reloads the page. */
static enum reload_page
page_source(struct slice path)
{
	return slice_equal(path, SLICE("/index.html")) ? RELOAD_SPA :
	    slice_equal(path, SLICE("/404.html")) ? RELOAD_MISSING :
	    RELOAD_ANY;
}

/* Is path one of the files of rules, which are not served? */
static bool
names_rules(const struct builder *rb, struct slice path)
{
	return rb->w->rules != NULL && path.p[1] == '_' &&
	    rules_file_is_name(slice_skip(path, 1));
}

static void
answer_rule_page(struct builder *rb)
{
	struct slice path = find_page_path(rb);
	struct resource *res = path.n > 0 && !names_rules(rb, path) ?
	    find_page(rb, &path) : NULL;
	int status = rb->rule->status;

	if (res != NULL && res->kind == RESOURCE_FILE) {
		rb->page = page_source(path);
		if (status == 200)
			answer_file(rb, res);
		else
			answer_file_as(rb, res, status);
	} else if (status == 200) {
		answer_missing(rb);
	} else {
		answer_error(rb, status);
	}
}

static void
answer_rule(struct builder *rb, const struct rules_redirect *rule)
{
	struct gateway_route route;

	rb->rule = rule;
	if (rule->app != NULL &&
	    gateway_follow(rb->w, rb->req, rule, rb->path, &route)) {
		answer_application(rb, &route);
		return;
	}
	if (rules_is_redirect(rule))
		answer_rule_redirect(rb);
	else if (rule->app == NULL)
		answer_rule_page(rb);
	else
		answer_error(rb, 414);
	note_rule(rb->w, rb->r, rule->line);
}

/* Does the path exist?  A folder without an index page does not count. */
static bool
is_present(struct builder *rb, const struct resource *res)
{
	struct buf *scratch = &rb->w->scratch;
	struct slice path = { scratch->p + scratch->n, rb->path.n };

	if (res->kind == RESOURCE_REDIRECT) {
		memcpy(scratch->p + scratch->n, rb->path.p, rb->path.n + 1);
		/* The lookup may wait: keep its path, with "/" and NUL. */
		scratch->n += rb->path.n + 2;
		res = find_page(rb, &path);
	}
	return res->kind == RESOURCE_FILE ||
	    (res->kind == RESOURCE_NONE && res->status != 404);
}

/*
 * The first rule that matches applies: always if it is forced, else only if the
 * path does not exist.  If the path exists, the first forced rule that matches
 * applies.  NULL: no rule does.
 */
static const struct rules_redirect *
choose_rule(struct builder *rb)
{
	const struct rules_redirects *r = rb->w->in_force.redirects;
	struct slice query = rb->req->query;
	const struct rules_redirect *rule = rules_find_redirect(r, rb->path,
	    query, false);

	if (rule == NULL || rule->forced ||
	    !is_present(rb, find_and_watch(rb, rb->path)))
		return rule;
	return rules_find_redirect(r, rb->path, query, true);
}

/* There is no file or folder to send; res says why. */
static void
answer_none(struct builder *rb, const struct resource *res)
{
	note_reason(rb->w, rb->r, res);
	/* Browsers request this icon for each site. */
	if (res->reason == RESOURCE_ABSENT &&
	    slice_equal(rb->path, SLICE("/favicon.ico")))
		note_text(rb->w, rb->r, SLICE("(browsers ask for it)"));
	else if (res->reason == RESOURCE_ABSENT)
		note_single_file(rb->w, rb->r);
	if (res->status == 404)
		answer_missing(rb);
	else
		answer_error(rb, res->status);
}

static void
answer_resource(struct builder *rb)
{
	struct resource *res = find_and_watch(rb, rb->path);
	struct gateway_route route;

	if (rb->w->upstreams != NULL && !is_present(rb, res) &&
	    gateway_find_fallback(rb->w->server, rb->req, &route)) {
		answer_application(rb, &route);
		return;
	}
	switch (res->kind) {
	case RESOURCE_FILE:
		if (!is_index_page(rb) || rb->req->query.n == 0 ||
		    !answer_no_archive(rb))
			answer_file(rb, res);
		break;
	case RESOURCE_REDIRECT:
		answer_slash_redirect(rb);
		break;
	case RESOURCE_FOLDER:
		answer_folder(rb, res);
		break;
	case RESOURCE_NONE:
		answer_none(rb, res);
		break;
	}
}

static void
choose_codings(struct builder *rb)
{
	struct slice value = rb->req->field[HTTP_ACCEPT_ENCODING];
	struct resource_choice *choice = &rb->choice;
	struct codings_memo *memo = &rb->w->codings;

	if (value.n == 0 || value.n > sizeof(memo->value)) {
		choice->count = accept_codings(value, choice->codings);
		return;
	}
	if (!slice_equal(value, (struct slice){ memo->value, memo->n })) {
		memo->n = value.n;
		memcpy(memo->value, value.p, value.n);
		memo->count = accept_codings(value, memo->codings);
	}
	choice->count = memo->count;
	memcpy(choice->codings, memo->codings, sizeof(memo->codings));
}

static void
answer_path(struct builder *rb)
{
	const struct rules_redirect *rule = NULL;
	struct resource_choice *choice = &rb->choice;

	choose_codings(rb);
	/* The live snippet is not compressed. */
	if (rb->is_navigation && choice->count > 0) {
		choice->codings[0] = ACCEPT_IDENTITY;
		choice->count = 1;
		choice->with_snippet = true;
	}
	if (rb->w->in_force.redirects != NULL)
		rule = choose_rule(rb);
	if (rule != NULL)
		answer_rule(rb, rule);
	else
		answer_resource(rb);
}

/* Answer the path, then apply the rules of _headers to the response. */
static void
answer_with_headers(struct builder *rb, const struct rules_headers *headers)
{
	struct rules_change change[RULES_SAME_FIELDS];
	struct worker *w = rb->w;
	struct buf space = buf_over(w->scratch.p + w->scratch.n,
	    RULES_FIELDS_MAX);
	size_t from = w->out.n;
	bool cut;
	unsigned count = rules_find_changes(headers, rb->path, change, &space,
	    &cut);

	w->scratch.n += space.n;
	rb->type = override_type(w->server, change, count);
	answer_path(rb);
	/* An application's reply has no head yet, and keeps its own. */
	if (count > 0 && w->out.n > from)
		override_head(w->server, &w->out, from, change, count,
		    rb->body);
	if (cut)
		note_text(w, rb->r, SLICE("(_headers: too much for one answer, "
		    "the rest was left out)"));
}

void
answer_site(struct builder *rb)
{
	struct worker *w = rb->w;
	const struct docroot *docroot = w->server->docroot;
	struct stat st;

	if (docroot->single_file != NULL && rb->path.n == 1) {
		/* Clients save a file under the last name in its URL. */
		answer_root_redirect(rb, slice_of(docroot->url_name), buf_url);
		return;
	}
	worker_check_rules(w);
	/* The rules cannot be read now: one of them may hide the path. */
	if (w->in_force.unknown) {
		answer_error(rb, 503);
	} else if (names_rules(rb, rb->path)) {
		if (resource_stat_name(w->cache, rb->path.p + 1, &st))
			note_text(w, rb->r, SLICE("(rules are not served; "
			    "--no-rules serves this)"));
		answer_error(rb, 404);
	} else if (w->in_force.headers != NULL) {
		answer_with_headers(rb, w->in_force.headers);
	} else {
		answer_path(rb);
	}
}

bool
answer_enter_base(struct builder *rb)
{
	struct slice base = slice_of(rb->w->server->opt->base);

	if (slice_starts(rb->url_path, base)) {
		rb->path = slice_skip(rb->url_path, base.n - 1);
		return true;
	}
	if (rb->url_path.n == 1) {
		answer_root_redirect(rb, base, buf_url_path);
	} else if (slice_equal(rb->url_path, slice_first(base, base.n - 1))) {
		answer_slash_redirect(rb);
	} else {
		note_outside_base(rb->w, rb->r, base);
		answer_error(rb, 404);
	}
	return false;
}

int
answer_decode_path(struct builder *rb)
{
	struct buf *b = &rb->w->scratch;
	char *p = b->p + b->n;
	ssize_t n = http_decode_path(rb->req->path, p);

	if (n < 0)
		return (int)-n;
	b->n += (size_t)n + 1;
	rb->url_path = (struct slice){ p, (size_t)n };
	return 0;
}

bool
answer_leaves_options(struct builder *rb, struct gateway_route *route)
{
	const struct server *server = rb->w->server;
	struct slice base = slice_of(server->opt->base);

	if (rb->req->method != HTTP_OPTIONS)
		return false;
	/* A preflight without the key must not learn whether a path exists. */
	if (server->key != NULL && cors_is_preflight(server->opt, rb->req))
		return false;
	if (gateway_find_rule(rb->w, rb->req, route))
		return true;
	if (!gateway_find_fallback(server, rb->req, route) ||
	    answer_decode_path(rb) != 0 || !slice_starts(rb->url_path, base))
		return false;
	rb->path = slice_skip(rb->url_path, base.n - 1);
	choose_codings(rb);
	return !is_present(rb, find_and_watch(rb, rb->path));
}
