/* The listening sockets: one for each address, all on one port. */
#ifndef LISTENER_H
#define LISTENER_H

#include <arpa/inet.h>

#include "server/options.h"

struct listener {
	int fd[OPTIONS_BIND_MAX];
	int count;
	int port;
	bool moved;		/* OPTIONS_PORT_FIRST was taken */
	bool inherited;		/* systemd opened the sockets, and keeps them */
	char name[OPTIONS_BIND_MAX][INET6_ADDRSTRLEN];	/* then: their
							   addresses */
	const char *failed;	/* -1: the address that failed, as typed */
};

/*
 * Bind and listen where opt says.  A port that is taken on one address is
 * taken; of the two loopbacks, and of the two families of --public, either
 * alone will do where the machine lacks the other.  0, or -1 with errno
 * (EADDRINUSE, EACCES, EADDRNOTAVAIL...).
 */
int listener_open(struct listener *l, const struct options *opt);

/*
 * Stop listening: the port is free at once.  The descriptors stay, for
 * the loops that still know them.
 */
void listener_stop(struct listener *l);

void listener_close(struct listener *l);

#endif
