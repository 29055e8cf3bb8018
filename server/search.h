/*
 * The lookups of one request that would make a loop wait for a slow or cold
 * disk: the pool of disk.h does them, one after the other.  resource.h explains
 * the rounds.
 */
#ifndef SEARCH_H
#define SEARCH_H

#include "server/worker.h"

struct search;

/*
 * Begin a round of the request.  s: its search so far, or NULL.  refuses: see
 * resource_begin().  A request without a search needs no round until a lookup
 * would wait.
 */
void search_begin_round(const struct search *s, struct worker *w, bool refuses);

enum search_state {
	SEARCH_DONE,		/* the round had all that it needed */
	SEARCH_WAITS,		/* client will be woken for another round */
	SEARCH_REFUSED,		/* too many requests wait for this disk, or
				   there is no memory */
};

/*
 * End a round.  *s is created if it is needed and NULL.  client is the source
 * to wake; bucket is that of its address (evict.h).
 */
enum search_state search_end_round(struct search **s, struct worker *w,
    struct source *client, uint16_t bucket);

bool search_is_waiting(const struct search *s);

/* The bytes of the budget that s takes.  s may be NULL. */
size_t search_memory(const struct search *s);

/* The request was answered, or the client has left. */
void search_end(struct search *s, struct worker *w);

#endif
