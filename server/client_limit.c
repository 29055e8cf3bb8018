#include "server/client_limit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "server/client.h"

enum { BUCKETS = 4096 };

struct client_count {
	struct client_count *next;
	long count;
	unsigned char network[16];
};

struct client_limit {
	pthread_mutex_t lock;
	long most;
	uint64_t seed;		/* prevents deliberate hash collisions */
	struct client_count *bucket[BUCKETS];
};

/* Most buckets stay empty, so do not write zeroes to them as calloc(3) does. */
struct client_limit *
client_limit_new(long most)
{
	struct client_limit *limit = mmap(NULL, sizeof(*limit),
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (limit == MAP_FAILED)
		return NULL;
	pthread_mutex_init(&limit->lock, NULL);
	limit->most = most;
	if (getrandom(&limit->seed, sizeof(limit->seed), 0) == -1)
		limit->seed = (uint64_t)(uintptr_t)limit;
	return limit;
}

void
client_limit_free(struct client_limit *limit)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct client_count *e = limit->bucket[i], *next;

		for (; e != NULL; e = next) {
			next = e->next;
			free(e);
		}
	}
	pthread_mutex_destroy(&limit->lock);
	munmap(limit, sizeof(*limit));
}

/* The link to this address's entry, or the link at the end of its bucket. */
static struct client_count **
find(struct client_limit *limit, const unsigned char network[16])
{
	struct client_count **e =
	    &limit->bucket[(client_hash(network, limit->seed) >> 32) % BUCKETS];

	while (*e != NULL && memcmp((*e)->network, network, 16) != 0)
		e = &(*e)->next;
	return e;
}

bool
client_limit_enter(struct client_limit *limit, const struct address *c)
{
	unsigned char network[16];
	struct client_count **e;
	bool entered = false;

	client_network(c, network);
	pthread_mutex_lock(&limit->lock);
	e = find(limit, network);
	if (*e == NULL && (*e = calloc(1, sizeof(**e))) != NULL)
		memcpy((*e)->network, network, 16);
	if (*e != NULL && (*e)->count < limit->most) {
		(*e)->count++;
		entered = true;
	}
	pthread_mutex_unlock(&limit->lock);
	return entered;
}

void
client_limit_leave(struct client_limit *limit, const struct address *c)
{
	unsigned char network[16];
	struct client_count **link, *e;

	client_network(c, network);
	pthread_mutex_lock(&limit->lock);
	link = find(limit, network);
	e = *link;
	if (--e->count == 0) {
		*link = e->next;
		free(e);
	}
	pthread_mutex_unlock(&limit->lock);
}
