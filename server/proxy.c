#include "server/proxy.h"

#include "server/authority.h"
#include "server/head.h"
#include "server/http_path.h"
#include "server/list.h"

/* ---- --proxy [PREFIX=]URL ---- */

/* Only visible ASCII, without '?' and '#', as in the path of a request line? */
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

static bool
is_port(unsigned port)
{
	return port > 0 && port <= 65535;
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
	const char *slash = memchr(s.p, '/', s.n);
	size_t n = slash != NULL ? (size_t)(slash - s.p) : s.n;

	app->authority = (struct slice){ s.p, n };
	app->path = slice_skip(s, n);
	if (!authority_parse(app->authority, &app->host, &app->port))
		return false;
	app->host = without_brackets(app->host);
	if (app->port.n > 0)
		app->port = slice_skip(app->port, 1);
	return is_port(proxy_port(app)) &&
	    is_target_text(app->path);
}

enum proxy_syntax
proxy_parse(struct slice text, struct proxy_app *app)
{
	struct slice unix_scheme = SLICE("unix:");
	struct slice http = SLICE("http://");

	*app = (struct proxy_app){ .url = text };
	if (text.n > 0 && text.p[0] == '/') {
		const char *equals = memchr(text.p, '=', text.n);

		if (equals == NULL)
			return PROXY_MALFORMED;
		app->prefix = (struct slice){ text.p,
			(size_t)(equals - text.p) };
		app->url = slice_skip(text, app->prefix.n + 1);
		if (!is_target_text(app->prefix) ||
		    !proxy_accepts_path(app->prefix))
			return PROXY_MALFORMED;
	}
	if (slice_starts_nocase(app->url, SLICE("https://")))
		return PROXY_TLS;
	if (slice_starts_nocase(app->url, unix_scheme)) {
		app->socket = slice_skip(app->url, unix_scheme.n);
		return app->socket.n > 1 && app->socket.p[0] == '/' ?
		    PROXY_OK : PROXY_MALFORMED;
	}
	if (!slice_starts_nocase(app->url, http) ||
	    !parse_authority(slice_skip(app->url, http.n), app))
		return PROXY_MALFORMED;
	return PROXY_OK;
}

/* ---- routing ---- */

/* The byte at the start of *s, decoded; -1 at its end or if malformed. */
static int
next_decoded(struct slice *s)
{
	int c;

	if (s->n == 0)
		return -1;
	if (s->p[0] != '%') {
		c = (unsigned char)s->p[0];
		*s = slice_skip(*s, 1);
		return c;
	}
	c = http_decode_escape(*s);
	if (c >= 0)
		*s = slice_skip(*s, 3);
	return c;
}

static bool
is_same_segment(struct slice a, struct slice b)
{
	int x, y;

	do {
		x = next_decoded(&a);
		y = next_decoded(&b);
	} while (x == y && x != -1);
	return x == y && a.n == 0 && b.n == 0;
}

/* The next segment that is not empty; false if there is none. */
static bool
next_segment(struct slice *rest, struct slice *segment)
{
	const char *slash;
	size_t n;

	while (rest->n > 0 && rest->p[0] == '/')
		*rest = slice_skip(*rest, 1);
	slash = rest->n > 0 ? memchr(rest->p, '/', rest->n) : NULL;
	n = slash != NULL ? (size_t)(slash - rest->p) : rest->n;
	*segment = (struct slice){ rest->p, n };
	*rest = slice_skip(*rest, n);
	return n > 0;
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

/* The same with decoded segments.  It moves *path past the prefix, and never
 * returns UNDECIDED. */
static int
take_segments(struct slice prefix, struct slice *path)
{
	struct slice rest = *path, wanted, segment;
	int count = 0;

	while (next_segment(&prefix, &wanted)) {
		if (!next_segment(&rest, &segment) ||
		    !is_same_segment(segment, wanted))
			return -1;
		count++;
	}
	*path = rest;
	return count;
}

/*
 * Remove prefix from the start of *path.  Returns how many segments it has, or
 * -1, with *path unchanged, if path is not beneath it.
 */
static inline int
take_prefix(struct slice prefix, struct slice *path)
{
	int count = compare_bytes(prefix, *path);

	if (count == UNDECIDED)
		return take_segments(prefix, path);
	if (count > 0)
		*path = slice_skip(*path, prefix.n);
	return count;
}

/* Decide quickly on files beside an application: false if path is not beneath
 * prefix, because the first bytes after the slash differ. */
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
	int count = take_prefix(prefix, &path);

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

	if (base.n > 0 && take_prefix(base, &path) == -1)
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
	if (base.n > 0 && take_prefix(base, &path) == -1)
		return NULL;
	*rest = path;
	for (size_t i = 0; i < n; i++) {
		if (apps[i].prefix.n == 0)
			return &apps[i];
	}
	return NULL;
}

