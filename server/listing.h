/*
 * Open folder -> HTML, JSON or text, in pieces.  Reading and sorting are done
 * in bounded steps; only the names and what is shown of them are in memory.
 */
#ifndef LISTING_H
#define LISTING_H

#include <stdatomic.h>

#include "server/accept.h"
#include "server/body.h"
#include "server/resource.h"

struct entries;

/* Bytes that all listings under way may use, together. */
enum { LISTING_BUDGET = 64 << 20 };

struct listing_request {
	const struct options *opt;
	const struct docroot *docroot;
	struct file_cache *root;	/* outlives the listing */
	int fd;			/* the folder; it is opened anew, not kept */
	struct slice path;	/* decoded, ends in '/', beneath --base */
	struct slice query;	/* with its '?', or empty: sort and order */
	enum accept_format format;
	struct slice live_snippet;	/* HTML at the end of the page; static */
	atomic_size_t *used;	/* of the budget, by all loops */
	struct entries **shared_entries;	/* what this turn began to read; NULL: none */
};

/*
 * NULL with errno: ENOMEM also where the budget is used up (503).  more() says
 * EAGAIN until the first bytes are ready.
 */
struct producer *listing_new(const struct listing_request *q);

/*
 * Listings of one folder that are made in one iteration read it once: all were
 * asked for before the reading began.  Each loop has one such place, NULL at
 * first; this empties it at the end of the shared_entries.
 */
void listing_forget(struct entries **shared_entries);

#endif
