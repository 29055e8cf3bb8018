#include "server/host.h"

#include <string.h>

#include "server/authority.h"

/* Is host a name in this zone, which starts with a dot? */
static bool
is_under(struct slice host, struct slice zone)
{
	return host.n > zone.n && slice_ends_nocase(host, zone);
}

/* Is it a name that no website can own, because it is not in the public DNS? */
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

	if (slice_equal_nocase(host, slice_of(check->hostname)))
		return true;
	if (memchr(host.p, '.', host.n) == NULL)
		return true;
	for (size_t i = 0; i < LENGTH_OF(zones); i++)
		if (is_under(host, zones[i]))
			return true;
	return false;
}

static bool
is_allowed_name(const struct host_check *check, struct slice host)
{
	for (int i = 0; i < check->allowed_count; i++) {
		struct slice allowed = slice_of(check->allowed[i]);

		if (is_under(host, allowed) && allowed.p[0] == '.')
			return true;
		/* ".example.com" includes example.com. */
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
	    is_under(host, SLICE(".localhost")) || authority_is_address(host) ||
	    is_allowed_name(check, host))
		return true;
	return !check->is_local && is_local_name(check, host);
}
