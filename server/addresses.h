/*
 * Which addresses of this machine are shown, and in which order: the one that a
 * phone needs comes first.  Pure but for the heap.
 */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#include "server/netlink.h"

enum { ADDRESSES_MAX = 64 };

struct address {
	int family;			/* AF_INET or AF_INET6 */
	unsigned char ip[16];
	char interface[NETLINK_NAME];	/* "": unknown */
};

struct addresses {
	int count;
	struct address list[ADDRESSES_MAX];
};

/* One more at the end; beyond ADDRESSES_MAX it is left out. */
void addresses_add(struct addresses *out, int family, const void *ip,
    const char *interface);

/* Name of the interface that has this address; "" if none does. */
const char *addresses_interface(const struct netlink *n, int family,
    const void *ip);

/*
 * Add those that others can reach, in the families that are wanted.  Their
 * interface is up, has a carrier and is not the loopback; hardware comes before
 * what is virtual, and what leads to the internet comes first among its kind.
 * An interface shows its IPv4 addresses and one IPv6 address, a permanent one
 * before a temporary one, none that is deprecated or link-local.  169.254/16
 * counts only where nothing else is found.
 */
void addresses_choose(struct addresses *out, const struct netlink *n,
    bool ipv4, bool ipv6);

bool address_is_loopback(const struct address *a);

#endif
