#include "server/host.h"

#include <unistd.h>

#include "server/ascii.h"

/* Is host a name under this zone, which starts with a dot? */
static bool
is_under(struct slice host, struct slice zone)
{
	return host.n > zone.n && slice_ends_nocase(host, zone);
}

void
host_check_init(struct host_check *check, const struct options *opt)
{
	*check = (struct host_check){ .opt = opt };
	if (gethostname(check->hostname, sizeof(check->hostname) - 1) == -1)
		check->hostname[0] = '\0';
}

/* A part of an IPv4 address: decimal, octal after 0, hexadecimal after 0x. */
static bool
parse_part(struct slice s, uint64_t *out)
{
	int base = 10;

	if (s.n == 0)
		return false;
	if (slice_starts_nocase(s, SLICE("0x"))) {
		base = 16;
		s = slice_skip(s, 2);
	} else if (s.n > 1 && slice_take_byte(&s, '0')) {
		base = 8;
	}
	*out = 0;
	for (; s.n > 0; s = slice_skip(s, 1)) {
		int digit = ascii_hex_value(s.p[0]);

		if (digit < 0 || digit >= base)
			return false;
		*out = *out * (unsigned)base + (unsigned)digit;
		if (*out > UINT32_MAX)
			return false;
	}
	return true;
}

/*
 * As browsers read it (URL standard, "IPv4 parser"): one to four parts, of
 * which the last fills all bytes that are left.
 */
static bool
is_ipv4(struct slice host)
{
	uint64_t most = UINT32_MAX, part;

	for (int parts = 1; parts <= 4; parts++, most >>= 8) {
		const char *dot = memchr(host.p, '.', host.n);
		size_t n = dot == NULL ? host.n : (size_t)(dot - host.p);

		if (!parse_part(slice_first(host, n), &part))
			return false;
		if (dot == NULL)
			return part <= most;
		if (part > 255)
			return false;
		host = slice_skip(host, n + 1);
	}
	return false;
}

/*
 * The DNS cannot point an address elsewhere, and no top-level domain is a
 * number.  Brackets hold IPv6 only.
 */
static bool
is_ip_literal(struct slice host)
{
	return host.p[0] == '[' || is_ipv4(host);
}

/* Names that no website can own: they are not in the public DNS. */
static bool
is_local_name(const struct host_check *check, struct slice host)
{
	static const struct slice zones[] = {
		SLICE(".local"),	/* RFC 6762 */
		SLICE(".internal"),	/* reserved by ICANN in 2024 */
		SLICE(".home.arpa"),	/* RFC 8375 */
		SLICE(".lan"),
		SLICE(".test"),		/* RFC 6761 */
	};
	struct slice own = slice_of(check->hostname);

	if (own.n > 0 && slice_equal_nocase(host, own))
		return true;
	if (memchr(host.p, '.', host.n) == NULL)
		return true;
	for (size_t i = 0; i < LENGTH_OF(zones); i++)
		if (is_under(host, zones[i]))
			return true;
	return false;
}

static bool
is_allowed_name(const struct options *opt, struct slice host)
{
	for (int i = 0; i < opt->allow_host_count; i++) {
		struct slice allowed = slice_of(opt->allow_hosts[i]);

		if (is_under(host, allowed) && allowed.p[0] == '.')
			return true;
		/* ".example.com" stands for example.com too. */
		slice_take_byte(&allowed, '.');
		if (slice_equal_nocase(host, allowed))
			return true;
	}
	return false;
}

bool
host_is_accepted(const struct host_check *check, struct slice host)
{
	if (host.n == 0 || slice_equal_nocase(host, SLICE("localhost")) ||
	    is_under(host, SLICE(".localhost")) || is_ip_literal(host) ||
	    is_allowed_name(check->opt, host))
		return true;
	return !options_is_local(check->opt) && is_local_name(check, host);
}
