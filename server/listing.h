/*
 * Open folder -> HTML, JSON or text, in pieces.  Reading and sorting are done
 * in bounded steps.  Only the entries are in memory, not the page.
 */
#ifndef LISTING_H
#define LISTING_H

#include "server/accept.h"
#include "server/budget.h"
#include "server/deferred.h"

struct entries;

struct listing_request {
	const struct options *opt;
	const struct docroot *docroot;
	const struct beneath *root;	/* for links; copied */
	int fd;			/* the folder */
	dev_t mount;		/* the slow mount of fd: then listing_new()
				   takes over fd, even if it fails; 0: a fast
				   mount, and listing_new() reopens fd */
	struct slice path;	/* decoded, ends in '/', beneath --base */
	struct slice query;	/* view, sort, order; with its '?', or empty */
	enum accept_format format;
	struct slice live_snippet;	/* HTML at the end of the page */
	struct budget *budget;
	struct entries **shared_entries;	/* of this iteration: see
					   entries_forget() */
};

/*
 * A producer of the listing.  NULL with errno; ENOMEM also if the budget is
 * used up.  more() returns EAGAIN until the first bytes are ready, and
 * EINPROGRESS if the names are on a cold disk, before the first bytes: see
 * deferred.h.
 */
struct deferrable *listing_new(const struct listing_request *q);

#endif
