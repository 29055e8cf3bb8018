#include "server/answer_path.h"

#include <string.h>

#include "server/accept.h"
#include "server/answer_application.h"
#include "server/answer_file.h"
#include "server/answer_folder.h"
#include "server/answer_page.h"
#include "server/archive.h"
#include "server/builder.h"
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
note_folder(struct builder *m)
{
	struct buf *b = &m->w->scratch;
	size_t start = b->n;

	if (!m->w->server->notes)
		return;
	buf_url_path(b, m->url_path);
	buf_byte(b, '/');
	buf_url_query(b, m->req->query);
	note_target(m->w, m->r, buf_since(b, start));
}

/*
 * A relative URL, so that a proxy in front may add a prefix.  All bytes but the
 * unreserved ones are escaped: the part before a colon would be read as a
 * scheme (RFC 3986 section 4.2).
 */
static void
put_location(struct builder *m)
{
	struct buf *out = &m->w->out;
	struct slice path = m->url_path;
	const char *slash = memrchr(path.p, '/', path.n);

	note_folder(m);
	if (fields_overridden(m->w->server, FIELDS_LOCATION))
		return;
	buf_lit(out, "Location: ");
	buf_url(out, slice_between(slash + 1, path.p + path.n));
	buf_byte(out, '/');
	buf_url_query(out, m->req->query);
	buf_lit(out, "\r\n");
}

static void
end_redirect(struct builder *m, struct slice caching)
{
	builder_put_caching(m, caching);
	buf_lit(&m->w->out, "Content-Length: 0\r\n");
	builder_end_head(m);
}

static void
answer_redirect(struct builder *m)
{
	builder_begin_head(m, 301);
	put_location(m);
	/* A redirect that a browser keeps would outlive the folder. */
	end_redirect(m, SLICE("no-cache"));
}

/* Redirect "/" to the path of FILE or of --base, which put() escapes. */
static void
answer_start(struct builder *m, struct slice path,
    void (*put)(struct buf *b, struct slice path))
{
	struct buf *out = &m->w->out;
	size_t from;

	builder_begin_head(m, 302);
	buf_lit(out, "Location: ");
	from = out->n;
	put(out, path);
	buf_url_query(out, m->req->query);
	note_target(m->w, m->r, buf_since(out, from));
	buf_lit(out, "\r\n");
	end_redirect(m, SLICE("no-store"));
}

/* --spa is for pages, not for a missing script or image, nor for a client that
 * prefers JSON. */
static bool
wants_page(const struct builder *m)
{
	const char *slash = memrchr(m->path.p, '/', m->path.n);
	size_t n = (size_t)(m->path.p + m->path.n - slash);
	struct slice accept = m->req->field[HTTP_ACCEPT];

	if (accept_listing(accept) == ACCEPT_JSON)
		return false;
	return memchr(slash, '.', n) == NULL || accept_names_html(accept);
}

/* Look path up.  With --live, watch it first: no change is missed then. */
static struct resource *
find_and_watch(struct builder *m, struct slice path)
{
	struct worker *w = m->w;
	struct live *live = w->server->live;
	struct resource *res;
	dev_t mount;

	if (live != NULL)
		live_watch(live, w->root, path, w->log, w->now_ns);
	res = resource_find(w->root, path, &m->choice);
	if (live == NULL || resource_waits(w->root, &mount))
		return res;
	if (res->kind == RESOURCE_FILE)
		live_watch_link(live, res, path, w->log, w->now_ns);
	mount = resource_unwatched_mount(w->root);
	if (mount != 0)
		live_poll(live, res, path, mount);
	return res;
}

/*
 * If a site was built for a base path and is served without --base, its pages
 * request /app/x.js, but the file is /x.js.
 */
