#include "server/client.h"

#include <string.h>

enum { IPV6_PREFIX = 8 };	/* bytes of a /64 */

bool
client_is_ipv4(const struct client *c)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(c->ip, mapped, sizeof(mapped)) == 0;
}

bool
client_is_loopback(const struct client *c)
{
	static const unsigned char one[16] = { [15] = 1 };

	return client_is_ipv4(c) ? c->ip[12] == 127 :
	    memcmp(c->ip, one, sizeof(one)) == 0;
}

void
client_network(const struct client *c, unsigned char network[16])
{
	memset(network, 0, 16);
	memcpy(network, c->ip, client_is_ipv4(c) ? 16 : IPV6_PREFIX);
}
