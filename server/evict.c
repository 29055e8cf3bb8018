#include "server/evict.h"

#include <assert.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "server/client.h"
#include "server/options.h"

enum { BUCKET_BITS = 12 };

static const int64_t RETRY_NS = 100ll * 1000000;	/* after a failure */
/* After this time another search may begin: a loop that waits for a slow disk
 * proposes nothing. */
static const int64_t SEARCH_NS = 500ll * 1000000;

static_assert(1 << BUCKET_BITS == (int)EVICT_BUCKETS, "a hash fills them");

struct evict_search {
	struct evict_request request;
	int64_t began_ns;
	bool is_open;		/* some loops have not made a proposal */
	int proposals;
	bool has_proposed[OPTIONS_THREADS_MAX];
	int best_loop;		/* -1: no loop has a candidate */
	struct evict_candidate best;
};

struct evictor {
	uint64_t seed;		/* random: a client cannot choose its bucket */
	int fd;
	atomic_int waiting;	/* clients */
	atomic_uint conns[EVICT_BUCKETS];
	atomic_size_t bytes[EVICT_BUCKETS];
	atomic_int listings[EVICT_BUCKETS];
	pthread_mutex_t lock;	/* for the rest */
	int joined, loops;	/* loops so far, and running */
	struct evict_search search;
	int winner;		/* the loop that must close its best, or -1 */
	int64_t retry_ns[EVICT_KINDS];
	/* Until then, newcomers of this weight and more find no room; 0: no
	 * newcomer does. */
	size_t retry_weight[EVICT_KINDS];
};

/* Most buckets stay empty.  calloc(3) would write zeroes to all of them, and
 * each page that is written to takes memory. */
