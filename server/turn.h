/*
 * A turn of a loop: read all that is ready, then answer.  struct turn is what a
 * step may use: one per loop.
 */
#ifndef TURN_H
#define TURN_H

#include <stdatomic.h>

#include "server/buf.h"
#include "server/log.h"
#include "server/policy.h"
#include "server/resource.h"

/* What all loops share and change. */
struct shared {
	atomic_long conns;	/* open connections */
	atomic_long transfers;	/* answers that did not fit into one send */
	atomic_size_t listing;	/* bytes of LISTING_BUDGET in use */
	atomic_bool stopping;	/* after the first signal */
	int stop_fd;		/* eventfd that every loop watches */
	int stopped_fd;		/* eventfd: each loop that has ended adds 1 */
};

struct live;

/* Options and ready-made lines: const once main has filled it. */
struct server {
	const struct options *opt;
	const struct place *place;
	struct policy policy;
	struct shared *shared;
	struct live *live;	/* NULL: without --live */
	struct slice every;	/* header lines of every answer: nosniff, CORS,
				   isolation, -H */
	struct slice cache;	/* the Cache-Control line of files */
	struct slice content_type;	/* -H 'Content-Type: ...', or empty */
	unsigned replaced;	/* bits of enum fields_own: -H has these */
	bool notes;		/* the log's format shows notes: pretty */
	bool coarse_times;	/* file times move once a tick */
	long max_conns;
	int64_t timeout_ns;	/* --timeout */
};

enum {
	TURN_INPUT = 256 << 10,		/* bytes read in one turn */
	TURN_OUTPUT = 160 << 10,	/* of one connection, in one send */
	TURN_SCRATCH = 96 << 10,	/* path, joined fields, a page */
	TURN_BUFFERS = 3,		/* sizes of borrowed buffers */
};

struct turn {
	const struct server *server;
	int64_t now_ns;		/* CLOCK_MONOTONIC, once a turn */
	int64_t wall_ns;	/* CLOCK_REALTIME, the same moment */
	int64_t date_second;	/* of wall_ns, */
	struct slice date_line;	/* and its Date line, made once a second; empty
				   where -H has one */
	char date[48];
	char *input;		/* TURN_INPUT bytes */
	size_t input_n;		/* used by the connections read so far */
	struct buf out;
	struct buf scratch;	/* of one batch: its log lines point there */
	struct root *root;
	struct entries *entries;	/* of a folder listed in this turn */
	struct log *log;
	uint64_t requests, bytes;	/* of this loop, for the summary */
	struct turn_buffer *spare[TURN_BUFFERS];
	unsigned spares[TURN_BUFFERS];
};

/* 0, or -1 with errno.  The log stays the caller's. */
int turn_init(struct turn *t, const struct server *server, struct log *log);
void turn_free(struct turn *t);

/* Read the clocks, make the date. */
void turn_begin(struct turn *t);

/*
 * All that was read has been answered: forget the files that were opened for
 * it, and use the input space again.
 */
void turn_cut(struct turn *t);

/* Write the log. */
void turn_end(struct turn *t);

/* CLOCK_MONOTONIC now, which is later than t->now_ns. */
int64_t turn_clock(void);

/*
 * A buffer of at least n bytes (n is at most TURN_BORROW_MAX) for what must
 * outlive the turn; from a free list.  NULL with ENOMEM.
 */
enum { TURN_BORROW_MAX = TURN_OUTPUT };
char *turn_borrow(struct turn *t, size_t n);
void turn_return(struct turn *t, char *p);

#endif
