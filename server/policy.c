#include <string.h>
#include <unistd.h>

#include "server/fields.h"
#include "server/policy.h"

/* Does host end with the suffix, with at least one byte before it? */
static bool
has_suffix(struct slice host, struct slice suffix)
{
	return host.n > suffix.n &&
	    slice_equal_nocase((struct slice){ host.p + host.n - suffix.n,
		suffix.n }, suffix);
}

void
policy_init(struct policy *p, const struct options *opt)
{
	*p = (struct policy){ .opt = opt };
	if (gethostname(p->hostname, sizeof(p->hostname) - 1) == -1)
		p->hostname[0] = '\0';
}

/*
 * An address cannot be pointed elsewhere by the DNS.  Brackets hold nothing but
 * IPv6; the last label of a name is never all digits, of IPv4 always.
 */
static bool
is_ip_literal(struct slice host)
{
	int dots = 0;

	if (host.p[0] == '[')
		return true;
	for (size_t i = 0; i < host.n; i++) {
		if (host.p[i] == '.')
			dots++;
		else if (host.p[i] < '0' || host.p[i] > '9')
			return false;
	}
	return dots == 3;
}

/* Names that no website can own: nobody outside decides where they lead. */
static bool
is_local_name(const struct policy *p, struct slice host)
{
	static const struct slice zones[] = {
		{ ".local", 6 },	/* RFC 6762 */
		{ ".internal", 9 },	/* reserved by ICANN in 2024 */
		{ ".home.arpa", 10 },	/* RFC 8375 */
		{ ".lan", 4 },
	};
	struct slice own = { p->hostname, strlen(p->hostname) };

	if (own.n > 0 && slice_equal_nocase(host, own))
		return true;
	if (memchr(host.p, '.', host.n) == NULL)
		return true;
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++)
		if (has_suffix(host, zones[i]))
			return true;
	return false;
}

static bool
is_allowed_name(const struct options *opt, struct slice host)
{
	for (int i = 0; i < opt->allow_host_count; i++) {
		const char *name = opt->allow_hosts[i];
		struct slice allowed = { name, strlen(name) };

		if (name[0] == '.' ? has_suffix(host, allowed) :
		    slice_equal_nocase(host, allowed))
			return true;
		/* ".example.com" takes in example.com itself. */
		if (name[0] == '.' && slice_equal_nocase(host,
		    (struct slice){ name + 1, allowed.n - 1 }))
			return true;
	}
	return false;
}

bool
policy_accepts_host(const struct policy *p, struct slice host)
{
	if (host.n == 0 || slice_equal_nocase(host, SLICE("localhost")) ||
	    has_suffix(host, SLICE(".localhost")) || is_ip_literal(host) ||
	    is_allowed_name(p->opt, host))
		return true;
	return !options_is_local(p->opt) && is_local_name(p, host);
}

bool
policy_is_preflight(const struct options *opt, const struct http_request *req)
{
	return opt->cors != NULL && req->method == HTTP_OPTIONS &&
	    req->field[HTTP_ORIGIN].p != NULL &&
	    req->field[HTTP_CORS_METHOD].p != NULL;
}

/* A list of field names and nothing else may be sent back. */
static bool
is_name_list(struct slice list)
{
	struct slice name;

	while (http_list_next(&list, &name))
		if (!http_is_token(name))
			return false;
	return true;
}

void
policy_preflight_lines(const struct server *server, struct buf *b,
    const struct http_request *req)
{
	struct slice names = req->field[HTTP_CORS_HEADERS];

	fields_put(server, b, FIELDS_CORS_METHODS,
	    SLICE("GET, HEAD, OPTIONS"));
	if (names.n > 0 && is_name_list(names))
		fields_put(server, b, FIELDS_CORS_HEADERS, names);
	if (slice_equal_nocase(req->field[HTTP_CORS_PRIVATE_NETWORK],
	    SLICE("true")))
		fields_put(server, b, FIELDS_CORS_PRIVATE_NETWORK,
		    SLICE("true"));
	fields_put(server, b, FIELDS_CORS_MAX_AGE, SLICE("600"));
}
