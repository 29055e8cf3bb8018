/*
 * The machine's network interfaces and their addresses, as the kernel lists
 * them (rtnetlink(7)).  getifaddrs(3) says neither what kind of interface it is
 * nor that an address is deprecated.
 */
#ifndef NETLINK_H
#define NETLINK_H

#include "server/address.h"

enum {
	NETLINK_NAME = 16,		/* IFNAMSIZ */
	/* IFF_LOWER_UP, a flag of interfaces that <net/if.h> lacks. */
	NETLINK_CARRIER = 0x10000,
	/* Flags of an address: linux/if_addr.h. */
	NETLINK_TEMPORARY = 0x01,	/* of IPv6; of IPv4: secondary */
	NETLINK_DAD_FAILED = 0x08,
	NETLINK_DEPRECATED = 0x20,
	NETLINK_TENTATIVE = 0x40,
};

struct netlink_interface {
	int index;
	unsigned flags;			/* IFF_UP ... of <net/if.h> */
	int master;			/* index of its bridge or bond, or 0 */
	int lower;			/* index of the interface below it,
					   or 0 */
	char name[NETLINK_NAME];
	char kind[NETLINK_NAME];	/* "bridge", "veth"; "": hardware */
};

struct netlink_address {
	int interface;			/* index */
	unsigned flags;
	struct address address;
};

struct netlink {
	struct netlink_interface *interface;
	struct netlink_address *address;
	int interfaces, addresses;
	/* Source addresses of packets to the internet, for IPv4 and IPv6; all
	 * zeros without a default route. */
	struct address source[2];
};

/* Returns 0, or -1 with errno.  In both cases call netlink_free() later. */
int netlink_read(struct netlink *n);
void netlink_free(struct netlink *n);

#endif
