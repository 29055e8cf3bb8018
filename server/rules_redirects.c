/* The lines of _redirects, declared in rules.h. */
#include "server/rules_lines.h"

#include "server/ascii.h"
#include "server/http_path.h"

enum { HOPS_MAX = 10 };	/* redirects in the longest circle that is found */

static bool
has_bad_escape(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '%' && http_decode_escape(slice_skip(s, i)) <= 0)
			return true;
	return false;
}

static bool
is_host_byte(char c)
{
	return ascii_is_letter(c) || ascii_is_digit(c) ||
	    (c != '\0' && strchr("-._:[]", c) != NULL);
}

/* An IPv6 address in brackets has colons of its own. */
static bool
has_placeholder(struct slice s)
{
	if (s.n > 0 && s.p[0] == '[')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == ':' && pattern_name_length(
		    slice_skip(s, i + 1)) > 0)
			return true;
	return false;
}

/*
 * Check the host of TO.  If a request could choose it, the redirect could lead
 * anywhere; an incomplete one leads nowhere.  Returns NULL or an error message.
 */
static const char *
check_url(struct slice url)
{
	struct slice host = rules_authority(url);

	if (has_placeholder(host))
		return "a placeholder in the host of";
	if (host.n == 0 || host.p[0] == ':')
		return "bad host in";
	for (size_t i = 0; i < host.n; i++)
		if (!is_host_byte(host.p[i]))
			return "bad host in";
	return NULL;
}

static const char *
check_path(struct slice path)
{
	/* Browsers read "//" and "/\" as the start of a host. */
	if (path.n > 1 && (path.p[1] == '/' || path.p[1] == '\\'))
		return "two slashes in front of";
	return NULL;
}

/* Three digits, and '!' if the line applies even if the file exists. */
static bool
parse_status(struct slice word, struct rules_redirect *r)
{
	static const int known[] = {
		200, 301, 302, 303, 307, 308, 404, 410, 451,
	};
	uint64_t status;

	r->forced = word.n > 0 && word.p[word.n - 1] == '!';
	word.n -= r->forced;
	if (word.n != 3 || !slice_take_number(&word, 999, &status) ||
	    word.n > 0)
		return false;
	r->status = (int)status;
	for (size_t i = 0; i < LENGTH_OF(known); i++)
		if (r->status == known[i])
			return true;
	return false;
}

/* rest: the line after FROM.  The words up to TO are conditions on the
 * query. */
static bool
parse_target(struct rules_reader *f, struct slice *rest,
    struct rules_redirect *r)
{
	struct slice word;

	r->conditions = slice_first(*rest, 0);
	while ((word = rules_next_word(rest)).n > 0) {
		if (word.p[0] == '/' || rules_has_scheme(word))
			break;
		if (memchr(word.p, '=', word.n) == NULL) {
			rules_fault(f, "bad target", word,
			    ", want a path such as '/new' or an http:// URL");
			return false;
		}
		r->condition_count++;
		r->conditions.n = (size_t)(word.p + word.n -
		    r->conditions.p);
	}
	if (word.n == 0)
		rules_fault(f, "no target after", r->from, "");
	r->to = word;
	r->external = word.n > 0 && word.p[0] != '/';
	return word.n > 0;
}

static bool
check_target(struct rules_reader *f, const struct rules_redirect *r)
{
	const char *wrong = r->external ? check_url(r->to) :
	    check_path(r->to);

	if (wrong == NULL && has_bad_escape(r->to))
		wrong = "bad escape in";
	if (wrong != NULL)
		rules_fault(f, wrong, r->to, "");
	return wrong == NULL;
}

/* Find the application of a URL, which must lie beneath one that --proxy names
 * however the placeholders in it are replaced. */
static bool
find_application(struct rules_reader *f, struct rules_apps apps,
    struct rules_redirect *r)
{
	struct slice url = rules_path_of(r->to), path;

	r->app = proxy_find_url(apps.app, apps.n, url, &path);
	if (r->app == NULL)
		rules_fault(f, "a URL with status 200 needs --proxy:", r->to,
		    "");
	else if (!proxy_accepts_path(path))
		rules_fault(f, "no path has '..' in it:", r->to, "");
	else
		return true;
	return false;
}

static bool
parse_rest(struct rules_reader *f, struct slice rest, struct rules_apps apps,
    struct rules_redirect *r)
{
	struct slice word = rules_next_word(&rest);

	r->status = 301;
	if (word.n > 0 && memchr(word.p, '=', word.n) == NULL) {
		if (!parse_status(word, r)) {
			rules_fault(f, "bad status", word, "");
			return false;
		}
		word = rules_next_word(&rest);
	}
	/* A line with an unknown condition must not apply to all clients. */
	if (word.n > 0) {
		rules_fault(f, memchr(word.p, '=', word.n) != NULL ?
		    "serve does not know the condition" : "what is", word, "");
		return false;
	}
	if (r->external && r->status < 300)
		return find_application(f, apps, r);
	if (r->external && r->status >= 400) {
		rules_fault(f, "only a path can be a page for an error, not",
		    r->to, "");
		return false;
	}
	return true;
}

