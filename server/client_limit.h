/*
 * Counts what each client has at a time: its connections, for
 * --max-conns-per-client, or its archives.
 */
#ifndef CLIENT_LIMIT_H
#define CLIENT_LIMIT_H

#include <stdbool.h>

#include "server/address.h"

struct client_limit;

/*
 * most: for one client, which is a network of client_network().  NULL with
 * ENOMEM.
 */
struct client_limit *client_limit_new(long most);
void client_limit_free(struct client_limit *limit);

/* Count one more.  False at the limit, or if memory has run out. */
bool client_limit_enter(struct client_limit *limit, const struct address *c);

/* Count one less: one that client_limit_enter() has counted. */
void client_limit_leave(struct client_limit *limit, const struct address *c);

#endif
