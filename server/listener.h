/* The listening sockets: one for each address, all on one port. */
#ifndef LISTENER_H
#define LISTENER_H

#include "server/options.h"

struct listener {
	int fd[OPTIONS_BIND_MAX];
	int count;
	int port;
	bool moved;		/* OPTIONS_PORT_FIRST was taken */
	bool inherited;		/* systemd opened the sockets, and keeps them */
	char name[OPTIONS_BIND_MAX][INET6_ADDRSTRLEN];	/* if inherited:
							   addresses */
	const char *failed;	/* after -1: the address, as typed */
	bool missing;		/* after -1: the machine has no such address, or
				   a filter refuses a socket for it */
};

/*
 * Bind and listen on the addresses of opt.  A port that is taken on one of them
 * counts as taken.  One of the two loopback addresses, or one of the two
 * families of --public, is enough where the machine has only that.  0, or -1
 * with errno (EADDRINUSE, EACCES, EADDRNOTAVAIL...).
 */
int listener_open(struct listener *l, const struct options *opt);

/*
 * Stop listening, which frees the port at once.  The descriptors stay open: the
 * loops still have them in their epoll sets.
 */
void listener_stop(struct listener *l);

void listener_close(struct listener *l);

#endif
