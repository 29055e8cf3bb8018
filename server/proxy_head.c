#include "server/proxy_head.h"

#include "server/authority.h"
#include "server/head.h"
#include "server/list.h"

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
proxy_head_wants_websocket(struct slice head)
{
	return has_member(head, SLICE("Upgrade"), SLICE("websocket")) &&
	    has_member(head, SLICE("Connection"), SLICE("upgrade"));
}

/* Via: a list of "protocol pseudonym [comment]". */
bool
proxy_head_is_loop(struct slice value, struct slice via)
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
	DATE,
	MAX_FORWARDS,
	AUTHORIZATION,
	REFERER,
	LOCATION,
};

struct known_field {
	char name[20];
	unsigned char n, treatment;
};

#define FIELD(name, treatment) { name, sizeof(name) - 1, treatment }

/* The longest names first, for find_known(). */
static const struct known_field request_fields[] = {
	FIELD("Transfer-Encoding", DROP),
	FIELD("X-Forwarded-Proto", DROP),
	FIELD("Proxy-Connection", DROP),
	FIELD("X-Forwarded-Host", DROP),
	FIELD("X-Forwarded-For", DROP),
	FIELD("Content-Length", DROP),
	FIELD("Authorization", AUTHORIZATION),
	FIELD("Max-Forwards", MAX_FORWARDS),
	FIELD("Connection", DROP),
	FIELD("Keep-Alive", DROP),
	FIELD("Forwarded", FROM_TRUSTED),
	FIELD("X-Real-IP", FROM_TRUSTED),
	FIELD("Referer", REFERER),
	FIELD("Trailer", DROP),
	FIELD("Upgrade", DROP),
	FIELD("Expect", DROP),
	FIELD("Cookie", COOKIE),
	FIELD("Proxy", FROM_TRUSTED),
	FIELD("Host", DROP),
	FIELD("Via", KEEP),
	FIELD("TE", DROP),
};

/*
 * The treatment of name in a table of n fields; PASS if it is not among them.
 * The table is searched for each field of a head, and most names differ from
 * those in it, and are longer than most of them.
 */
static enum treatment
find_known(const struct known_field *known, size_t n, struct slice name)
{
	size_t i = 0;

	while (i < n && known[i].n > name.n)
		i++;
	for (; i < n && known[i].n == name.n; i++)
		if (slice_equal_nocase(name,
		    (struct slice){ known[i].name, known[i].n }))
			return known[i].treatment;
	return PASS;
}

static enum treatment
find_treatment(struct slice name)
{
	enum treatment treatment = find_known(request_fields,
	    LENGTH_OF(request_fields), name);

	if (treatment != PASS)
		return treatment;
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
	case REFERER:
	case PASS:
		return (treatment != FROM_TRUSTED || r->is_trusted) &&
		    (treatment != REFERER || !r->drops_referer) &&
		    (!r->names_fields ||
		    !has_member(r->head, SLICE("Connection"), name));
	case KEEP:
	case COOKIE:
	case DATE:
	case LOCATION:
	case MAX_FORWARDS:
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
		struct slice pair = slice_trim(slice_take_until(&value, ';'));

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

bool
proxy_head_read_forwards(struct slice value, uint64_t *left)
{
	return slice_take_number(&value, INT32_MAX, left) && value.n == 0;
}

/* One less, for OPTIONS.  Zero is not passed on. */
static void
put_max_forwards(struct buf *b, const struct proxy_request *r,
    struct slice value)
{
	uint64_t left;

	buf_lit(b, "Max-Forwards: ");
	if (slice_equal(r->method, SLICE("OPTIONS")) &&
	    proxy_head_read_forwards(value, &left) && left > 0)
		buf_number(b, left - 1);
	else
		buf_put(b, value);
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
		else if (treatment == MAX_FORWARDS)
			put_max_forwards(b, r, value);
		else
			put_field(b, name, value);
	}
	return forwarded;
}

