/* Who is at the other end of a connection.  Pure. */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stdint.h>

/* A peer; IPv4 as an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2). */
struct client {
	unsigned char ip[16];
	uint16_t port;
};

bool client_is_ipv4(const struct client *c);

/* Is it a program of this machine: 127.0.0.0/8 or ::1? */
bool client_is_loopback(const struct client *c);

/*
 * What counts as one client where clients are counted: the address, of IPv6 its
 * /64, the rest of which a machine chooses itself.
 */
void client_network(const struct client *c, unsigned char network[16]);

#endif