/* Do these name the same server?  Port 80 may be left out. */
static bool
is_same_authority(struct slice a, struct slice b)
{
	struct slice end = SLICE(":80");

	if (a.n > end.n && slice_equal(slice_skip(a, a.n - end.n), end))
		a.n -= end.n;
	if (b.n > end.n && slice_equal(slice_skip(b, b.n - end.n), end))
		b.n -= end.n;
	return slice_equal_nocase(a, b);
}

const struct proxy_app *
proxy_find_url(const struct proxy_app *apps, size_t n, struct slice url,
    struct slice *path)
{
	const struct proxy_app *best = NULL;
	struct slice http = SLICE("http://"), authority, ignored;
	const char *slash;
	int longest = -1;

	if (!slice_starts_nocase(url, http))
		return NULL;
	authority = slice_skip(url, http.n);
	slash = memchr(authority.p, '/', authority.n);
	*path = (struct slice){ authority.p + authority.n, 0 };
	if (slash != NULL)
		*path = slice_skip(authority, (size_t)(slash - authority.p));
	authority.n -= path->n;
	for (size_t i = 0; i < n; i++)
		if (is_same_authority(authority, apps[i].authority) &&
		    matches_more(apps[i].path, *path, &longest, &ignored))
			best = &apps[i];
	return best;
}