bool
proxy_head_put_values(struct buf *b, struct slice head, struct slice wanted)
{
	struct slice lines = head_fields(head), name, value;
	bool found = false;

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

/* The values that a trusted proxy in front of us has sent.  any: the head has
 * X-Forwarded fields. */
static bool
put_forwarded(struct buf *b, const struct proxy_request *r, bool any,
    struct slice wanted)
{
	return any && r->is_trusted &&
	    proxy_head_put_values(b, r->head, wanted);
}

static void
put_own_fields(struct buf *b, const struct proxy_request *r, bool forwarded)
{
	buf_lit(b, "Via: 1.");
	buf_number(b, (uint64_t)r->minor);
	buf_byte(b, ' ');
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
proxy_head_put_request(struct buf *b, const struct proxy_request *r)
{
	buf_put(b, r->method);
	buf_byte(b, ' ');
	put_target(b, r);
	buf_lit(b, " HTTP/1.1\r\nHost: ");
	buf_put(b, host_for(r));
	buf_lit(b, "\r\n");
	put_own_fields(b, r, put_passed_fields(b, r));
	if (r->upgrades)
		buf_lit(b, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
	else if (r->closes)
		buf_lit(b, "Connection: close\r\n");
}

/* ---- back to the client ---- */

/* Does -H, whose complete lines are in common, set this field? */
static bool
is_set_by_user(struct slice common, struct slice wanted)
{
	struct slice name, value;

	while (head_next_field(&common, &name, &value)) {
		if (slice_equal_nocase(name, wanted))
			return true;
	}
	return false;
}

/* The longest names first. */
static const struct known_field reply_fields[] = {
	FIELD("Transfer-Encoding", DROP),
	FIELD("Proxy-Connection", DROP),
	FIELD("Content-Length", DROP),
	FIELD("Connection", DROP),
	FIELD("Keep-Alive", DROP),
	FIELD("Set-Cookie", COOKIE),
	FIELD("Location", LOCATION),
	FIELD("Trailer", DROP),
	FIELD("Upgrade", DROP),
	FIELD("Date", DATE),
};

static enum treatment
find_reply_treatment(const struct proxy_reply *r, struct slice name)
{
	enum treatment treatment = find_known(reply_fields,
	    LENGTH_OF(reply_fields), name);

	if (treatment == DROP || treatment == COOKIE)
		return treatment;
	if (is_set_by_user(r->common, name) || (r->names_fields &&
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
	size_t scheme = slice_starts(value, SLICE("//")) ? 2 :
	    authority_scheme_length(value);
	struct slice authority;

	*own_host = false;
	*at = 0;
	if (scheme == 0)
		return value.n > 0 && value.p[0] == '/';
	authority = slice_before_any(slice_skip(value, scheme), "/?#");
	*at = scheme + authority.n;
	*own_host = r->app->authority.n > 0 &&
	    authority_is_same(authority, r->app->authority);
	return *own_host || authority_is_same(authority, r->host);
}

/* Map a path of the application to the path that the client uses. */
static void
put_mapped_path(struct buf *b, const struct proxy_reply *r, struct slice path)
{
	struct slice prefix = r->app->prefix;
	struct slice below = slice_before_any(path, "?#");
	struct slice end = slice_skip(path, below.n);

	if (r->app->path.n == 0 ||
	    proxy_take_prefix(r->app->path, &below) == -1) {
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
		bool last = memchr(value.p, ';', value.n) == NULL;
		struct slice part = slice_take_until(&value, ';');
		struct slice trimmed = slice_trim(part);

		if (!is_pair && slice_starts_nocase(trimmed, SLICE("Path=/"))) {
			buf_lit(b, " Path=");
			put_mapped_path(b, r, slice_skip(trimmed, 5));
		} else {
			buf_put(b, part);
		}
		if (!last)
			buf_byte(b, ';');
		is_pair = false;
	}
	buf_lit(b, "\r\n");
}

void
proxy_head_put_reply(struct buf *b, const struct proxy_reply *r)
{
	struct slice lines = head_fields(r->head), name, value;
	bool has_date = false;

	while (head_next_field(&lines, &name, &value)) {
		enum treatment treatment = find_reply_treatment(r, name);

		has_date |= treatment == DATE;
		if (treatment == LOCATION)
			put_location(b, r, value);
		else if (treatment == COOKIE)
			put_set_cookie(b, r, value);
		else if (treatment == PASS || treatment == DATE)
			put_field(b, name, value);
	}
	/* RFC 9110 section 6.6.1: the recipient has a clock. */
	if (!has_date)
		buf_put(b, r->date);
	if (r->upgrades)
		buf_lit(b, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
	buf_put(b, r->common);
}
