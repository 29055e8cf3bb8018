/* The state of one loop, for loop.c, conns.c, acceptor.c and balance.c. */
#ifndef LOOP_STATE_H
#define LOOP_STATE_H

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

#include "server/conn_state.h"
#include "server/container_of.h"
#include "server/evict.h"
#include "server/loop_config.h"

enum {
	PAUSE_MS = 100,		/* until a full server tries to accept again */
	LISTENERS_MAX = OPTIONS_BIND_MAX,
	ARRIVALS_MAX = 256,
};

/* A listening socket, as one loop watches it. */
struct acceptor {
	struct source source;
	int fd;
	bool ready;		/* clients wait for accept(2) */
};

/* Connections that other loops have handed over. */
struct arrivals {
	alignas(64) atomic_long conns;	/* of the loop, arrivals included */
	pthread_mutex_t lock;		/* for the rest */
	bool open;			/* the loop runs */
	int n;
	struct source source;		/* in epoll, for each arrival */
	struct conn conn[ARRIVALS_MAX];
};

struct loop {
	struct worker worker;
	const struct loop_config *config;
	struct source stop;	/* shared->stop_fd */
	struct acceptor acceptor[LISTENERS_MAX];
	int acceptor_count;
	bool paused;		/* the acceptors are out of the epoll set */
	bool stop_seen;
	bool stopping;
	long conns;
	int64_t resume_ns;	/* when the pause ends at the earliest */
	int64_t stop_ns;	/* when a stopping loop ends at the latest */
	struct conn *queue;	/* for conn_step(), linked by next_queued */
	struct conn **queue_end;
	struct conn *spare;	/* free structs, linked by next_queued */
	struct slab *slabs;
	/* A client that has no slot yet: only a connection that was accepted
	 * has an address, which decides who makes room for it. */
	int waiting_fd;		/* -1: no client waits here */
	struct address waiting;
	int number;		/* of this loop, for evict.h */
	struct source evict_source;	/* evict_fd() */
	bool evict_seen;
	struct timer trim;	/* set when a connection closes: trim_ready() */
	int peer;		/* the loop that balance.c compared last */
	struct arrivals arrivals;
};

static inline struct loop *
loop_of(struct worker *w)
{
	return CONTAINER_OF(w, struct loop, worker);
}

static inline struct evictor *
loop_evictor(const struct loop *l)
{
	return l->worker.server->shared->evictor;
}

#endif