struct evictor *
evict_new(void)
{
	struct evictor *e = mmap(NULL, sizeof(*e), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (e == MAP_FAILED)
		return NULL;
	e->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (e->fd == -1) {
		munmap(e, sizeof(*e));
		return NULL;
	}
	if (getrandom(&e->seed, sizeof(e->seed), 0) == -1)
		e->seed = (uint64_t)(uintptr_t)e;
	e->winner = -1;
	pthread_mutex_init(&e->lock, NULL);
	return e;
}

void
evict_free(struct evictor *e)
{
	pthread_mutex_destroy(&e->lock);
	close(e->fd);
	munmap(e, sizeof(*e));
}

int
evict_fd(const struct evictor *e)
{
	return e->fd;
}

int
evict_join(struct evictor *e)
{
	int loop;

	pthread_mutex_lock(&e->lock);
	loop = e->joined++;
	e->loops++;
	pthread_mutex_unlock(&e->lock);
	return loop;
}

void
evict_leave(struct evictor *e)
{
	pthread_mutex_lock(&e->lock);
	e->loops--;
	pthread_mutex_unlock(&e->lock);
}

/* ---- clients that wait ---- */

void
evict_add_waiting(struct evictor *e, int n)
{
	e->waiting += n;
}

int
evict_waiting(const struct evictor *e)
{
	return e->waiting;
}

void
evict_wake(struct evictor *e)
{
	if (e->waiting > 0)
		eventfd_write(e->fd, 1);
}

/* ---- what each address holds ---- */

uint16_t
evict_bucket(const struct evictor *e, const struct address *client)
{
	unsigned char network[16];

	client_network(client, network);
	return (uint16_t)(client_hash(network, e->seed) >>
	    (64 - BUCKET_BITS));
}

void
evict_add_conn(struct evictor *e, uint16_t bucket)
{
	e->conns[bucket]++;
}

void
evict_remove_conn(struct evictor *e, uint16_t bucket)
{
	e->conns[bucket]--;
}

void
evict_add_memory(struct evictor *e, uint16_t bucket, size_t old, size_t new)
{
	e->bytes[bucket] += new - old;
}

void
evict_add_listing(struct evictor *e, uint16_t bucket, int n)
{
	e->listings[bucket] += n;
}

bool
evict_has_listing(const struct evictor *e, uint16_t bucket)
{
	return e->listings[bucket] > 0;
}

size_t
evict_weight(const struct evictor *e, enum evict_kind kind, uint16_t bucket)
{
	return kind == EVICT_CONNS ?
	    atomic_load_explicit(&e->conns[bucket], memory_order_relaxed) :
	    atomic_load_explicit(&e->bytes[bucket], memory_order_relaxed);
}

size_t
evict_max_weight(const struct evictor *e, enum evict_kind kind)
{
	size_t most = 0, weight;

	for (int i = 0; i < EVICT_BUCKETS; i++) {
		weight = evict_weight(e, kind, (uint16_t)i);
		if (weight > most)
			most = weight;
	}
	return most;
}

/* ---- searches ---- */

bool
evict_is_better(const struct evict_candidate *a,
    const struct evict_candidate *b)
{
	if (a->weight != b->weight)
		return a->weight > b->weight;
	if (a->class != b->class)
		return a->class < b->class;
	return a->class > EVICT_HEAD && a->rate < b->rate;
}

static void
wake_loops(const struct evictor *e)
{
	if (e->loops > 1)
		eventfd_write(e->fd, 1);
}

bool
evict_begin(struct evictor *e, struct evict_request request, int64_t now_ns)
{
	struct evict_search *s = &e->search;
	bool begins;

	pthread_mutex_lock(&e->lock);
	begins = (now_ns >= e->retry_ns[request.kind] ||
	    request.newcomer_weight < e->retry_weight[request.kind]) &&
	    ((!s->is_open && e->winner == -1) ||
	    now_ns - s->began_ns > SEARCH_NS);
	if (begins) {
		*s = (struct evict_search){
			.request = request, .is_open = true, .began_ns = now_ns,
			.best_loop = -1,
		};
		e->winner = -1;
		wake_loops(e);
	}
	pthread_mutex_unlock(&e->lock);
	return begins;
}

bool
evict_is_exhausted(struct evictor *e, enum evict_kind kind, int64_t now_ns)
{
	bool is_exhausted;

	pthread_mutex_lock(&e->lock);
	is_exhausted = now_ns < e->retry_ns[kind];
	pthread_mutex_unlock(&e->lock);
	return is_exhausted;
}

bool
evict_is_too_heavy(struct evictor *e, size_t weight, int64_t now_ns)
{
	size_t least;
	bool is_recent;

	pthread_mutex_lock(&e->lock);
	is_recent = now_ns < e->retry_ns[EVICT_CONNS];
	least = e->retry_weight[EVICT_CONNS];
	pthread_mutex_unlock(&e->lock);
	return is_recent && least > 0 && weight >= least;
}

enum evict_task
evict_next(struct evictor *e, int loop, struct evict_request *request)
{
	const struct evict_search *s = &e->search;
	enum evict_task task = EVICT_NOTHING;

	pthread_mutex_lock(&e->lock);
	*request = s->request;
	if (e->winner == loop)
		task = EVICT_CLOSE;
	else if (s->is_open && !s->has_proposed[loop])
		task = EVICT_PROPOSE;
	pthread_mutex_unlock(&e->lock);
	return task;
}

/* All loops have made their proposals. */
static void
end_search(struct evictor *e, int64_t now_ns)
{
	struct evict_search *s = &e->search;

	s->is_open = false;
	if (s->best_loop == -1 || s->best.weight < s->request.newcomer_weight) {
		e->retry_ns[s->request.kind] = now_ns + RETRY_NS;
		e->retry_weight[s->request.kind] =
		    s->best_loop == -1 ? 0 : s->request.newcomer_weight;
		return;
	}
	e->winner = s->best_loop;
	wake_loops(e);
}

void
evict_propose(struct evictor *e, int loop,
    const struct evict_candidate *candidate, int64_t now_ns)
{
	struct evict_search *s = &e->search;

	pthread_mutex_lock(&e->lock);
	s->has_proposed[loop] = true;
	if (candidate != NULL && (s->best_loop == -1 ||
	    evict_is_better(candidate, &s->best))) {
		s->best = *candidate;
		s->best_loop = loop;
	}
	if (++s->proposals >= e->loops && s->is_open)
		end_search(e, now_ns);
	pthread_mutex_unlock(&e->lock);
}

void
evict_close(struct evictor *e)
{
	pthread_mutex_lock(&e->lock);
	e->winner = -1;
	wake_loops(e);
	pthread_mutex_unlock(&e->lock);
}
