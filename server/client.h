/* The sender of a request.  Pure. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "server/slice.h"

/* An IPv4 address is stored IPv4-mapped (RFC 4291 section 2.5.5.2). */
struct client {
	unsigned char ip[16];
	uint16_t port;		/* 0: unknown */
};

/* Is the address IPv4, stored in the last four bytes of ip? */
bool client_is_ipv4(const struct client *c);

/* Set the address from four bytes in network order. */
void client_set_ipv4(struct client *c, const void *bytes);

/* Is it a program on this machine: 127.0.0.0/8 or ::1? */
bool client_is_loopback(const struct client *c);

/*
 * The client that a proxy in front of serve names: set *c to the last address
 * in the X-Forwarded-For fields of a parsed head.  False if there is no
 * address.  Only a peer on a loopback address may be believed.
 */
bool client_read_forwarded(struct slice head, struct client *c);

/*
 * The network that counts as one client: the IPv4 address, or the /64 of an
 * IPv6 address, because a machine chooses the rest of it.
 */
void client_network(const struct client *c, unsigned char network[16]);

/* A hash of that network, which clients cannot predict if seed is random.  Its
 * high bits are the best. */
uint64_t client_hash(const unsigned char network[16], uint64_t seed);

#endif
