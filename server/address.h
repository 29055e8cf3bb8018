/* An IP address and port: of a client, to listen on, of this machine.  Pure. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/buf.h"

/* An IPv4 address is stored IPv4-mapped (RFC 4291 section 2.5.5.2). */
struct address {
	unsigned char ip[16];
	uint16_t port;		/* 0: unknown, or any */
};

/* Set the address from 4 bytes (AF_INET) or 16 (AF_INET6) in network order. */
void address_set_ip(struct address *a, int family, const void *bytes);

/* Parse an IP literal, IPv6 with or without brackets, but no name.  The port
 * becomes 0.  False leaves *a as it was. */
bool address_parse(struct slice s, struct address *a);

/* From a socket address of AF_INET or AF_INET6, and back with its length. */
void address_from_socket(struct address *a, const struct sockaddr_storage *sa);
socklen_t address_to_socket(const struct address *a,
    struct sockaddr_storage *sa);

/* AF_INET or AF_INET6.  IPv4 is in the last four bytes of ip. */
int address_family(const struct address *a);

/* Is it a program on this machine: 127.0.0.0/8 or ::1? */
bool address_is_loopback(const struct address *a);

/* 0.0.0.0 or ::, which stand for all addresses of the family. */
bool address_is_any(const struct address *a);

/* Can it be that of one machine?  Not a multicast group, or 255.255.255.255. */
bool address_is_unicast(const struct address *a);

/* fe80::/10: it needs a zone, which browsers do not accept. */
bool address_is_link_local(const struct address *a);

/* "127.0.0.1", "::1": without port, zone and brackets, RFC 5952. */
void address_put(struct buf *b, const struct address *a);

#endif
