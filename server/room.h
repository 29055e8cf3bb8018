/*
 * Choose the transfer to end when a loop has no descriptor for a new client:
 * the slowest one of the address (IPv6: the /64) with the most connections.
 * Pure.
 */
#ifndef ROOM_H
#define ROOM_H

#include "server/client.h"

enum {
	ROOM_BUCKETS = 4096,	/* addresses are counted by their hash */
	ROOM_RATE = 1024,	/* bytes/s: a faster transfer is never chosen */
};

struct room {
	uint64_t seed;		/* random: a client cannot choose its bucket */
	uint32_t count[ROOM_BUCKETS];
	uint32_t best_count;
	int64_t best_rate;
};

/* Forget all counts and offers. */
void room_begin(struct room *room);

/* Count each connection; then offer each transfer with its rate, bytes/s. */
void room_count(struct room *room, const struct client *client);

/*
 * True if this is the best choice so far.  Never chooses the only connection of
 * its address.
 */
bool room_offer(struct room *room, const struct client *client, int64_t rate);

#endif
