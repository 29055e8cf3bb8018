/* How many connections each client has: --max-conns-per-client. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <stdbool.h>

#include "server/log.h"

struct clients;

/* NULL with ENOMEM.  An IPv6 client is its /64. */
struct clients *clients_new(long most);
void clients_free(struct clients *cs);

/* One more connection.  False if it has as many as it may, or no memory. */
bool clients_enter(struct clients *cs, const struct client *c);
void clients_leave(struct clients *cs, const struct client *c);

#endif
