/* Find the line of _redirects that applies, and its target: see rules.h. */
#include "server/rules_lines.h"

#include "server/http_path.h"
#include "server/query.h"

struct slice
rules_path_of(struct slice target)
{
	return slice_before_any(target, "?#");
}

struct slice
rules_query_of(struct slice target)
{
	return slice_before(slice_skip(target, rules_path_of(target).n), '#');
}

/* ---- conditions on the query ---- */

/* Take the next parameter that is not empty from a query without its '?'. */
static bool
next_parameter(struct slice *rest, struct slice *name, struct slice *value)
{
	struct slice parameter = SLICE("");
	bool found;

	while (parameter.n == 0 && query_next(rest, &parameter))
		;
	found = parameter.n > 0;
	*name = slice_take_until(&parameter, '=');
	*value = parameter;
	return found;
}

/* Take a byte of a query, decoded. */
static char
next_decoded(struct slice *s)
{
	int c = http_decode_escape(*s);

	if (c >= 0) {
		*s = slice_skip(*s, 3);
		return (char)c;
	}
	c = s->p[0] == '+' ? ' ' : s->p[0];
	*s = slice_skip(*s, 1);
	return (char)c;
}

static bool
equal_decoded(struct slice a, struct slice b)
{
	while (a.n > 0 && b.n > 0)
		if (next_decoded(&a) != next_decoded(&b))
			return false;
	return a.n == 0 && b.n == 0;
}

static struct slice
without_mark(struct slice query)
{
	return query.n > 0 ? slice_skip(query, 1) : query;
}

static bool
find_parameter(struct slice query, struct slice name, struct slice *value)
{
	struct slice other;

	while (next_parameter(&query, &other, value))
		if (equal_decoded(name, other))
			return true;
	return false;
}

static unsigned
count_parameters(struct slice query)
{
	struct slice name, value;
	unsigned n = 0;

	while (next_parameter(&query, &name, &value))
		n++;
	return n;
}

/* The next condition of a line, split at its '='. */
static bool
next_condition(struct slice *rest, struct slice *name, struct slice *value)
{
	struct slice word = rules_next_word(rest);

	return next_parameter(&word, name, value);
}

/* The name of the placeholder in a condition's value, or empty. */
static struct slice
condition_placeholder(struct slice value)
{
	struct slice name = { value.p, 0 };

	if (value.n > 1 && value.p[0] == ':' &&
	    pattern_name_length(slice_skip(value, 1)) == value.n - 1)
		name = slice_skip(value, 1);
	return name;
}

/* As on Netlify: these parameters and no others, in any order. */
static bool
meets_conditions(const struct rules_redirect *r, struct slice query)
{
	struct slice rest = r->conditions, name, want, value;

	if (r->condition_count == 0)
		return true;
	query = without_mark(query);
	if (count_parameters(query) != r->condition_count)
		return false;
	while (next_condition(&rest, &name, &want)) {
		if (!find_parameter(query, name, &value))
			return false;
		if (condition_placeholder(want).n == 0 &&
		    !equal_decoded(want, value))
			return false;
	}
	return true;
}

/* ---- keys: conditions that the pattern is indexed by ---- */

enum { PARAMETERS_MAX = 64 };	/* of a query; lines with more have no key */

/* The parameters of a query, decoded: "name" and "name=value" of each. */
struct parameters {
	char text[RULES_TARGET_MAX + PARAMETERS_MAX];
	struct slice key[2 * PARAMETERS_MAX];
	unsigned n;
};

static void
put_decoded(struct buf *b, struct slice s)
{
	while (s.n > 0)
		buf_byte(b, next_decoded(&s));
}

/* A value that is a placeholder may be anything, so the name is the key. */
void
rules_put_key(const struct rules_redirect *r, struct buf *out)
{
	struct slice rest = r->conditions, name, value, first;
	bool has_value;

	if (r->condition_count == 0 || r->condition_count > PARAMETERS_MAX)
		return;
	next_condition(&rest, &first, &value);
	rest = r->conditions;
	do {
		has_value = next_condition(&rest, &name, &value);
	} while (has_value && condition_placeholder(value).n > 0);
	put_decoded(out, has_value ? name : first);
	if (has_value) {
		buf_byte(out, '=');
		put_decoded(out, value);
	}
}

static void
split_query(struct slice query, struct parameters *p)
{
	struct buf b = buf_over(p->text, sizeof(p->text));
	struct slice name, value;

	p->n = 0;
	query = without_mark(query);
	while (p->n < LENGTH_OF(p->key) &&
	    next_parameter(&query, &name, &value)) {
		size_t from = b.n;

		put_decoded(&b, name);
		p->key[p->n++] = buf_since(&b, from);
		buf_byte(&b, '=');
		put_decoded(&b, value);
		p->key[p->n++] = buf_since(&b, from);
	}
}

/* The lines whose pattern and key match. */
static void
match_lines(const struct rules_redirects *r, struct slice path,
    struct slice query, struct pattern_matches *m)
{
	struct parameters p;

	p.n = 0;
	if (pattern_has_keys(&r->from))
		split_query(query, &p);
	pattern_match(&r->from, path, (struct pattern_keys){ p.key, p.n }, m);
}

