/* The constant parameters of the loops. */
#ifndef LOOP_CONFIG_H
#define LOOP_CONFIG_H

#include "server/client_limit.h"
#include "server/worker.h"

struct loop;

struct loop_config {
	const struct server *server;
	const int *listeners;		/* non-blocking, shared by all loops */
	int listener_count;
	struct loop *const *loops;	/* all that run; set before they do */
	int loop_count;
	struct client_limit *clients;	/* NULL: no cap for one client */
	struct log_config log;
};

#endif
