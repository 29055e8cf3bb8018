#include "server/room.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

enum { BUCKET_BITS = 12, LOOPS_MAX = 256 };

static const int64_t RETRY_NS = 100ll * 1000000;	/* after a failure */
/* After this time another search may begin: a loop that waits for a slow disk
 * makes no offer. */
static const int64_t SEARCH_NS = 500ll * 1000000;

static_assert(1 << BUCKET_BITS == (int)ROOM_BUCKETS, "a hash fills them");

struct room_search {
	struct room_wish wish;
	int64_t began_ns;
	bool is_open;		/* some loops have not made their offer */
	int offers;
	bool has_offered[LOOPS_MAX];
	int best_loop;		/* -1: no loop has an offer */
	struct room_offer best;
};

struct room {
	uint64_t seed;		/* random: a client cannot choose its bucket */
	int fd;
	atomic_int waiting;	/* clients */
	atomic_uint conns[ROOM_BUCKETS];
	atomic_size_t bytes[ROOM_BUCKETS];
	atomic_int listings[ROOM_BUCKETS];
	pthread_mutex_t lock;	/* for the rest */
	int joined, loops;	/* loops so far, and running */
	struct room_search search;
	int winner;		/* the loop that must close one, or -1 */
	int64_t retry_ns[ROOM_KINDS];
	/* Until then, newcomers of this weight and more find no room; 0: no
	 * newcomer does. */
	size_t retry_weight[ROOM_KINDS];
};

struct room *
room_new(void)
{
	struct room *room = calloc(1, sizeof(*room));

	if (room == NULL)
		return NULL;
	room->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (room->fd == -1) {
		free(room);
		return NULL;
	}
	if (getrandom(&room->seed, sizeof(room->seed), 0) == -1)
		room->seed = (uint64_t)(uintptr_t)room;
	room->winner = -1;
	pthread_mutex_init(&room->lock, NULL);
	return room;
}

void
room_free(struct room *room)
{
	pthread_mutex_destroy(&room->lock);
	close(room->fd);
	free(room);
}

int
room_fd(const struct room *room)
{
	return room->fd;
}

int
room_join(struct room *room)
{
	int loop;

	pthread_mutex_lock(&room->lock);
	loop = room->joined++;
	room->loops++;
	pthread_mutex_unlock(&room->lock);
	return loop;
}

void
room_leave(struct room *room)
{
	pthread_mutex_lock(&room->lock);
	room->loops--;
	pthread_mutex_unlock(&room->lock);
}

/* ---- clients that wait ---- */

void
room_wait(struct room *room, int n)
{
	room->waiting += n;
}

int
room_waiting(const struct room *room)
{
	return room->waiting;
}

void
room_wake(struct room *room)
{
	if (room->waiting > 0)
		eventfd_write(room->fd, 1);
}

/* ---- what each address holds ---- */

