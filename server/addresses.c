#include "server/addresses.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "server/slice.h"

/* Most useful first: a phone nearby is most likely on the network of a card. */
enum rank { HARDWARE, VIRTUAL, BRIDGE, TUNNEL };

struct candidate {
	const struct netlink_interface *interface;
	const struct netlink_address *address;
	enum rank rank;
	bool routed;
	int position;		/* in the kernel's list, for a stable sort */
};

struct choice {
	const struct netlink *n;
	struct candidate *list;
	int count;
};

static const struct netlink_interface *
find_interface(const struct netlink *n, int index)
{
	for (int i = 0; i < n->interfaces; i++)
		if (n->interface[i].index == index)
			return &n->interface[i];
	return NULL;
}

static bool
is_hardware(const struct netlink_interface *i)
{
	return i->kind[0] == '\0' && !(i->flags & IFF_POINTOPOINT);
}

/* Is it a VLAN on a card, or a bridge or bond with a card in it? */
static bool
has_hardware(const struct netlink *n, const struct netlink_interface *i)
{
	for (int k = 0; k < n->interfaces; k++) {
		const struct netlink_interface *other = &n->interface[k];

		if (is_hardware(other) && (other->master == i->index ||
		    (i->lower != 0 && other->index == i->lower)))
			return true;
	}
	return false;
}

static enum rank
rank_of(const struct netlink *n, const struct netlink_interface *i)
{
	static const struct {
		const char *kind;
		enum rank rank;
	} kinds[] = {
		{ "bridge", BRIDGE }, { "dummy", BRIDGE },
		{ "tun", TUNNEL }, { "wireguard", TUNNEL },
	};

	/* tun, WireGuard, PPP, IPIP, SIT ... */
	if (i->flags & IFF_POINTOPOINT)
		return TUNNEL;
	if (is_hardware(i) || has_hardware(n, i))
		return HARDWARE;
	for (size_t k = 0; k < LENGTH_OF(kinds); k++)
		if (strcmp(i->kind, kinds[k].kind) == 0)
			return kinds[k].rank;
	return VIRTUAL;
}

static bool
is_self_assigned(const struct netlink_address *a)
{
	return a->family == AF_INET && a->ip[0] == 169 && a->ip[1] == 254;
}

static bool
is_usable(const struct netlink_address *a)
{
	unsigned bad = NETLINK_DEPRECATED | NETLINK_TENTATIVE |
	    NETLINK_DAD_FAILED;

	if (a->family == AF_INET)
		return true;
	/* fe80::/10 needs a zone, which browsers do not accept. */
	return !(a->flags & bad) && !(a->ip[0] == 0xfe && a->ip[1] >> 6 == 2);
}

/* Does a default route use this interface? */
static bool
leads_out(const struct netlink *n, int interface)
{
	for (int i = 0; i < n->addresses; i++) {
		const struct netlink_address *a = &n->address[i];
		bool ipv6 = a->family == AF_INET6;

		if (a->interface == interface &&
		    memcmp(n->source[ipv6], a->ip, ipv6 ? 16 : 4) == 0)
			return true;
	}
	return false;
}

static bool
has_ports(const struct netlink *n, const struct netlink_interface *bridge)
{
	for (int i = 0; i < n->interfaces; i++)
		if (n->interface[i].master == bridge->index)
			return true;
	return false;
}

/*
 * Check both: the carrier changes at once, while IFF_RUNNING follows a second
 * later; but only IFF_RUNNING is off for a wireless link that is not authorized
 * yet.  A new bridge reports a carrier until its first port is removed.
 */
static bool
is_running(const struct netlink *n, const struct netlink_interface *i)
{
	unsigned all = IFF_UP | IFF_RUNNING | NETLINK_CARRIER;

	if ((i->flags & all) != all || (i->flags & IFF_LOOPBACK))
		return false;
	return strcmp(i->kind, "bridge") != 0 || has_ports(n, i);
}

/* Is there a better IPv6 address on the same interface? */
static bool
is_second(const struct choice *c, const struct netlink_address *a)
{
	if (a->family == AF_INET)
		return false;
	for (int i = 0; i < c->n->addresses; i++) {
		const struct netlink_address *b = &c->n->address[i];
		unsigned mine = a->flags & NETLINK_TEMPORARY;
		unsigned its = b->flags & NETLINK_TEMPORARY;

		if (b == a || b->family != AF_INET6 || !is_usable(b) ||
		    b->interface != a->interface)
			continue;
		if (its < mine || (its == mine && b < a))
			return true;
	}
	return false;
}

static void
add(struct choice *c, const struct netlink_address *a)
{
	const struct netlink_interface *i = find_interface(c->n, a->interface);

	if (i == NULL || !is_running(c->n, i) || !is_usable(a) ||
	    is_second(c, a))
		return;
	c->list[c->count] = (struct candidate){
		.interface = i, .address = a, .rank = rank_of(c->n, i),
		.routed = leads_out(c->n, i->index), .position = c->count,
	};
	c->count++;
}

static int
compare(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->rank != b->rank)
		return (int)a->rank - (int)b->rank;
	if (a->routed != b->routed)
		return a->routed ? -1 : 1;
	if (a->interface != b->interface)
		return a->interface->index - b->interface->index;
	if (a->address->family != b->address->family)
		return a->address->family == AF_INET ? -1 : 1;
	return a->position - b->position;
}

void
addresses_add(struct addresses *out, int family, const void *ip,
    const char *interface)
{
	struct address *a = &out->list[out->count];

	if (out->count == ADDRESSES_MAX)
		return;
	*a = (struct address){ .family = family };
	memcpy(a->ip, ip, family == AF_INET ? 4 : 16);
	memcpy(a->interface, interface, strlen(interface));
	out->count++;
}

void
addresses_choose(struct addresses *out, const struct netlink *n, bool ipv4,
    bool ipv6)
{
	struct choice c = { .n = n };
	bool others = false;

	c.list = malloc((size_t)n->addresses * sizeof(*c.list));
	if (c.list == NULL)
		return;
	for (int i = 0; i < n->addresses; i++)
		if (n->address[i].family == AF_INET ? ipv4 : ipv6)
			add(&c, &n->address[i]);
	qsort(c.list, (size_t)c.count, sizeof(*c.list), compare);
	for (int i = 0; i < c.count; i++)
		others |= !is_self_assigned(c.list[i].address);
	for (int i = 0; i < c.count; i++)
		if (!others || !is_self_assigned(c.list[i].address))
			addresses_add(out, c.list[i].address->family,
			    c.list[i].address->ip,
			    c.list[i].interface->name);
	free(c.list);
}

const char *
addresses_interface(const struct netlink *n, int family, const void *ip)
{
	const struct netlink_interface *i;

	for (int k = 0; k < n->addresses; k++) {
		const struct netlink_address *a = &n->address[k];

		if (a->family == family &&
		    memcmp(a->ip, ip, family == AF_INET ? 4 : 16) == 0 &&
		    (i = find_interface(n, a->interface)) != NULL)
			return i->name;
	}
	return "";
}

bool
address_is_loopback(const struct address *a)
{
	static const unsigned char loopback[16] = { [15] = 1 };

	return a->family == AF_INET ? a->ip[0] == 127 :
	    memcmp(a->ip, loopback, sizeof(loopback)) == 0;
}
