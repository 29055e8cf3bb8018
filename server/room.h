/*
 * When connections, descriptors or memory run short, the address (IPv6: the /64
 * network) that holds most of them makes room.  All loops share this.  Each
 * offers the best of its own connections to close; the best of all is closed.
 */
#ifndef ROOM_H
#define ROOM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/client.h"

enum {
	ROOM_BUCKETS = 4096,	/* addresses are counted by their hash */
	ROOM_RATE = 1024,	/* bytes/s: a faster transfer is never closed */
};

enum room_kind {
	ROOM_CONNS,		/* connections or descriptors are short */
	ROOM_MEMORY,		/* the budget is short */
	ROOM_KINDS
};

/* In the order in which the connections of one address are closed. */
enum room_class {
	ROOM_IDLE,		/* between two requests, or an event stream */
	ROOM_HEAD,		/* with an incomplete head */
	ROOM_LISTING,		/* slow, and old enough, as the next two */
	ROOM_TRANSFER,
	ROOM_ARCHIVE,
	ROOM_STAYS		/* must not be closed */
};

struct room_offer {
	size_t weight;		/* what its address holds */
	enum room_class class;
	int64_t rate;		/* bytes/s, of the last three classes */
};

/* What a search looks for. */
struct room_wish {
	enum room_kind kind;
	size_t newcomer;	/* what its address holds, the newcomer counted:
				   no address that holds less makes room */
};

struct room;

/* NULL with errno. */
struct room *room_new(void);
void room_free(struct room *room);

/* An eventfd for the epoll set of each loop, edge-triggered: call
 * room_next(). */
int room_fd(const struct room *room);

/* A loop begins or ends.  room_join() returns the loop's number. */
int room_join(struct room *room);
void room_leave(struct room *room);

/* A client begins (1) or ceases (-1) to wait for a slot in a loop. */
void room_wait(struct room *room, int n);
int room_waiting(const struct room *room);

/* A slot is free: wake the loops in which clients wait. */
void room_wake(struct room *room);

/* The bucket of a client's address; two addresses rarely share one. */
uint16_t room_bucket(const struct room *room, const struct client *client);

/* A connection of this bucket was accepted or closed. */
void room_add_conn(struct room *room, uint16_t bucket);
void room_remove_conn(struct room *room, uint16_t bucket);

/* A connection now holds new bytes of the budget, not old. */
void room_add_memory(struct room *room, uint16_t bucket, size_t old,
    size_t new);

/* A connection begins (1) or ends (-1) to hold a listing. */
void room_add_listing(struct room *room, uint16_t bucket, int n);
bool room_has_listing(const struct room *room, uint16_t bucket);

/* What this bucket holds, or the one that holds most: connections or bytes. */
size_t room_weight(const struct room *room, enum room_kind kind,
    uint16_t bucket);
size_t room_most(const struct room *room, enum room_kind kind);

/* Should a be closed rather than b? */
bool room_is_better(const struct room_offer *a, const struct room_offer *b);

/*
 * Begin to look for a connection to close.  False while another search is under
 * way, or shortly after one that found nothing, unless that one found nothing
 * because its newcomer held more.
 */
bool room_begin(struct room *room, struct room_wish wish, int64_t now_ns);

/* Has a search for this kind just found nothing? */
bool room_is_exhausted(struct room *room, enum room_kind kind, int64_t now_ns);

/* Has a search just found connections, but only of addresses that hold less
 * than weight? */
bool room_is_too_heavy(struct room *room, size_t weight, int64_t now_ns);

/* What this loop must do now, for *wish. */
enum room_task {
	ROOM_NOTHING,
	ROOM_OFFER,		/* call room_offer() */
	ROOM_CLOSE,		/* close the best connection, room_close() */
};
enum room_task room_next(struct room *room, int loop, struct room_wish *wish);

/* Make an offer; NULL: this loop has no connection to close. */
void room_offer(struct room *room, int loop, const struct room_offer *offer,
    int64_t now_ns);

/* The connection was closed; other loops are woken, for they may wait. */
void room_close(struct room *room);

#endif
