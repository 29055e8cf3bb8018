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
		    other->index == i->lower))
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
is_ipv4(const struct netlink_address *a)
{
	return address_family(&a->address) == AF_INET;
}

static bool
is_link_local_ipv4(const struct netlink_address *a)
{
	const unsigned char *ip = a->address.ip;

	return is_ipv4(a) && ip[12] == 169 && ip[13] == 254;
}

static bool
is_usable(const struct netlink_address *a)
{
	unsigned bad = NETLINK_DEPRECATED | NETLINK_TENTATIVE |
	    NETLINK_DAD_FAILED;

	return is_ipv4(a) ||
	    (!(a->flags & bad) && !address_is_link_local(&a->address));
}

static bool
has_ip(const struct netlink_address *a, const struct address *ip)
{
	return memcmp(a->address.ip, ip->ip, sizeof(ip->ip)) == 0;
}

/* Does a default route use this interface? */
static bool
has_default_route(const struct netlink *n, int interface)
{
	for (int i = 0; i < n->addresses; i++) {
		const struct netlink_address *a = &n->address[i];

		if (a->interface == interface &&
		    (has_ip(a, &n->source[0]) || has_ip(a, &n->source[1])))
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
is_second_choice(const struct choice *c, const struct netlink_address *a)
{
	if (is_ipv4(a))
		return false;
	for (int i = 0; i < c->n->addresses; i++) {
		const struct netlink_address *b = &c->n->address[i];
		unsigned mine = a->flags & NETLINK_TEMPORARY;
		unsigned its = b->flags & NETLINK_TEMPORARY;

		if (b == a || is_ipv4(b) || !is_usable(b) ||
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
	    is_second_choice(c, a))
		return;
	c->list[c->count] = (struct candidate){
		.interface = i, .address = a, .rank = rank_of(c->n, i),
		.routed = has_default_route(c->n, i->index),
		.position = c->count,
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
	if (is_ipv4(a->address) != is_ipv4(b->address))
		return is_ipv4(a->address) ? -1 : 1;
	return a->position - b->position;
}

void
addresses_add(struct addresses *out, const struct address *a,
    const char *interface)
{
	struct machine_address *next = &out->list[out->count];

	if (out->count == ADDRESSES_MAX)
		return;
	*next = (struct machine_address){ .address = *a };
	memcpy(next->interface, interface, strlen(interface));
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
		if (is_ipv4(&n->address[i]) ? ipv4 : ipv6)
			add(&c, &n->address[i]);
	qsort(c.list, (size_t)c.count, sizeof(*c.list), compare);
	for (int i = 0; i < c.count; i++)
		others |= !is_link_local_ipv4(c.list[i].address);
	for (int i = 0; i < c.count; i++)
		if (!others || !is_link_local_ipv4(c.list[i].address))
			addresses_add(out, &c.list[i].address->address,
			    c.list[i].interface->name);
	free(c.list);
}

const char *
addresses_interface(const struct netlink *n, const struct address *a)
{
	const struct netlink_interface *i;

	for (int k = 0; k < n->addresses; k++)
		if (has_ip(&n->address[k], a) &&
		    (i = find_interface(n, n->address[k].interface)) != NULL)
			return i->name;
	return "";
}