static void
note_base(struct builder *m)
{
	struct worker *w = m->w;
	struct slice rest = slice_skip(m->path, 1);
	const char *slash = memchr(rest.p, '/', rest.n);

	if (!w->server->notes || w->server->opt->base != NULL ||
	    m->r->note.n > 0 || slash == NULL)
		return;
	rest = slice_between(slash, rest.p + rest.n);
	if (rest.n > 1 && rest.p[rest.n - 1] != '/' &&
	    resource_find(w->root, rest, &resource_identity)->kind ==
	    RESOURCE_FILE)
		note_missing_base(w, m->r, rest,
		    slice_between(m->path.p, slash + 1));
}

/* The path does not exist: send the page of --spa, 404.html or an error. */
static void
answer_missing(struct builder *m)
{
	const struct options *opt = m->w->server->opt;
	enum accept_format format = accept_error(m->req->field[HTTP_ACCEPT]);
	struct page page;
	struct resource *res;

	m->choice.exact = true;
	if (opt->spa && wants_page(m)) {
		res = find_and_watch(m, SLICE("/index.html"));
		m->page = RELOAD_SPA;
		if (res->kind == RESOURCE_FILE) {
			m->varies_by_accept = true;
			answer_file(m, res);
			return;
		}
	}
	note_base(m);
	if (format != ACCEPT_JSON) {
		res = find_and_watch(m, SLICE("/404.html"));
		if (res->kind == RESOURCE_FILE) {
			m->page = RELOAD_MISSING;
			answer_file_as(m, res, 404);
			return;
		}
	}
	page = answer_page_about(m, 404);
	answer_page_as(m, &page, format);
}

/* Is the file that was found the index page of a folder? */
static bool
is_index_page(const struct builder *m)
{
	return m->path.p[m->path.n - 1] == '/' &&
	    m->w->server->docroot->single_file == NULL;
}

/* A folder that has an index page is not listed, so it has no archive. */
static void
answer_no_archive(struct builder *m)
{
	note_text(m->w, m->r, SLICE("(an archive; the folder has an index "
	    "page)"));
	answer_error(m, 404);
}

/*
 * The target of the rule, in scratch, with --base in front of a path.  *n is
 * its length without --base.  Empty if it is too long.
 */
static struct slice
make_target(struct builder *m, size_t *n)
{
	const char *base = m->w->server->opt->base;
	struct buf *scratch = &m->w->scratch;
	struct buf b = buf_over(scratch->p + scratch->n,
	    RULES_TARGET_MAX + 4 * OPTIONS_BASE_MAX);

	if (base != NULL && !m->rule->external)
		buf_url_path(&b, slice_first(slice_of(base),
		    strlen(base) - 1));
	*n = b.n;
	rules_put_target(m->rule, m->path, m->req->query, &b);
	*n = b.n - *n;
	if (b.full)
		return (struct slice){ b.p, 0 };
	scratch->n += b.n;
	return buf_slice(&b);
}

/* serve only previews the site: without "no-cache" a browser would still follow
 * a 301 when another site is served here. */
static void
answer_rule_redirect(struct builder *m)
{
	struct buf *out = &m->w->out;
	size_t n;
	struct slice target = make_target(m, &n);

	if (target.n == 0) {
		answer_error(m, 414);
		return;
	}
	builder_begin_head(m, m->rule->status);
	if (!fields_overridden(m->w->server, FIELDS_LOCATION)) {
		buf_lit(out, "Location: ");
		buf_put(out, target);
		buf_lit(out, "\r\n");
	}
	end_redirect(m, SLICE("no-cache"));
	note_target(m->w, m->r, target);
}

/* The path of the page that the rule sends, decoded in scratch, where a slash
 * can be appended.  Empty if it is not a valid path. */
static struct slice
find_page_path(struct builder *m)
{
	struct buf *scratch = &m->w->scratch;
	size_t beneath;
	struct slice target = make_target(m, &beneath);
	char *p;
	ssize_t n;

	if (target.n == 0)
		return target;
	target = slice_skip(target, target.n - beneath);
	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] == '?' || target.p[i] == '#')
			target.n = i;
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
find_page(struct builder *m, struct slice *path)
{
	struct resource *res = find_and_watch(m, *path);

	if (res->kind != RESOURCE_REDIRECT)
		return res;
	strcpy((char *)path->p + path->n, "/");
	path->n++;
	return find_and_watch(m, *path);
}

