/* The peer of a connection.  Pure. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stdint.h>

/* An IPv4 address is stored IPv4-mapped (RFC 4291 section 2.5.5.2). */
struct client {
	unsigned char ip[16];
	uint16_t port;
};

bool client_is_ipv4(const struct client *c);

/* Is it a program on this machine: 127.0.0.0/8 or ::1? */
bool client_is_loopback(const struct client *c);

/*
 * The network that counts as one client: the IPv4 address, or the /64 of an
 * IPv6 address, because a machine chooses the rest of it.
 */
void client_network(const struct client *c, unsigned char network[16]);

#endif
