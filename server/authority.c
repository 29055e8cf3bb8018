#include <arpa/inet.h>

#include "server/authority.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * "[" IPv6address "]" at the start of s: its length, or 0.  No future version
 * of addresses (IPvFuture) has been defined, so we know none.
 */
static size_t
ip_literal_length(struct slice s)
{
	const char *end = memchr(s.p, ']', s.n);
	size_t n = end == NULL ? 0 : (size_t)(end - s.p);
	char text[INET6_ADDRSTRLEN];
	struct in6_addr ip;

	if (n < 2 || n - 1 >= sizeof(text))
		return 0;
	memcpy(text, s.p + 1, n - 1);
	text[n - 1] = '\0';
	return inet_pton(AF_INET6, text, &ip) == 1 ? n + 1 : 0;
}

/* unreserved and sub-delims, RFC 3986 section 2; those that occur first. */
static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '.' || c == '-' ||
	    (c >= 'A' && c <= 'Z') || memchr("_~!$&'()*+,;=", c, 13) != NULL;
}

/* A name or an IPv4 address at the start of s: its length, or 0. */
static size_t
name_length(struct slice s)
{
	size_t i = 0;

	while (i < s.n) {
		if (is_name(s.p[i]))
			i++;
		else if (http_decode_escape(
		    (struct slice){ s.p + i, s.n - i }) >= 0)
			i += 3;
		else
			break;
	}
	return i;
}

bool
authority_parse(struct slice s, struct slice *host, struct slice *port)
{
	size_t n = s.n > 0 && s.p[0] == '[' ? ip_literal_length(s)
	    : name_length(s);

	if (n == 0 || (n < s.n && s.p[n] != ':'))
		return false;
	for (size_t i = n + 1; i < s.n; i++) {
		if (!is_digit(s.p[i]))
			return false;
	}
	*host = (struct slice){ s.p, n };
	*port = (struct slice){ s.p + n, s.n - n };
	/* "localhost." is the same name, said to be whole. */
	if (n > 1 && s.p[n - 1] == '.')
		host->n--;
	return true;
}
