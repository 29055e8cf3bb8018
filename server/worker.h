/*
 * The resources that one loop's connections share: clocks, buffers, files and
 * log.  An iteration of the loop reads all ready sockets, then answers the
 * requests.
 */
#ifndef WORKER_H
#define WORKER_H

#include "server/buf.h"
#include "server/clock.h"
#include "server/log.h"
#include "server/pool.h"
#include "server/resource.h"
#include "server/server.h"
#include "server/timer.h"

/* Counts for the last line of the log. */
struct totals {
	uint64_t requests;
	uint64_t bytes;		/* of bodies */
	uint64_t not_found;	/* 404 */
	uint64_t failed;	/* 500 and above, not caused by the request */
};

/* The last Accept-Encoding: a browser sends the same with each request. */
struct codings_memo {
	char value[64];
	size_t n;		/* of value; 0: no value yet */
	enum accept_coding codings[ACCEPT_CODINGS + 1];
	int count;
};

struct live_feed;
struct upstreams;

enum {
	WORKER_INPUT = 256 << 10,	/* bytes read in one iteration */
	WORKER_OUTPUT = 160 << 10,	/* of one connection, in one send */
	WORKER_SCRATCH = 160 << 10,	/* path, joined fields, a page */
};

struct worker {
	const struct server *server;
	int64_t now_ns;		/* CLOCK_MONOTONIC, once an iteration */
	int64_t wall_ns;	/* CLOCK_REALTIME, the same moment */
	int64_t date_second;	/* wall_ns in seconds */
	struct slice date_line;	/* Date for that second; empty if -H has a
				   Date */
	char date[48];
	char *input;		/* WORKER_INPUT bytes */
	size_t input_n;		/* used by the connections read so far */
	struct buf out;
	struct buf scratch;	/* of one batch; its log lines point here */
	struct file_cache *cache;
	struct entries *entries;	/* of a folder that was listed in this
					   iteration */
	struct rules_file *rules;	/* NULL: --no-rules, or FILE */
	struct rules_in_force in_force;
	bool rules_checked;	/* in this iteration */
	struct log *log;
	struct source_set sources;
	struct timer_wheel wheel;
	struct upstreams *upstreams;	/* NULL: without --proxy */
	struct disk_port *disk;	/* NULL: no thread waits for disks */
	struct live_feed *feed;	/* --live: the event streams of this loop */
	struct totals totals;	/* of this loop */
	struct codings_memo codings;
	struct pool pool;

	/* Producers take turns: see transfer.c. */
	int64_t produce_end_ns;	/* of this iteration; 0: before the first */
	uint8_t turn;		/* the current one */
	bool turn_goes_on;	/* some could not work in this iteration */
	bool turn_went_on;	/* the same of the iteration before */
};

/* Returns 0, or -1 with errno.  The caller keeps ownership of the log. */
int worker_init(struct worker *w, const struct server *server, struct log *log);
void worker_free(struct worker *w);

/* Begin an iteration: read the clocks and format the date. */
void worker_begin(struct worker *w);

/* The time for a line of the access log: clock_monotonic(), or 0 without a log,
 * because nothing reads it. */
static inline int64_t
worker_log_clock(const struct worker *w)
{
	return w->server->logs ? clock_monotonic() : 0;
}

/* Read rule files that have changed, once an iteration. */
static inline void
worker_check_rules(struct worker *w)
{
	if (w->rules == NULL || w->rules_checked)
		return;
	w->rules_checked = true;
	w->in_force = rules_file_refresh(w->rules, w->cache, w->wall_ns);
}

/*
 * After all requests that were read are answered: forget the files that were
 * opened for them, and reuse the input space.
 */
void worker_forget(struct worker *w);

/* End an iteration: write the log. */
void worker_end(struct worker *w);

/* After a load peak, return its memory to the kernel. */
void worker_trim(struct worker *w);

#endif