uint16_t
room_bucket(const struct room *room, const struct client *client)
{
	unsigned char network[16];
	uint64_t h = room->seed, half;

	client_network(client, network);
	for (size_t i = 0; i < sizeof(network); i += sizeof(half)) {
		memcpy(&half, network + i, sizeof(half));
		h = (h ^ half) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	/* Multiplication moves bits only up, and the last byte of an address is
	 * at the top of half: multiply once more after h >> 32. */
	return (uint16_t)(h * 0x9e3779b97f4a7c15u >> (64 - BUCKET_BITS));
}

void
room_add_conn(struct room *room, uint16_t bucket)
{
	room->conns[bucket]++;
}

void
room_remove_conn(struct room *room, uint16_t bucket)
{
	room->conns[bucket]--;
}

void
room_add_memory(struct room *room, uint16_t bucket, size_t old, size_t new)
{
	room->bytes[bucket] += new - old;
}

void
room_add_listing(struct room *room, uint16_t bucket, int n)
{
	room->listings[bucket] += n;
}

bool
room_has_listing(const struct room *room, uint16_t bucket)
{
	return room->listings[bucket] > 0;
}

size_t
room_weight(const struct room *room, enum room_kind kind, uint16_t bucket)
{
	return kind == ROOM_CONNS ?
	    atomic_load_explicit(&room->conns[bucket], memory_order_relaxed) :
	    atomic_load_explicit(&room->bytes[bucket], memory_order_relaxed);
}

size_t
room_most(const struct room *room, enum room_kind kind)
{
	size_t most = 0, weight;

	for (int i = 0; i < ROOM_BUCKETS; i++) {
		weight = room_weight(room, kind, (uint16_t)i);
		if (weight > most)
			most = weight;
	}
	return most;
}

/* ---- searches ---- */

bool
room_is_better(const struct room_offer *a, const struct room_offer *b)
{
	if (a->weight != b->weight)
		return a->weight > b->weight;
	if (a->class != b->class)
		return a->class < b->class;
	return a->class > ROOM_HEAD && a->rate < b->rate;
}

static void
wake_loops(const struct room *room)
{
	if (room->loops > 1)
		eventfd_write(room->fd, 1);
}

bool
room_begin(struct room *room, struct room_wish wish, int64_t now_ns)
{
	struct room_search *s = &room->search;
	bool begins;

	pthread_mutex_lock(&room->lock);
	begins = (now_ns >= room->retry_ns[wish.kind] ||
	    wish.newcomer < room->retry_weight[wish.kind]) &&
	    ((!s->is_open && room->winner == -1) ||
	    now_ns - s->began_ns > SEARCH_NS);
	if (begins) {
		*s = (struct room_search){
			.wish = wish, .is_open = true, .began_ns = now_ns,
			.best_loop = -1,
		};
		room->winner = -1;
		wake_loops(room);
	}
	pthread_mutex_unlock(&room->lock);
	return begins;
}

bool
room_is_exhausted(struct room *room, enum room_kind kind, int64_t now_ns)
{
	bool is_exhausted;

	pthread_mutex_lock(&room->lock);
	is_exhausted = now_ns < room->retry_ns[kind];
	pthread_mutex_unlock(&room->lock);
	return is_exhausted;
}

bool
room_is_too_heavy(struct room *room, size_t weight, int64_t now_ns)
{
	size_t least;
	bool is_recent;

	pthread_mutex_lock(&room->lock);
	is_recent = now_ns < room->retry_ns[ROOM_CONNS];
	least = room->retry_weight[ROOM_CONNS];
	pthread_mutex_unlock(&room->lock);
	return is_recent && least > 0 && weight >= least;
}

enum room_task
room_next(struct room *room, int loop, struct room_wish *wish)
{
	const struct room_search *s = &room->search;
	enum room_task task = ROOM_NOTHING;

	pthread_mutex_lock(&room->lock);
	*wish = s->wish;
	if (room->winner == loop)
		task = ROOM_CLOSE;
	else if (s->is_open && !s->has_offered[loop])
		task = ROOM_OFFER;
	pthread_mutex_unlock(&room->lock);
	return task;
}

/* All loops have made their offers. */
static void
end_search(struct room *room, int64_t now_ns)
{
	struct room_search *s = &room->search;

	s->is_open = false;
	if (s->best_loop == -1 || s->best.weight < s->wish.newcomer) {
		room->retry_ns[s->wish.kind] = now_ns + RETRY_NS;
		room->retry_weight[s->wish.kind] =
		    s->best_loop == -1 ? 0 : s->wish.newcomer;
		return;
	}
	room->winner = s->best_loop;
	wake_loops(room);
}

void
room_offer(struct room *room, int loop, const struct room_offer *offer,
    int64_t now_ns)
{
	struct room_search *s = &room->search;

	pthread_mutex_lock(&room->lock);
	s->has_offered[loop] = true;
	if (offer != NULL && (s->best_loop == -1 ||
	    room_is_better(offer, &s->best))) {
		s->best = *offer;
		s->best_loop = loop;
	}
	if (++s->offers >= room->loops && s->is_open)
		end_search(room, now_ns);
	pthread_mutex_unlock(&room->lock);
}

void
room_close(struct room *room)
{
	pthread_mutex_lock(&room->lock);
	room->winner = -1;
	wake_loops(room);
	pthread_mutex_unlock(&room->lock);
}
