#include "server/client.h"

#include <arpa/inet.h>
#include <string.h>

#include "server/authority.h"
#include "server/head.h"
#include "server/list.h"

enum { IPV6_PREFIX = 8 };	/* bytes of a /64 */

static const unsigned char ipv4_mapped[12] = { [10] = 0xff, [11] = 0xff };

bool
client_is_ipv4(const struct client *c)
{
	return memcmp(c->ip, ipv4_mapped, sizeof(ipv4_mapped)) == 0;
}

void
client_set_ipv4(struct client *c, const void *bytes)
{
	memcpy(c->ip, ipv4_mapped, sizeof(ipv4_mapped));
	memcpy(c->ip + sizeof(ipv4_mapped), bytes, 4);
}

bool
client_is_loopback(const struct client *c)
{
	static const unsigned char one[16] = { [15] = 1 };

	return client_is_ipv4(c) ? c->ip[12] == 127 :
	    memcmp(c->ip, one, sizeof(one)) == 0;
}

/* An address, as proxies write it: IPv6 with brackets or without, and perhaps
 * with a port. */
static bool
read_address(struct slice s, struct client *c)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char v4[4];
	struct slice host, port;
	uint64_t n = 0;

	if (!authority_parse(s, &host, &port)) {
		host = s;
		port.n = 0;
	}
	if (host.n > 2 && host.p[0] == '[')
		host = (struct slice){ host.p + 1, host.n - 2 };
	if (host.n >= sizeof(text))
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	if (inet_pton(AF_INET, text, v4) == 1)
		client_set_ipv4(c, v4);
	else if (inet_pton(AF_INET6, text, c->ip) != 1)
		return false;
	if (port.n > 1 && (!head_parse_length((struct slice){ port.p + 1,
	    port.n - 1 }, &n) || n > UINT16_MAX))
		n = 0;
	c->port = (uint16_t)n;
	return true;
}

bool
client_read_forwarded(struct slice head, struct client *c)
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
client_network(const struct client *c, unsigned char network[16])
{
	memset(network, 0, 16);
	memcpy(network, c->ip, client_is_ipv4(c) ? 16 : IPV6_PREFIX);
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
