#include "server/room.h"

#include <assert.h>
#include <string.h>

enum { BUCKET_BITS = 12 };

static_assert(1 << BUCKET_BITS == (int)ROOM_BUCKETS, "a hash fills them");

void
room_begin(struct room *room)
{
	memset(room->count, 0, sizeof(room->count));
	room->best_count = 0;
}

static uint32_t *
find_bucket(struct room *room, const struct client *client)
{
	unsigned char network[16];
	uint64_t h = room->seed, half;

	client_network(client, network);
	for (size_t i = 0; i < sizeof(network); i += sizeof(half)) {
		memcpy(&half, network + i, sizeof(half));
		h = (h ^ half) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	/* The last byte of an address is at the top of half. */
	return &room->count[h * 0x9e3779b97f4a7c15u >> (64 - BUCKET_BITS)];
}

void
room_count(struct room *room, const struct client *client)
{
	++*find_bucket(room, client);
}

bool
room_offer(struct room *room, const struct client *client, int64_t rate)
{
	uint32_t count = *find_bucket(room, client);

	if (rate >= ROOM_RATE || count < 2 || count < room->best_count ||
	    (count == room->best_count && rate >= room->best_rate))
		return false;
	room->best_count = count;
	room->best_rate = rate;
	return true;
}
