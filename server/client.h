/* The address of a client behind a proxy, the network of any client.  Pure. */
#ifndef CLIENT_H
#define CLIENT_H

#include "server/address.h"

/*
 * The client that a proxy in front of serve names: set *c to the last address
 * in the X-Forwarded-For fields of a parsed head.  False if there is no
 * address.  Only a peer on a loopback address may be believed.
 */
bool client_read_forwarded(struct slice head, struct address *c);

/*
 * The network that counts as one client: the IPv4 address, or the /64 of an
 * IPv6 address, because a machine chooses the rest of it.
 */
void client_network(const struct address *c, unsigned char network[16]);

/* A hash of that network, which clients cannot predict if seed is random.  Use
 * its high bits: they depend on all bytes. */
uint64_t client_hash(const unsigned char network[16], uint64_t seed);

#endif
