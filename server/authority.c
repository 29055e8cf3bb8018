#include "server/authority.h"

#include "server/address.h"
#include "server/ascii.h"
#include "server/http_path.h"

/*
 * "[" IPv6address "]" at the start of s: its length, or 0.  IPvFuture is not
 * accepted: no such version of addresses has been defined.
 */
static size_t
ip_literal_length(struct slice s)
{
	struct slice literal = slice_first(s, slice_before(s, ']').n + 1);
	struct address ip;

	return literal.n <= s.n && address_parse(literal, &ip) ? literal.n : 0;
}

/* unreserved and sub-delims, RFC 3986 section 2; the frequent ones first. */
static bool
is_name_char(char c)
{
	return ascii_is_letter(c) || ascii_is_digit(c) || c == '.' ||
	    c == '-' || memchr("_~!$&'()*+,;=", c, 13) != NULL;
}

/* A name or an IPv4 address at the start of s: its length, or 0. */
static size_t
name_length(struct slice s)
{
	size_t i = 0;

	while (i < s.n) {
		if (is_name_char(s.p[i]))
			i++;
		else if (http_decode_escape(slice_skip(s, i)) >= 0)
			i += 3;
		else
			break;
	}
	return i;
}

bool
authority_parse(struct slice s, struct slice *host, struct slice *port)
{
	size_t n = s.n > 0 && s.p[0] == '[' ? ip_literal_length(s) :
	    name_length(s);

	if (n == 0 || (n < s.n && s.p[n] != ':'))
		return false;
	for (size_t i = n + 1; i < s.n; i++) {
		if (!ascii_is_digit(s.p[i]))
			return false;
	}
	*host = slice_first(s, n);
	*port = slice_skip(s, n);
	/* A trailing dot marks a fully qualified name: the same host. */
	if (n > 1 && s.p[n - 1] == '.')
		host->n--;
	return true;
}

/*
 * Take a part of an IPv4 address, up to its dot or the end: decimal, octal
 * after 0, hexadecimal after 0x.
 */
static bool
take_part(struct slice *s, uint64_t *out)
{
	const char *p = s->p, *end = p + s->n;
	int base = 10;

	if (p == end || *p == '.')
		return false;
	if (end - p > 1 && p[0] == '0' && p[1] != '.') {
		base = (p[1] | 0x20) == 'x' ? 16 : 8;
		p += base / 8;
	}
	for (*out = 0; p < end && *p != '.'; p++) {
		int digit = ascii_hex_value(*p);

		if (digit < 0 || digit >= base)
			return false;
		*out = *out * (unsigned)base + (unsigned)digit;
		if (*out > UINT32_MAX)
			return false;
	}
	*s = slice_between(p, end);
	return true;
}

/*
 * Parse it as browsers do (URL standard, "IPv4 parser"): one to four parts, the
 * last of which fills all remaining bytes.
 */
static bool
parse_ipv4(struct slice host, uint32_t *address)
{
	uint64_t most = UINT32_MAX, part, high = 0;

	for (int parts = 1; parts <= 4; parts++, most >>= 8) {
		if (!take_part(&host, &part))
			return false;
		if (host.n == 0) {
			*address = (uint32_t)(high | part);
			return part <= most;
		}
		if (part > 255)
			return false;
		high |= part << (32 - 8 * parts);
		host = slice_skip(host, 1);
	}
	return false;
}

bool
authority_is_address(struct slice host)
{
	uint32_t address;

	return (host.n > 0 && host.p[0] == '[') || parse_ipv4(host, &address);
}

bool
authority_is_loopback(struct slice host)
{
	uint32_t address;

	return slice_equal_nocase(host, SLICE("localhost")) ||
	    slice_ends_nocase(host, SLICE(".localhost")) ||
	    slice_equal(host, SLICE("[::1]")) ||
	    (parse_ipv4(host, &address) && address >> 24 == 127);
}

bool
authority_is_same(struct slice a, struct slice b)
{
	struct slice end = SLICE(":80");

	if (a.n > end.n && slice_ends(a, end))
		a.n -= end.n;
	if (b.n > end.n && slice_ends(b, end))
		b.n -= end.n;
	return slice_equal_nocase(a, b);
}
