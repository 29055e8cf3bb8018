#include "server/proxy.h"

#include "server/authority.h"
#include "server/http_path.h"

/* ---- --proxy [PREFIX=]URL ---- */

/* Is s visible ASCII without '?' and '#', as the path of a request line is? */
static bool
is_target_text(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '?' ||
		    s.p[i] == '#')
			return false;
	}
	return true;
}

static struct slice
without_brackets(struct slice host)
{
	if (host.n > 2 && host.p[0] == '[')
		return (struct slice){ host.p + 1, host.n - 2 };
	return host;
}

unsigned
proxy_port(const struct proxy_app *app)
{
	struct slice digits = app->port;
	uint64_t port;

	if (app->socket.n > 0)
		return 0;
	return slice_take_number(&digits, 65536, &port) ? (unsigned)port : 80;
}

/* A host with a colon or a digit at its end is an address, which getaddrinfo(3)
 * does not look up. */
bool
proxy_is_name(const struct proxy_app *app)
{
	struct slice host = app->host;
	char last = host.n > 0 ? host.p[host.n - 1] : '0';

	return host.n > 0 && memchr(host.p, ':', host.n) == NULL &&
	    (last < '0' || last > '9') &&
	    !slice_equal_nocase(host, SLICE("localhost"));
}

/* HOST[:PORT][/PATH] */
static bool
parse_authority(struct slice s, struct proxy_app *app)
{
	unsigned port;

	app->authority = slice_before(s, '/');
	app->path = slice_skip(s, app->authority.n);
	if (!authority_parse(app->authority, &app->host, &app->port))
		return false;
	app->host = without_brackets(app->host);
	if (app->port.n > 0)
		app->port = slice_skip(app->port, 1);
	port = proxy_port(app);
	return port > 0 && port <= 65535 && is_target_text(app->path);
}

enum proxy_syntax
proxy_parse(struct slice text, struct proxy_app *app)
{
	struct slice unix_scheme = SLICE("unix:");
	struct slice http = SLICE("http://");

	*app = (struct proxy_app){ .url = text };
	if (text.n > 0 && text.p[0] == '/') {
		app->prefix = slice_take_until(&app->url, '=');
		if (app->prefix.n == text.n || !is_target_text(app->prefix) ||
		    !proxy_accepts_path(app->prefix))
			return PROXY_MALFORMED;
	}
	if (slice_starts_nocase(app->url, SLICE("https://")))
		return PROXY_TLS;
	if (slice_starts_nocase(app->url, unix_scheme)) {
		app->socket = slice_skip(app->url, unix_scheme.n);
		if (app->socket.n < 2 || app->socket.p[0] != '/')
			return PROXY_MALFORMED;
		return app->socket.n <= PROXY_SOCKET_MAX ?
		    PROXY_OK : PROXY_LONG_SOCKET;
	}
	if (!slice_starts_nocase(app->url, http) ||
	    !parse_authority(slice_skip(app->url, http.n), app))
		return PROXY_MALFORMED;
	return PROXY_OK;
}

/* ---- routing ---- */

/* Take the byte at the start of *s; -1 at its end. */
static int
next_byte(struct slice *s)
{
	int c;

	if (s->n == 0)
		return -1;
	c = (unsigned char)s->p[0];
	*s = slice_skip(*s, 1);
	return c;
}

/* Take a byte or an escape, decoded; -1 also if the escape is malformed. */
static int
next_decoded(struct slice *s)
{
	int c;

	if (s->n == 0 || s->p[0] != '%')
		return next_byte(s);
	c = http_decode_escape(*s);
	if (c >= 0)
		*s = slice_skip(*s, 3);
	return c;
}

/* Does segment, decoded, equal wanted, which may be decoded already? */
static bool
is_same_segment(struct slice segment, struct slice wanted, bool is_decoded)
{
	int x, y;

	do {
		x = next_decoded(&segment);
		y = is_decoded ? next_byte(&wanted) : next_decoded(&wanted);
	} while (x == y && x != -1);
	return x == y && segment.n == 0 && wanted.n == 0;
}

enum { UNDECIDED = -2 };

/*
 * Most paths begin with the bytes of a prefix, or differ from it in a plain
 * byte.  Then nothing needs to be decoded.  Returns how many segments the
 * prefix has, -1 if path is not beneath it, or UNDECIDED.
 */
static inline int
compare_bytes(struct slice prefix, struct slice path)
{
	int count = 0;
	char a = '/', b;

	if (prefix.n == 0)
		return 0;
	for (size_t i = 0; i < prefix.n; i++) {
		b = i < path.n ? path.p[i] : '/';
		count += a == '/' && prefix.p[i] != '/';
		a = prefix.p[i];
		if (a == '%' || b == '%')
			return UNDECIDED;
		if (a != b)
			return a != '/' && b != '/' ? -1 : UNDECIDED;
	}
	return a != '/' && (path.n == prefix.n ||
	    (path.n > prefix.n && path.p[prefix.n] == '/')) ? count : UNDECIDED;
}

