/*
 * Chooses the connection to evict when connections, descriptors or memory run
 * short: one of the address (IPv6: the /64 network) that holds most of them.
 * All loops share this.  Each proposes the best candidate among its own
 * connections; the best of all is closed.
 */
#ifndef EVICT_H
#define EVICT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/address.h"

enum {
	EVICT_BUCKETS = 4096,	/* addresses are counted by their hash */
	EVICT_RATE = 1024,	/* bytes/s: a faster transfer is never closed */
};

enum evict_kind {
	EVICT_CONNS,		/* connections or descriptors are short */
	EVICT_MEMORY,		/* the budget is short */
	EVICT_KINDS
};

/* In the order in which the connections of one address are closed. */
enum evict_class {
	EVICT_IDLE,		/* between two requests, or an event stream */
	EVICT_HEAD,		/* with an incomplete head */
	EVICT_LISTING,		/* slow, and old enough, as the next two */
	EVICT_TRANSFER,
	EVICT_ARCHIVE,
	EVICT_STAYS		/* must not be closed */
};

struct evict_candidate {
	size_t weight;		/* what its address holds */
	enum evict_class class;
	int64_t rate;		/* bytes/s, of the last three classes */
};

/* A search for a connection that can make room. */
struct evict_request {
	enum evict_kind kind;
	size_t newcomer_weight;	/* what its address holds, the newcomer counted:
				   no address that holds less makes room */
};

struct evictor;

/* NULL with errno. */
struct evictor *evict_new(void);
void evict_free(struct evictor *e);

/* An eventfd for the epoll set of each loop, edge-triggered: call
 * evict_next(). */
int evict_fd(const struct evictor *e);

/* A loop begins or ends.  evict_join() returns the loop's number. */
int evict_join(struct evictor *e);
void evict_leave(struct evictor *e);

/* A client begins (1) or ceases (-1) to wait for a slot in a loop. */
void evict_add_waiting(struct evictor *e, int n);
int evict_waiting(const struct evictor *e);

/* A slot is free: wake the loops in which clients wait. */
void evict_wake(struct evictor *e);

/* The bucket of a client's address; two addresses rarely share one. */
uint16_t evict_bucket(const struct evictor *e, const struct address *client);

/* A connection of this bucket was accepted or closed. */
void evict_add_conn(struct evictor *e, uint16_t bucket);
void evict_remove_conn(struct evictor *e, uint16_t bucket);

/* A connection now holds new bytes of the budget, not old. */
void evict_add_memory(struct evictor *e, uint16_t bucket, size_t old,
    size_t new);

/* A connection begins (1) or ends (-1) to hold a listing. */
void evict_add_listing(struct evictor *e, uint16_t bucket, int n);
bool evict_has_listing(const struct evictor *e, uint16_t bucket);

/* The weight of this bucket, or of the heaviest: its connections or bytes. */
size_t evict_weight(const struct evictor *e, enum evict_kind kind,
    uint16_t bucket);
size_t evict_max_weight(const struct evictor *e, enum evict_kind kind);

/* Should a be closed rather than b? */
bool evict_is_better(const struct evict_candidate *a,
    const struct evict_candidate *b);

/*
 * Begin to look for a connection to close.  False while another search is under
 * way, or shortly after a failed search, unless that failed only because its
 * newcomer held more.
 */
bool evict_begin(struct evictor *e, struct evict_request request,
    int64_t now_ns);

/* Has a search for this kind just found nothing? */
bool evict_is_exhausted(struct evictor *e, enum evict_kind kind,
    int64_t now_ns);

/* Has a search just found connections, but only of addresses that hold less
 * than weight? */
bool evict_is_too_heavy(struct evictor *e, size_t weight, int64_t now_ns);

/* The next task of this loop, for *request. */
enum evict_task {
	EVICT_NOTHING,
	EVICT_PROPOSE,		/* call evict_propose() */
	EVICT_CLOSE,		/* close the best connection, evict_close() */
};
enum evict_task evict_next(struct evictor *e, int loop,
    struct evict_request *request);

/* Propose a candidate; NULL: this loop has no connection to close. */
void evict_propose(struct evictor *e, int loop,
    const struct evict_candidate *candidate, int64_t now_ns);

/* The connection was closed: wake the other loops, where clients may wait. */
void evict_close(struct evictor *e);

#endif
