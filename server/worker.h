/*
 * A turn of a loop: read all that is ready, then answer.  struct worker is what a
 * step may use: one per loop.
 */
#ifndef WORKER_H
#define WORKER_H

#include <stdatomic.h>

#include "server/archive.h"
#include "server/attempts.h"
#include "server/buf.h"
#include "server/csp.h"
#include "server/key.h"
#include "server/log.h"
#include "server/host.h"
#include "server/reload.h"
#include "server/resource.h"
#include "server/rules_file.h"
#include "server/timer.h"

/* What all loops share and change. */
struct shared {
	atomic_long conns;	/* open connections */
	atomic_long transfers;	/* answers that did not fit into one send */
	atomic_size_t listing;	/* bytes of LISTING_BUDGET in use */
	struct archives archives;
	atomic_bool stopping;	/* after the first signal */
	atomic_bool hurry;	/* after the second */
	struct rules_said rules_said;
	int stop_fd;		/* eventfd that every loop watches */
	int stopped_fd;		/* eventfd: each loop that has ended adds 1 */
	struct attempts *attempts;	/* wrong keys; NULL without --key */
	int64_t once_until_ns;	/* until then -o's key is good, */
	atomic_bool once_used;	/* once */
};

struct live;
struct live_feed;

/* Options and ready-made lines: const once main has filled it. */
struct server {
	const struct options *opt;
	const struct docroot *docroot;
	struct host_check host_check;
	struct csp csp;
	struct reload_snippets snippets;
	struct shared *shared;
	struct live *live;	/* NULL: without --live */
	const struct key *key;	/* NULL: without --key */
	struct slice every;	/* header lines of every answer: CORS,
				   isolation, -H */
	struct slice nosniff;	/* the line, but for a type that was guessed */
	struct slice cache;	/* the Cache-Control line of files */
	struct slice content_type;	/* -H 'Content-Type: ...', or empty */
	unsigned replaced;	/* bits of enum fields_own: -H has these */
	bool notes;		/* the log has them: pretty and json */
	bool logs_fields;	/* and fields of responses: json */
	bool coarse_times;	/* file times move once a tick */
	long max_conns;
	int64_t timeout_ns;	/* --timeout */
};

enum {
	WORKER_INPUT = 256 << 10,		/* bytes read in one turn */
	WORKER_OUTPUT = 160 << 10,	/* of one connection, in one send */
	WORKER_SCRATCH = 160 << 10,	/* path, joined fields, a page */
	POOL_SIZES = 3,		/* sizes of borrowed buffers */
};

struct worker {
	const struct server *server;
	int64_t now_ns;		/* CLOCK_MONOTONIC, once a turn */
	int64_t wall_ns;	/* CLOCK_REALTIME, the same moment */
	int64_t date_second;	/* of wall_ns, */
	struct slice date_line;	/* and its Date line, made once a second; empty
				   where -H has one */
	char date[48];
	char *input;		/* WORKER_INPUT bytes */
	size_t input_n;		/* used by the connections read so far */
	struct buf out;
	struct buf scratch;	/* of one batch: its log lines point there */
	struct file_cache *root;
	struct entries *entries;	/* of a folder listed in this turn */
	struct rules_file *rules;	/* NULL: --no-rules, or FILE */
	struct log *log;
	struct source_set sources;
	struct timer_wheel wheel;
	struct live_feed *feed;	/* --live: the event streams of this loop */
	uint64_t requests, bytes;	/* of this loop, for the summary */
	struct pool_buffer *spare[POOL_SIZES];
	unsigned spares[POOL_SIZES];
};

/* 0, or -1 with errno.  The log stays the caller's. */
int worker_init(struct worker *w, const struct server *server, struct log *log);
void worker_free(struct worker *w);

/* Read the clocks, make the date. */
void worker_begin(struct worker *w);

/*
 * All that was read has been answered: forget the files that were opened for
 * it, and use the input space again.
 */
void worker_forget(struct worker *w);

/* Write the log. */
void worker_end(struct worker *w);

/* CLOCK_MONOTONIC now, which is later than w->now_ns. */
int64_t worker_clock(void);

/*
 * A buffer of at least n bytes (n is at most POOL_MAX) for what must
 * outlive the turn; from a free list.  NULL with ENOMEM.
 */
enum { POOL_MAX = WORKER_OUTPUT };
char *pool_get(struct worker *w, size_t n);
void pool_put(struct worker *w, char *p);

#endif