/* Compare decoded segments, as compare_bytes() cannot.  Moves *path past the
 * prefix. */
static int
take_segments(struct slice prefix, bool is_decoded, struct slice *path)
{
	struct slice rest = *path, wanted, segment;
	int count = 0;

	while (http_next_segment(&prefix, &wanted)) {
		if (!http_next_segment(&rest, &segment) ||
		    !is_same_segment(segment, wanted, is_decoded))
			return -1;
		count++;
	}
	*path = rest;
	return count;
}

static int
take_prefix(struct slice prefix, bool is_decoded, struct slice *path)
{
	int count = compare_bytes(prefix, *path);

	if (count == UNDECIDED)
		return take_segments(prefix, is_decoded, path);
	if (count > 0)
		*path = slice_skip(*path, prefix.n);
	return count;
}

int
proxy_take_prefix(struct slice prefix, struct slice *path)
{
	return take_prefix(prefix, false, path);
}

/* Remove --base from the start of *path. */
static inline bool
take_base(struct slice base, struct slice *path)
{
	return base.n == 0 || take_prefix(base, true, path) != -1;
}

/* False if the first bytes after the slash differ: a quick test for files
 * beside an application. */
static inline bool
may_have_prefix(struct slice prefix, struct slice path)
{
	char a, b;

	if (prefix.n < 2 || path.n < 2)
		return true;
	a = prefix.p[1];
	b = path.p[1];
	return a == b || a == '%' || b == '%' || a == '/' || b == '/';
}

/* Does prefix match more segments of path than *longest?  Then set *longest,
 * and *rest to the part of path after prefix. */
static inline bool
matches_more(struct slice prefix, struct slice path, int *longest,
    struct slice *rest)
{
	int count = proxy_take_prefix(prefix, &path);

	if (count <= *longest)
		return false;
	*longest = count;
	*rest = path;
	return true;
}

const struct proxy_app *
proxy_find(const struct proxy_app *apps, size_t n, struct slice base,
    struct slice path, struct slice *rest)
{
	const struct proxy_app *best = NULL;
	int longest = -1;

	if (!take_base(base, &path))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (apps[i].prefix.n > 0 &&
		    may_have_prefix(apps[i].prefix, path) &&
		    matches_more(apps[i].prefix, path, &longest, rest))
			best = &apps[i];
	return best;
}

const struct proxy_app *
proxy_find_fallback(const struct proxy_app *apps, size_t n, struct slice base,
    struct slice path, struct slice *rest)
{
	if (!take_base(base, &path))
		return NULL;
	*rest = path;
	for (size_t i = 0; i < n; i++) {
		if (apps[i].prefix.n == 0)
			return &apps[i];
	}
	return NULL;
}

const struct proxy_app *
proxy_find_url(const struct proxy_app *apps, size_t n, struct slice url,
    struct slice *path)
{
	const struct proxy_app *best = NULL;
	struct slice http = SLICE("http://"), authority, ignored;
	int longest = -1;

	if (!slice_starts_nocase(url, http))
		return NULL;
	authority = slice_before(slice_skip(url, http.n), '/');
	*path = slice_skip(url, http.n + authority.n);
	for (size_t i = 0; i < n; i++)
		if (authority_is_same(authority, apps[i].authority) &&
		    matches_more(apps[i].path, *path, &longest, &ignored))
			best = &apps[i];
	return best;
}

/* Does path have no escape, and no segment that begins with a dot? */
static bool
is_plain(struct slice path)
{
	const char *end = path.p + path.n, *dot = path.p;

	/* Most paths have one dot, or none: memmem() would take longer. */
	for (; (dot = memchr(dot, '.', (size_t)(end - dot))) != NULL; dot++)
		if (dot == path.p || dot[-1] == '/')
			return false;
	return path.n > 0 && memchr(path.p, '%', path.n) == NULL &&
	    memchr(path.p, '\\', path.n) == NULL &&
	    memchr(path.p, '\0', path.n) == NULL;
}

bool
proxy_accepts_path(struct slice path)
{
	size_t dots = 0, others = 0;
	bool in_parameter = false;

	if (is_plain(path))
		return true;
	while (path.n > 0) {
		int c = next_decoded(&path);

		if (c <= 0)
			return false;
		if (c == '/' || c == '\\') {
			if (others == 0 && (dots == 1 || dots == 2))
				return false;
			dots = others = 0;
			in_parameter = false;
		} else if (c == ';') {
			in_parameter = true;
		} else if (!in_parameter) {
			dots += c == '.';
			others += c != '.';
		}
	}
	return others > 0 || (dots != 1 && dots != 2);
}