/* Does path have no escape, and no segment that begins with a dot? */
static bool
is_plain(struct slice path)
{
	char before = '/';

	for (size_t i = 0; i < path.n; i++) {
		char c = path.p[i];

		if (c == '%' || c == '\\' || c == '\0' ||
		    (c == '.' && before == '/'))
			return false;
		before = c;
	}
	return true;
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

/* ---- fields of a head ---- */

static bool
find_member(struct slice list, struct slice wanted)
{
	struct slice member;

	while (list_next(&list, &member)) {
		if (slice_equal_nocase(member, wanted))
			return true;
	}
	return false;
}

/* Does a field with the wanted name list this member? */
static bool
has_member(struct slice head, struct slice wanted_name, struct slice member)
{
	struct slice lines = head_fields(head), name, value;

	while (head_next_field(&lines, &name, &value)) {
		if (slice_equal_nocase(name, wanted_name) &&
		    find_member(value, member))
			return true;
	}
	return false;
}

bool
proxy_wants_websocket(struct slice head)
{
	return has_member(head, SLICE("Upgrade"), SLICE("websocket")) &&
	    has_member(head, SLICE("Connection"), SLICE("upgrade"));
}

/* Via: a list of "protocol pseudonym [comment]". */
bool
proxy_is_loop(struct slice value, struct slice via)
{
	return value.n > 0 && memmem(value.p, value.n, via.p, via.n) != NULL;
}

/* ---- to the application ---- */

enum treatment {
	PASS,
	DROP,		/* belongs to the connection (RFC 9110 section 7.6.1),
			   or serve writes its own */
	FROM_TRUSTED,	/* accept it only from a proxy in front of us on this
			   machine */
	KEEP,		/* pass on, even if Connection names it */
	COOKIE,
	AUTHORIZATION,
	LOCATION,
};

struct known_field {
	char name[20];
	unsigned char n, treatment;
};

#define FIELD(name, treatment) { name, sizeof(name) - 1, treatment }

static const struct known_field request_fields[] = {
	FIELD("Connection", DROP),
	FIELD("Keep-Alive", DROP),
	FIELD("Proxy-Connection", DROP),
	FIELD("TE", DROP),
	FIELD("Trailer", DROP),
	FIELD("Transfer-Encoding", DROP),
	FIELD("Upgrade", DROP),
	FIELD("Content-Length", DROP),
	FIELD("Expect", DROP),
	FIELD("Host", DROP),
	FIELD("X-Forwarded-For", DROP),
	FIELD("X-Forwarded-Host", DROP),
	FIELD("X-Forwarded-Proto", DROP),
	FIELD("Via", KEEP),
	FIELD("Forwarded", FROM_TRUSTED),
	FIELD("X-Real-IP", FROM_TRUSTED),
	FIELD("Proxy", FROM_TRUSTED),
	FIELD("Cookie", COOKIE),
	FIELD("Authorization", AUTHORIZATION),
};

/* Compare the lengths first: most names differ in length, and the table is
 * searched for each field of a head. */
static inline bool
is_known(const struct known_field *known, struct slice name)
{
	return known->n == name.n && slice_equal_nocase(name,
	    (struct slice){ known->name, known->n });
}

static enum treatment
find_treatment(struct slice name)
{
	for (size_t i = 0; i < LENGTH_OF(request_fields); i++)
		if (is_known(&request_fields[i], name))
			return request_fields[i].treatment;
	if (slice_starts_nocase(name, SLICE("X-Forwarded-")))
		return FROM_TRUSTED;
	/* CGI and WSGI fold '_' and '-' into one: X_Forwarded_For would pass
	 * for a field that serve has vouched for. */
	return memchr(name.p, '_', name.n) != NULL ? DROP : PASS;
}

static bool
passes(const struct proxy_request *r, struct slice name,
    enum treatment treatment)
{
	switch (treatment) {
	case DROP:
		return false;
	case AUTHORIZATION:
		return !r->drops_authorization;
	case FROM_TRUSTED:
	case PASS:
		return (treatment == PASS || r->is_trusted) &&
		    (!r->names_fields ||
		    !has_member(r->head, SLICE("Connection"), name));
	case KEEP:
	case COOKIE:
	case LOCATION:
		break;
	}
	return true;
}

/* A line of a head. */
static void
put_field(struct buf *b, struct slice name, struct slice value)
{
	size_t n = name.n + 2 + value.n;

	/* Most lines have the form that serve writes: copy them whole. */
	if (value.p == name.p + name.n + 2 && name.p[name.n + 1] == ' ' &&
	    name.p[n] == '\r') {
		buf_add(b, name.p, n + 2);
		return;
	}
	buf_put(b, name);
	buf_lit(b, ": ");
	buf_put(b, value);
	buf_lit(b, "\r\n");
}

/* Write a Cookie field without the server's own pair (RFC 6265 section 4.2). */
static void
put_cookie(struct buf *b, struct slice value, struct slice own)
{
	bool first = true;

	while (value.n > 0) {
		const char *end = memchr(value.p, ';', value.n);
		size_t n = end != NULL ? (size_t)(end - value.p) : value.n;
		struct slice pair = slice_trim((struct slice){ value.p, n });

		value = slice_skip(value, end != NULL ? n + 1 : n);
		if (pair.n == 0 || (own.n > 0 && pair.n > own.n &&
		    pair.p[own.n] == '=' && memcmp(pair.p, own.p, own.n) == 0))
			continue;
		buf_text(b, first ? "Cookie: " : "; ");
		buf_put(b, pair);
		first = false;
	}
	if (!first)
		buf_lit(b, "\r\n");
}

/* Returns whether the head has an X-Forwarded field. */
static bool
put_passed_fields(struct buf *b, const struct proxy_request *r)
{
	struct slice lines = head_fields(r->head), name, value;
	bool forwarded = false;

	while (head_next_field(&lines, &name, &value)) {
		enum treatment treatment = find_treatment(name);

		forwarded |= treatment == DROP &&
		    slice_starts_nocase(name, SLICE("X-Forwarded-"));
		if (!passes(r, name, treatment))
			continue;
		if (treatment == COOKIE)
			put_cookie(b, value, r->own_cookie);
		else
			put_field(b, name, value);
	}
	return forwarded;
}

/* Append the values that a trusted proxy in front of us has sent in the wanted
 * field; any: the head has such fields.  Returns whether there was a value. */
static bool
put_forwarded(struct buf *b, const struct proxy_request *r, bool any,
    struct slice wanted)
{
	struct slice lines, name, value;
	bool found = false;

	if (!any || !r->is_trusted)
		return false;
	lines = head_fields(r->head);
	while (head_next_field(&lines, &name, &value)) {
		if (!slice_equal_nocase(name, wanted) || value.n == 0)
			continue;
		if (found)
			buf_lit(b, ", ");
		buf_put(b, value);
		found = true;
	}
	return found;
}

static void
put_own_fields(struct buf *b, const struct proxy_request *r, bool forwarded)
{
	buf_lit(b, "Via: 1.1 ");
	buf_put(b, r->via);
	buf_lit(b, "\r\nX-Forwarded-For: ");
	if (put_forwarded(b, r, forwarded, SLICE("X-Forwarded-For")))
		buf_lit(b, ", ");
	buf_put(b, r->client);
	buf_lit(b, "\r\nX-Forwarded-Host: ");
	if (!put_forwarded(b, r, forwarded, SLICE("X-Forwarded-Host")))
		buf_put(b, r->host);
	buf_lit(b, "\r\nX-Forwarded-Proto: ");
	if (!put_forwarded(b, r, forwarded, SLICE("X-Forwarded-Proto")))
		buf_lit(b, "http");
	buf_lit(b, "\r\n");
}

static void
put_target(struct buf *b, const struct proxy_request *r)
{
	struct slice path = r->app->path;

	if (path.n == 0 || r->is_mapped) {
		buf_put(b, r->path);
	} else if (r->rest.n == 0) {
		buf_put(b, path);
	} else {
		if (path.p[path.n - 1] == '/')
			path.n--;
		buf_put(b, path);
		buf_put(b, r->rest);
	}
	buf_put(b, r->query);
}

/* The client's Host.  An application given by a host name gets that name,
 * because several may share one address. */
static struct slice
host_for(const struct proxy_request *r)
{
	return proxy_is_name(r->app) ? r->app->authority : r->host;
}

void
proxy_put_request(struct buf *b, const struct proxy_request *r)
{
	buf_put(b, r->method);
	buf_byte(b, ' ');
	put_target(b, r);
	buf_lit(b, " HTTP/1.1\r\n");
	buf_lit(b, "Host: ");
	buf_put(b, host_for(r));
	buf_lit(b, "\r\n");
	put_own_fields(b, r, put_passed_fields(b, r));
	if (r->upgrades)
		buf_lit(b, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
	else if (r->closes)
		buf_lit(b, "Connection: close\r\n");
}

/* ---- back to the client ---- */

/* Does -H set this field?  common: its complete lines. */
static bool
is_replaced(struct slice common, struct slice wanted)
{
	struct slice name, value;

	while (head_next_field(&common, &name, &value)) {
		if (slice_equal_nocase(name, wanted))
			return true;
	}
	return false;
}

static const struct known_field reply_fields[] = {
	FIELD("Connection", DROP),
	FIELD("Keep-Alive", DROP),
	FIELD("Proxy-Connection", DROP),
	FIELD("Trailer", DROP),
	FIELD("Transfer-Encoding", DROP),
	FIELD("Upgrade", DROP),
	FIELD("Content-Length", DROP),
	FIELD("Location", LOCATION),
	FIELD("Set-Cookie", COOKIE),
};

static enum treatment
find_reply_treatment(const struct proxy_reply *r, struct slice name)
{
	enum treatment treatment = PASS;

	for (size_t i = 0; i < LENGTH_OF(reply_fields); i++)
		if (is_known(&reply_fields[i], name))
			treatment = reply_fields[i].treatment;
	if (treatment == DROP || treatment == COOKIE)
		return treatment;
	if (is_replaced(r->common, name) || (r->names_fields &&
	    has_member(r->head, SLICE("Connection"), name)))
		return DROP;
	return treatment;
}

/*
 * Find where the path of a Location starts if it leads to the application or to
 * us.  Sets *own_host if it names the application's own host, which clients may
 * be unable to reach.  False if it leads elsewhere or is relative.
 */
static bool
find_location_path(const struct proxy_reply *r, struct slice value, size_t *at,
    bool *own_host)
{
	size_t scheme = slice_starts_nocase(value, SLICE("http://")) ? 7 :
	    slice_starts_nocase(value, SLICE("https://")) ? 8 :
	    slice_starts_nocase(value, SLICE("//")) ? 2 : 0;
	size_t end = scheme;
	struct slice authority;

	*own_host = false;
	*at = 0;
	if (scheme == 0)
		return value.n > 0 && value.p[0] == '/';
	while (end < value.n && memchr("/?#", value.p[end], 3) == NULL)
		end++;
	authority = (struct slice){ value.p + scheme, end - scheme };
	*at = end;
	*own_host = r->app->authority.n > 0 &&
	    is_same_authority(authority, r->app->authority);
	return *own_host || is_same_authority(authority, r->host);
}

/* Map a path of the application to the path that the client uses. */
static void
put_mapped_path(struct buf *b, const struct proxy_reply *r, struct slice path)
{
	struct slice prefix = r->app->prefix, end, below;
	size_t n = 0;

	while (n < path.n && path.p[n] != '?' && path.p[n] != '#')
		n++;
	below = (struct slice){ path.p, n };
	end = slice_skip(path, n);
	if (r->app->path.n == 0 || take_prefix(r->app->path, &below) == -1) {
		buf_put(b, path);
		return;
	}
	if (prefix.n > 0 && prefix.p[prefix.n - 1] == '/')
		prefix.n--;
	buf_url_path(b, r->base);
	buf_put(b, prefix);
	if (below.n == 0 && r->base.n + prefix.n == 0)
		buf_byte(b, '/');
	buf_put(b, below);
	buf_put(b, end);
}

/* Once the application's host is removed, "//name" would lead to the host
 * "name", and so would "/\name" in a browser.  So let the rest start with
 * exactly one slash. */
static struct slice
without_slashes(struct slice path)
{
	while (path.n > 0 && (path.p[0] == '/' || path.p[0] == '\\'))
		path = slice_skip(path, 1);
	return path;
}

/* value: path, query and fragment on the application's own host. */
static void
put_own_location(struct buf *b, const struct proxy_reply *r,
    struct slice value)
{
	struct slice bare = without_slashes(value);

	if (value.n - bare.n == 1) {
		put_mapped_path(b, r, value);
		return;
	}
	buf_byte(b, '/');
	buf_put(b, bare);
}

static void
put_location(struct buf *b, const struct proxy_reply *r, struct slice value)
{
	bool own_host;
	size_t at;

	buf_lit(b, "Location: ");
	if (!find_location_path(r, value, &at, &own_host)) {
		buf_put(b, value);
	} else if (!own_host) {
		buf_add(b, value.p, at);
		put_mapped_path(b, r, slice_skip(value, at));
	} else {
		put_own_location(b, r, slice_skip(value, at));
	}
	buf_lit(b, "\r\n");
}

/* Set-Cookie, its Path attribute mapped (RFC 6265 section 4.1). */
static void
put_set_cookie(struct buf *b, const struct proxy_reply *r, struct slice value)
{
	bool is_pair = true;

	buf_lit(b, "Set-Cookie: ");
	while (value.n > 0) {
		const char *end = memchr(value.p, ';', value.n);
		size_t n = end != NULL ? (size_t)(end + 1 - value.p) : value.n;
		struct slice part = { value.p, end != NULL ? n - 1 : n };
		struct slice trimmed = slice_trim(part);

		if (!is_pair && slice_starts_nocase(trimmed, SLICE("Path=/"))) {
			buf_lit(b, " Path=");
			put_mapped_path(b, r, slice_skip(trimmed, 5));
		} else {
			buf_put(b, part);
		}
		if (end != NULL)
			buf_byte(b, ';');
		value = slice_skip(value, n);
		is_pair = false;
	}
	buf_lit(b, "\r\n");
}

void
proxy_put_reply_fields(struct buf *b, const struct proxy_reply *r)
{
	struct slice lines = head_fields(r->head), name, value;

	while (head_next_field(&lines, &name, &value)) {
		enum treatment treatment = find_reply_treatment(r, name);

		if (treatment == LOCATION)
			put_location(b, r, value);
		else if (treatment == COOKIE)
			put_set_cookie(b, r, value);
		else if (treatment == PASS)
			put_field(b, name, value);
	}
	if (r->upgrades)
		buf_lit(b, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
	buf_put(b, r->common);
}
