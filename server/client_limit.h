/* How many connections each client has: --max-conns-per-client. */
#ifndef CLIENT_LIMIT_H
#define CLIENT_LIMIT_H

#include <stdbool.h>

#include "server/log.h"

struct client_limit;

/* NULL with ENOMEM.  An IPv6 client is counted by its /64. */
struct client_limit *client_limit_new(long most);
void client_limit_free(struct client_limit *cs);

/* Count one more connection.  False at the limit, or without memory. */
bool client_limit_enter(struct client_limit *cs, const struct client *c);
void client_limit_leave(struct client_limit *cs, const struct client *c);

#endif