/* How the page was chosen: the script of --live reloads it when that file
 * changes. */
static enum reload_page
page_source(struct slice path)
{
	return slice_equal(path, SLICE("/index.html")) ? RELOAD_SPA :
	    slice_equal(path, SLICE("/404.html")) ? RELOAD_MISSING :
	    RELOAD_ANY;
}

static void
answer_rule_page(struct builder *m)
{
	struct slice path = find_page_path(m);
	struct resource *res = path.n > 0 ? find_page(m, &path) : NULL;
	int status = m->rule->status;

	if (res != NULL && res->kind == RESOURCE_FILE) {
		m->page = page_source(path);
		if (status == 200)
			answer_file(m, res);
		else
			answer_file_as(m, res, status);
	} else if (status == 200) {
		answer_missing(m);
	} else {
		answer_error(m, status);
	}
}

static void
answer_rule(struct builder *m, const struct rules_redirect *rule)
{
	struct gateway_route route;

	m->rule = rule;
	if (rule->app != NULL) {
		if (gateway_follow(m->w, m->req, rule, m->path, &route))
			answer_application(m, &route);
		else
			answer_error(m, 414);
	} else if (rule->status >= 300 && rule->status < 400)
		answer_rule_redirect(m);
	else
		answer_rule_page(m);
	note_rule(m->w, m->r, rule->line);
}

/* Does the path exist?  A folder without an index page does not count. */
static bool
is_present(struct builder *m, const struct resource *res)
{
	struct buf *scratch = &m->w->scratch;
	struct slice path = { scratch->p + scratch->n, m->path.n };

	if (res->kind == RESOURCE_NONE)
		return res->status != 404;
	if (res->kind != RESOURCE_REDIRECT)
		return res->kind == RESOURCE_FILE;
	memcpy(scratch->p + scratch->n, m->path.p, m->path.n + 1);
	return find_page(m, &path)->kind == RESOURCE_FILE;
}

/*
 * The first rule that matches applies: always if it is forced, else only if the
 * path does not exist.  If the path exists, the first forced rule that matches
 * applies.  NULL: no rule does.
 */
static const struct rules_redirect *
choose_rule(struct builder *m)
{
	const struct rules_redirects *r = m->w->in_force.redirects;
	struct slice query = m->req->query;
	const struct rules_redirect *rule = rules_find_redirect(r, m->path,
	    query, false);

	if (rule == NULL || rule->forced ||
	    !is_present(m, find_and_watch(m, m->path)))
		return rule;
	return rules_find_redirect(r, m->path, query, true);
}

static void
answer_found(struct builder *m)
{
	struct worker *w = m->w;
	enum archive_format format;
	struct resource *res = find_and_watch(m, m->path);
	struct gateway_route route;

	if (w->upstreams != NULL &&
	    answer_is_left_to_application(m, res, &route)) {
		answer_application(m, &route);
		return;
	}
	switch (res->kind) {
	case RESOURCE_FILE:
		if (is_index_page(m) && m->req->query.n > 0 &&
		    answer_wants_archive(m, &format))
			answer_no_archive(m);
		else
			answer_file(m, res);
		break;
	case RESOURCE_REDIRECT:
		answer_redirect(m);
		break;
	case RESOURCE_FOLDER:
		if (w->server->opt->no_listing)
			answer_no_listing(m);
		else if (answer_wants_archive(m, &format))
			answer_archive(m, res, format);
		else
			answer_listing(m, res);
		break;
	case RESOURCE_NONE:
		note_reason(m->w, m->r, res);
		/* Browsers request this with each page. */
		if (res->reason == RESOURCE_ABSENT &&
		    slice_equal(m->path, SLICE("/favicon.ico")))
			note_text(m->w, m->r, SLICE("(browsers ask for it)"));
		else if (res->reason == RESOURCE_ABSENT)
			note_single_file(m->w, m->r);
		if (res->status == 404)
			answer_missing(m);
		else
			answer_error(m, res->status);
		break;
	}
}

