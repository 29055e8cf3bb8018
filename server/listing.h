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

/* Bytes that all listings in progress may use together. */
enum { LISTING_BUDGET = 64 << 20 };

struct listing_request {
	const struct options *opt;
	const struct docroot *docroot;
	struct file_cache *root;	/* outlives the listing */
	int fd;			/* the folder; listing_new() reopens it */
	struct slice path;	/* decoded, ends in '/', beneath --base */
	struct slice query;	/* with its '?', or empty: view, sort, order */
	enum accept_format format;
	struct slice live_snippet;	/* HTML at the end of the page; static */
	atomic_size_t *used;	/* of the budget, by all loops */
	struct entries **shared_entries;	/* see listing_forget(); or NULL */
};

/*
 * A producer of the listing.  NULL with errno; ENOMEM also where the budget is
 * used up.  more() returns EAGAIN until the first bytes are ready.
 */
struct producer *listing_new(const struct listing_request *q);

/*
 * Listings of one folder that begin in the same iteration share its entries:
 * the folder is read after all of their requests.  Each loop has one pointer to
 * them, NULL at first; this clears it at the end of the iteration.
 */
void listing_forget(struct entries **shared_entries);

#endif
