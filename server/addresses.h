/*
 * The addresses of this machine to show, the one that is most useful for a
 * phone first.  Pure except for the heap.
 */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#include "server/netlink.h"

enum { ADDRESSES_MAX = 64 };

struct machine_address {
	struct address address;
	char interface[NETLINK_NAME];	/* "": unknown */
};

struct addresses {
	int count;
	struct machine_address list[ADDRESSES_MAX];
};

/* Append an address, unless there are ADDRESSES_MAX already.  interface: its
 * name, or "". */
void addresses_add(struct addresses *out, const struct address *a,
    const char *interface);

/* The name of the interface that has this address, or "". */
const char *addresses_interface(const struct netlink *n,
    const struct address *a);

/*
 * Add the addresses of the wanted families that other machines can reach: those
 * of interfaces that are up, have a carrier and are not the loopback.  Hardware
 * interfaces come before virtual ones, and within a kind those with a default
 * route come first.  Each interface contributes its IPv4 addresses and one IPv6
 * address, which is permanent if possible, and never deprecated or link-local.
 * 169.254/16 is used only if there is nothing else.  Adds nothing if memory has
 * run out.
 */
void addresses_choose(struct addresses *out, const struct netlink *n,
    bool ipv4, bool ipv6);

#endif
