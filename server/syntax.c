#include "server/syntax.h"

#include <limits.h>

enum {
	NAME_MAX_LEN = 253,	/* RFC 1035 section 2.3.4, written as text */
	LABEL_MAX_LEN = 63,
	ORIGIN_MAX_LEN = 512,	/* every response may repeat the origin */
};

/* Digits only: strtol() would accept spaces, signs and overflow. */
bool
syntax_number(const char *s, long least, long most, long *out)
{
	struct slice rest = slice_of(s);
	uint64_t v;
	bool digits = slice_take_number(&rest, LONG_MAX, &v) && rest.n == 0;

	*out = (long)v;
	return digits && *out >= least && *out <= most;
}

/* RFC 1123 section 2.1, and '_', which is common in practice. */
bool
syntax_is_host_name(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	if (strlen(s) > NAME_MAX_LEN)
		return false;
	for (;;) {
		size_t n = strspn(s, letters);

		if (n == 0 || n > LABEL_MAX_LEN)
			return false;
		if (s[n] == '\0')
			return true;
		if (s[n] != '.')
			return false;
		s += n + 1;
	}
}

/*
 * scheme://host or scheme://host:port as browsers send it (RFC 6454 section
 * 6.2): in lower case and without a slash at the end.  Browsers compare origins
 * byte by byte, so anything else would never match.
 */
bool
syntax_is_origin(const char *s)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyz0123456789-._";
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.");
	long port;

	if (strlen(s) > ORIGIN_MAX_LEN)
		return false;
	if (n == 0 || strchr(lower, *s) == NULL ||
	    strncmp(s + n, "://", 3) != 0)
		return false;
	s += n + 3;
	if (*s == '[') {
		n = strspn(s + 1, "0123456789abcdef:.");
		if (n == 0 || s[n + 1] != ']')
			return false;
		s += n + 2;
	} else {
		n = strspn(s, letters);
		if (n == 0)
			return false;
		s += n;
	}
	return *s == '\0' ||
	    (*s == ':' && syntax_number(s + 1, 1, 65535, &port));
}

/*
 * Fields that decide where a response ends or whether the connection persists.
 * With a wrong one, a client could parse a body as the next response.
 */
bool
syntax_is_framing(struct slice name)
{
	static const struct slice names[] = {
		SLICE("Connection"),
		SLICE("Content-Length"),
		SLICE("Content-Range"),
		SLICE("Keep-Alive"),
		SLICE("TE"),
		SLICE("Trailer"),
		SLICE("Transfer-Encoding"),
		SLICE("Upgrade"),
	};

	for (size_t i = 0; i < LENGTH_OF(names); i++)
		if (slice_equal_nocase(name, names[i]))
			return true;
	return false;
}