static void
choose_codings(struct builder *m)
{
	struct slice value = m->req->field[HTTP_ACCEPT_ENCODING];
	struct resource_choice *choice = &m->choice;
	struct codings_memo *memo = &m->w->codings;

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
answer_path(struct builder *m)
{
	const struct rules_redirect *rule = NULL;
	struct resource_choice *choice = &m->choice;

	choose_codings(m);
	/* The live snippet is not compressed. */
	if (m->is_navigation && choice->count > 0) {
		choice->codings[0] = ACCEPT_IDENTITY;
		choice->count = 1;
		choice->with_snippet = true;
	}
	if (m->w->in_force.redirects != NULL)
		rule = choose_rule(m);
	if (rule != NULL)
		answer_rule(m, rule);
	else
		answer_found(m);
}

/* Answer the path, then apply the rules of _headers to the response. */
static void
answer_with_headers(struct builder *m, const struct rules_headers *headers)
{
	struct rules_change change[RULES_SAME_FIELDS];
	struct worker *w = m->w;
	struct buf space = buf_over(w->scratch.p + w->scratch.n,
	    RULES_FIELDS_MAX);
	size_t from = w->out.n;
	bool cut;
	unsigned count = rules_find_changes(headers, m->path, change, &space,
	    &cut);

	w->scratch.n += space.n;
	m->type = override_type(w->server, change, count);
	answer_path(m);
	/* An application's reply has no head yet, and keeps its own. */
	if (count > 0 && w->out.n > from)
		override_head(w->server, &w->out, from, change, count,
		    m->body);
	if (cut)
		note_text(w, m->r, SLICE("(_headers: too much for one answer, "
		    "the rest was left out)"));
}

static bool
names_rules(const struct builder *m)
{
	return m->w->rules != NULL && m->path.p[1] == '_' &&
	    rules_file_is_name(slice_skip(m->path, 1));
}

void
answer_site(struct builder *m)
{
	struct worker *w = m->w;
	const struct docroot *docroot = w->server->docroot;
	struct stat st;

	if (docroot->single_file != NULL && m->path.n == 1) {
		/* So that a client saves it under its name. */
		answer_start(m, slice_of(docroot->url_name), buf_url);
		return;
	}
	worker_check_rules(w);
	if (names_rules(m)) {
		if (resource_stat_name(w->root, m->path.p + 1, &st))
			note_text(w, m->r, SLICE("(rules are not served; "
			    "--no-rules serves this)"));
		answer_error(m, 404);
	} else if (w->in_force.headers != NULL) {
		answer_with_headers(m, w->in_force.headers);
	} else {
		answer_path(m);
	}
}

bool
answer_enter_base(struct builder *m)
{
	const char *text = m->w->server->opt->base;
	struct slice base;

	if (text == NULL) {
		m->path = m->url_path;
		return true;
	}
	base = slice_of(text);
	if (slice_starts(m->url_path, base)) {
		m->path = slice_skip(m->url_path, base.n - 1);
		return true;
	}
	if (m->url_path.n == 1) {
		answer_start(m, base, buf_url_path);
	} else if (slice_equal(m->url_path, slice_first(base, base.n - 1))) {
		answer_redirect(m);
	} else {
		note_outside_base(m->w, m->r, base);
		answer_error(m, 404);
	}
	return false;
}

int
answer_decode_path(struct builder *m)
{
	struct buf *b = &m->w->scratch;
	char *p = b->p + b->n;
	ssize_t n = http_decode_path(m->req->path, p);

	if (n < 0)
		return (int)-n;
	b->n += (size_t)n + 1;
	m->url_path = (struct slice){ p, (size_t)n };
	return 0;
}