/* A redirect that can lead only to its own path is a mistake. */
static bool
leads_to_itself(const struct rules_redirect *r)
{
	struct slice from = rules_without_slash(r->from);
	struct slice to = rules_without_slash(rules_path_of(r->to));
	struct slice splat = SLICE(":splat");

	if (!rules_is_redirect(r) || r->external || r->condition_count > 0 ||
	    rules_has_query(r->to))
		return false;
	if (from.p[from.n - 1] == '*' && slice_ends(to, splat)) {
		from.n--;
		to.n -= splat.n;
	}
	return slice_equal(from, to);
}

static bool
parse_redirect(struct rules_reader *f, struct rules_apps apps,
    struct rules_redirect *r)
{
	struct slice rest = f->text;

	*r = (struct rules_redirect){ .line = f->line };
	r->from = rules_next_word(&rest);
	if (rules_has_control(f->text)) {
		rules_fault(f, "a control character in", f->text, "");
		return false;
	}
	if (r->from.p[0] != '/') {
		rules_fault(f, rules_has_scheme(r->from) ?
		    "only a path can be redirected, not" : "bad path",
		    r->from, rules_has_scheme(r->from) ? "" :
		    ", want one that starts with '/'");
		return false;
	}
	if (rules_path_of(r->from).n < r->from.n) {
		rules_fault(f, "a path has no query or fragment:", r->from, "");
		return false;
	}
	if (!parse_target(f, &rest, r) || !check_target(f, r) ||
	    !parse_rest(f, rest, apps, r))
		return false;
	if (leads_to_itself(r)) {
		rules_fault(f, "a redirect to itself:", r->from, "");
		return false;
	}
	return true;
}

/* ---- the file ---- */

/* Is r a redirect with the same target for all matching requests? */
static bool
has_fixed_target(const struct rules_redirect *r)
{
	return rules_is_redirect(r) && !r->external &&
	    r->condition_count == 0 && !has_placeholder(r->to);
}

/* The line that applies to the target of r; NULL unless that is a redirect with
 * a fixed target too. */
static const struct rules_redirect *
next_hop(const struct rules_redirects *rules, const struct rules_redirect *r)
{
	char path[RULES_TARGET_MAX + 2];
	struct slice to = rules_path_of(r->to);
	struct slice query = rules_query_of(r->to);
	const struct rules_redirect *next;
	ssize_t n = to.n > RULES_TARGET_MAX ? -1 : http_decode_path(to, path);

	if (n < 0)
		return NULL;
	next = rules_find_redirect(rules, (struct slice){ path, (size_t)n },
	    query, false);
	return next != NULL && has_fixed_target(next) ? next : NULL;
}

/*
 * Lines that lead to each other work only if one of the paths has a file.  So
 * they stay in force, and a warning names the first line of the circle.
 */
static void
warn_of_circles(const struct rules_redirects *rules, struct rules_reader *f)
{
	for (unsigned i = 0; i < rules->count; i++) {
		const struct rules_redirect *line = &rules->redirect[i];
		const struct rules_redirect *next = line, *last = line;

		if (!has_fixed_target(line))
			continue;
		for (int hops = 0; hops < HOPS_MAX && next != NULL; hops++) {
			last = next;
			next = next_hop(rules, next);
			if (next != NULL && next <= line)
				break;
		}
		if (next == line)
			rules_warn_of_circle(f, line->line, last->line);
	}
}

static const char *
add_pattern(struct pattern_set *set, const struct rules_redirect *r)
{
	char text[RULES_TARGET_MAX];
	struct buf key = buf_over(text, sizeof(text));

	rules_put_key(r, &key);
	if (key.full)
		key.n = 0;
	return pattern_add(set, r->from, true, buf_slice(&key));
}

size_t
rules_redirects_space(struct slice text)
{
	return pattern_space(text) +
	    pattern_most(text) * sizeof(struct rules_redirect);
}

void
rules_parse_redirects(struct rules_redirects *r, struct slice text,
    char *space, struct rules_apps apps, struct buf *messages)
{
	struct rules_reader f;
	struct rules_redirect line;
	const char *wrong;

	*r = (struct rules_redirects){ .redirect = (struct rules_redirect *)
	    (void *)(space + pattern_space(text)) };
	pattern_set_init(&r->from, text, space);
	rules_begin(&f, "_redirects", text, messages);
	while (rules_next_line(&f)) {
		if (!parse_redirect(&f, apps, &line) || !rules_take(&f))
			continue;
		wrong = add_pattern(&r->from, &line);
		if (wrong == NULL) {
			r->redirect[r->count++] = line;
		} else {
			f.rules--;
			rules_fault(&f, wrong, line.from, "");
		}
	}
	warn_of_circles(r, &f);
	rules_end(&f);
}
