#include "server/attempts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "server/client.h"

enum {
	/* Clients that are remembered.  Guessers with more addresses than this
	 * are slowed down by ATTEMPTS_ALL. */
	CLIENTS = 1024,
};

static const int64_t MINUTE_NS = 60ll * 1000000000;

struct guesser {
	unsigned char network[16];
	int64_t last_ns;	/* when it last tried a new key */
	int keys;
	uint64_t key[ATTEMPTS_KEYS];
};

struct attempts {
	pthread_mutex_t lock;
	/* Written under the lock, read without it. */
	_Atomic int64_t minute_ns;	/* start of this minute */
	atomic_int tries;		/* in this minute */
	int clients;
	struct guesser client[CLIENTS];
};

struct attempts *
attempts_new(void)
{
	struct attempts *a = calloc(1, sizeof(*a));

	if (a != NULL)
		pthread_mutex_init(&a->lock, NULL);
	return a;
}

void
attempts_free(struct attempts *a)
{
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* The client's entry, reset if it has expired.  A new entry may replace the
 * oldest one. */
static struct guesser *
find_guesser(struct attempts *a, const struct address *c, int64_t now_ns)
{
	unsigned char network[16];
	struct guesser *oldest = &a->client[0], *g;

	client_network(c, network);
	for (int i = 0; i < a->clients; i++) {
		g = &a->client[i];
		if (memcmp(g->network, network, sizeof(network)) == 0) {
			if (now_ns - g->last_ns >= MINUTE_NS)
				g->keys = 0;
			return g;
		}
		if (g->last_ns < oldest->last_ns)
			oldest = g;
	}
	g = a->clients < CLIENTS ? &a->client[a->clients++] : oldest;
	*g = (struct guesser){ .last_ns = now_ns };
	memcpy(g->network, network, sizeof(network));
	return g;
}

/* True if there is no room for another key. */
static bool
add_key(struct guesser *g, uint64_t key, int64_t now_ns)
{
	if (g->keys == ATTEMPTS_KEYS)
		return true;
	for (int i = 0; i < g->keys; i++)
		if (g->key[i] == key)
			return false;
	g->key[g->keys++] = key;
	g->last_ns = now_ns;
	return false;
}

static void
count_try(struct attempts *a, int64_t now_ns)
{
	if (now_ns - a->minute_ns >= MINUTE_NS) {
		a->minute_ns = now_ns;
		a->tries = 0;
	}
	a->tries++;
}

bool
attempts_add(struct attempts *a, const struct address *c, const uint64_t *key,
    int n, int64_t now_ns)
{
	bool limited = false;
	struct guesser *g;

	pthread_mutex_lock(&a->lock);
	count_try(a, now_ns);
	g = find_guesser(a, c, now_ns);
	for (int i = 0; i < n; i++)
		limited |= add_key(g, key[i], now_ns);
	pthread_mutex_unlock(&a->lock);
	return limited;
}

bool
attempts_are_many(const struct attempts *a, int64_t now_ns)
{
	return a->tries >= ATTEMPTS_ALL && now_ns - a->minute_ns < MINUTE_NS;
}
