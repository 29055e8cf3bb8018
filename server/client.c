#include "server/client.h"

#include <string.h>

#include "server/authority.h"
#include "server/head.h"
#include "server/list.h"

enum { IPV6_PREFIX = 8 };	/* bytes of a /64 */

/* An address, as proxies write it: IPv6 with brackets or without, and perhaps
 * with a port. */
static bool
read_address(struct slice s, struct address *c)
{
	struct slice host, port;
	uint64_t n = 0;

	if (!authority_parse(s, &host, &port)) {
		host = s;
		port.n = 0;
	}
	if (!address_parse(host, c))
		return false;
	if (port.n > 1 && (!head_parse_length(slice_skip(port, 1), &n) ||
	    n > UINT16_MAX))
		n = 0;
	c->port = (uint16_t)n;
	return true;
}

bool
client_read_forwarded(struct slice head, struct address *c)
{
	struct slice lines = head_fields(head), name, value, element;
	bool found = false;

	while (head_next_field(&lines, &name, &value)) {
		if (!slice_equal_nocase(name, SLICE("X-Forwarded-For")))
			continue;
		while (list_next(&value, &element))
			found |= read_address(element, c);
	}
	return found;
}

void
client_network(const struct address *c, unsigned char network[16])
{
	memset(network, 0, 16);
	memcpy(network, c->ip, address_family(c) == AF_INET ? 16 : IPV6_PREFIX);
}

uint64_t
client_hash(const unsigned char network[16], uint64_t seed)
{
	const uint64_t factor = 0x9e3779b97f4a7c15;
	uint64_t h = seed, half;

	for (size_t i = 0; i < 16; i += sizeof(half)) {
		memcpy(&half, network + i, sizeof(half));
		h = (h ^ half) * factor;
		h ^= h >> 32;
	}
	/* Multiplication moves bits only up, and the last byte of an address is
	 * at the top of half: multiply once more after h >> 32. */
	return h * factor;
}