static bool
capture_parameter(const struct rules_redirect *r, struct slice query,
    struct slice placeholder, struct slice *value)
{
	struct slice rest = r->conditions, name, want;

	while (next_condition(&rest, &name, &want))
		if (slice_equal(condition_placeholder(want), placeholder))
			return find_parameter(without_mark(query), name,
			    value);
	return false;
}

/* ---- the target of a line ---- */

/* A target under construction. */
struct target {
	const struct rules_redirect *r;
	struct slice path, query;	/* of the request */
	struct buf *out;
	size_t start;		/* of the target in out */
	bool in_query;		/* or in the fragment */
	bool joint;		/* out ends with a placeholder's value */
};

/* Where a placeholder begins or ends, several slashes become one.  Otherwise
 * the request could turn the start of a path into "//" and a host. */
static struct slice
without_slashes(const struct target *t, struct slice s)
{
	const struct buf *b = t->out;

	if (t->in_query || b->n == t->start || b->p[b->n - 1] != '/')
		return s;
	while (s.n > 0 && s.p[0] == '/')
		s = slice_skip(s, 1);
	return s;
}

/* Decode the value and escape it again; a slash must not split the path. */
static void
put_parameter(struct buf *b, struct slice value)
{
	while (value.n > 0) {
		char c = next_decoded(&value);

		buf_url(b, (struct slice){ &c, 1 });
	}
}

static bool
put_placeholder(struct target *t, struct slice name)
{
	struct slice value;

	if (pattern_capture(t->r->from, t->path, name, &value)) {
		if (t->in_query)
			buf_url(t->out, value);
		else
			buf_url_path(t->out, without_slashes(t, value));
		return true;
	}
	if (capture_parameter(t->r, t->query, name, &value)) {
		put_parameter(t->out, value);
		return true;
	}
	return false;
}

static void
put_literal(struct target *t, struct slice s)
{
	if (t->joint)
		s = without_slashes(t, s);
	t->joint = false;
	buf_url_query(t->out, s);
}

/* The request's query goes before a fragment.  A line with conditions has
 * already used the query's parameters. */
static void
put_query(struct target *t)
{
	if (t->r->condition_count == 0 && !rules_has_query(t->r->to) &&
	    t->query.n > 1)
		buf_url_query(t->out, t->query);
}

static void
put_target(struct target *t, struct slice to)
{
	bool query_put = false;

	if (t->r->external) {
		struct slice host = rules_authority(to);
		size_t n = (size_t)(host.p + host.n - to.p);

		buf_add(t->out, to.p, n);
		to = slice_skip(to, n);
	}
	while (to.n > 0) {
		size_t n = to.p[0] == ':' ?
		    pattern_name_length(slice_skip(to, 1)) : 0;

		if (n > 0 && put_placeholder(t,
		    (struct slice){ to.p + 1, n })) {
			t->joint = true;
			to = slice_skip(to, n + 1);
			continue;
		}
		if (to.p[0] == '#' && !query_put) {
			put_query(t);
			query_put = true;
			buf_byte(t->out, '#');
			to = slice_skip(to, 1);
			t->in_query = true;
			continue;
		}
		t->in_query |= to.p[0] == '?';
		n = 1 + slice_before_any(slice_skip(to, 1), ":?#").n;
		put_literal(t, slice_first(to, n));
		to = slice_skip(to, n);
	}
	if (!query_put)
		put_query(t);
}

void
rules_put_target(const struct rules_redirect *r, struct slice path,
    struct slice query, struct buf *out)
{
	struct target t = {
		.r = r, .path = path, .query = query, .out = out,
		.start = out->n,
	};

	put_target(&t, r->to);
	if (out->n - t.start > RULES_TARGET_MAX)
		out->full = true;
}

/* ---- the line that applies ---- */

/* Would a browser that follows the redirect send the same request again? */
static bool
leads_back(const struct rules_redirect *r, struct slice path,
    struct slice query)
{
	char text[RULES_TARGET_MAX + 1], decoded[RULES_TARGET_MAX + 2];
	struct buf b = buf_over(text, sizeof(text));
	struct slice target;
	ssize_t n;

	if (!rules_is_redirect(r) || r->external)
		return false;
	rules_put_target(r, path, query, &b);
	if (b.full)
		return false;
	target = buf_slice(&b);
	n = http_decode_path(rules_path_of(target), decoded);
	if (n < 0 || !slice_equal(rules_without_slash(path),
	    rules_without_slash((struct slice){ decoded, (size_t)n })))
		return false;
	return slice_equal(without_mark(rules_query_of(target)),
	    without_mark(query));
}

const struct rules_redirect *
rules_find_redirect(const struct rules_redirects *r, struct slice path,
    struct slice query, bool forced)
{
	struct pattern_matches m;

	match_lines(r, path, query, &m);
	for (int i = pattern_next(&m, 0); i != -1;
	    i = pattern_next(&m, i + 1)) {
		const struct rules_redirect *line = &r->redirect[i];

		if ((line->forced || !forced) &&
		    meets_conditions(line, query) &&
		    !leads_back(line, path, query))
			return line;
	}
	return NULL;
}
