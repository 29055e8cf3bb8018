/*
 * A folder with all that is in it -> one file, zip or tar, made while it is
 * sent.  A tar needs no memory; a zip keeps its table, up to a limit.
 */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include "server/body.h"
#include "server/client_limit.h"
#include "server/entries.h"
#include "server/tree.h"

enum archive_format { ARCHIVE_ZIP, ARCHIVE_TAR };

enum {
	/* Bytes that the tables of all zip files under way may use. */
	ARCHIVE_BUDGET = 64 << 20,
	ARCHIVES_MAX = 8,		/* under way at a time, */
	ARCHIVES_PER_CLIENT = 2,	/* for one client */
};

/* What all archives under way use together, in all loops. */
struct archives {
	atomic_size_t bytes;	/* of ARCHIVE_BUDGET */
	atomic_int count;
	struct client_limit *clients;	/* of ARCHIVES_PER_CLIENT */
};

struct archive_request {
	enum archive_format format;
	struct tree_request tree;
	const struct client *client;
	struct archives *archives;
};

/*
 * NULL with errno; EBUSY: there are as many already as may be.  more() says EAGAIN until the first bytes are ready, and
 * fails before them with EFBIG where a zip would need a table of more than
 * ARCHIVE_BUDGET, with ENOMEM where others use the memory.
 */
struct producer *archive_new(const struct archive_request *q);

#endif
