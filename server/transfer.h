/*
 * One response that is being sent: its unsent rest and its line in the log.  It
 * owns the response's body until transfer_finish().
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <limits.h>

#include "server/evict.h"
#include "server/response.h"

/*
 * Bytes to send.  Those from body_from to body_to are body, which the log
 * counts; the others are the head or the framing of chunks.
 */
struct span {
	const char *p;
	size_t n, sent;
	size_t body_from, body_to;
};

struct transfer {
	struct log_entry entry;
	struct response r;
	struct span span;	/* sent first, then the rest of r.body */
	char *saved;		/* the pool buffer that holds the span, if it
				   was saved from the worker's output */
	union {
		struct source *client;	/* to wake */
		struct reader *reader;	/* if has_reader: wakes the client */
	};
	off_t done;		/* bytes of the part sent, or in the span */
	int part;		/* index of the part of r.body to send next */
	bool has_reader : 1;	/* threads read the file: its disk is slow, or
				   was cold */
	bool no_sendfile : 1;	/* this file system does not support it */
	bool produced : 1;	/* the producer has ended */
	bool denied : 1;	/* no memory for a body that has not begun */
	bool in_chunk : 1;	/* the end of the last chunk is not sent yet */
	bool explained : 1;	/* entry.note says why it ends */
	uint8_t turn;		/* the last one in which its producer worked */
	int queued;		/* SIOCOUTQ when it last changed */
	int rate;		/* bytes/s for evict.h; -1: unknown */
	struct progress_entry *progress;	/* NULL: not shown */
	int64_t moved_ns;	/* when the client last accepted bytes */
	int64_t window_ns;	/* when the rate was last measured */
	uint64_t window_bytes;	/* that the client had received then */
};

enum transfer_state {
	TRANSFER_SENT,		/* the kernel has all of it */
	TRANSFER_WAITS,		/* for the socket, or its next quota */
	TRANSFER_SLEEPS,	/* until a source wakes the connection */
	TRANSFER_FAILED,	/* the connection can no longer be used */
};

/* Set up t, whose entry, r and span the caller fills in. */
static inline void
transfer_begin(struct transfer *t, const struct worker *w)
{
	t->saved = NULL;
	t->done = 0;
	t->part = 0;
	t->has_reader = t->no_sendfile = t->denied = false;
	t->in_chunk = t->produced = t->explained = false;
	/* New ones wait for the next turn, or this one might never end. */
	t->turn = (uint8_t)(w->turn - !w->turn_went_on);
	t->progress = NULL;
	t->client = NULL;
	t->queued = INT_MAX;
	t->moved_ns = t->window_ns = w->now_ns;
	t->window_bytes = 0;
	t->rate = -1;
}

/* Is all of the body sent, or in the span? */
static inline bool
transfer_is_body_done(const struct transfer *t)
{
	if (t->r.body.kind == BODY_FILE)
		return t->part == t->r.body.part_count;
	return (t->r.body.kind != BODY_PRODUCER &&
	    t->r.body.kind != BODY_UPSTREAM) || t->produced;
}

/*
 * Is part of the span unsent?  An open head waits for the first piece of the
 * body.
 */
static inline bool
transfer_has_span(const struct transfer *t)
{
	return !t->r.head_open && t->span.sent < t->span.n;
}

/* Has the kernel taken all of the response? */
static inline bool
transfer_is_done(const struct transfer *t)
{
	return transfer_is_body_done(t) && !transfer_has_span(t);
}

/* If the connection is closed now, does an incomplete body seem complete? */
static inline bool
transfer_would_seem_done(const struct transfer *t)
{
	return t->r.until_close && !transfer_is_done(t);
}

/* Is t an event stream, which has no end? */
static inline bool
transfer_is_stream(const struct transfer *t)
{
	return t->r.body.kind == BODY_PRODUCER &&
	    t->r.body.producer->heartbeat.n > 0;
}

/*
 * Will more bytes follow the span at once, so that the kernel should wait for
 * them (MSG_MORE)?
 */
static inline bool
transfer_has_more(const struct transfer *t)
{
	if (t->r.body.kind == BODY_PRODUCER)
		return t->r.body.producer->range.n > 0;
	return t->r.body.kind == BODY_FILE && !transfer_is_body_done(t);
}

/*
 * The body was copied into the span from a file in memory: drop the bytes that
 * were not sent from the span.  They will be sent from the file, so that a slow
 * client costs a descriptor, not a buffer.
 */
void transfer_return_to_file(struct transfer *t);

/*
 * Send at most *quota bytes on fd and subtract them from it.  Counts the body's
 * bytes in entry.bytes.  After TRANSFER_FAILED entry.note has the reason,
 * unless the client caused it.
 */
enum transfer_state transfer_send(struct transfer *t, struct worker *w, int fd,
    size_t *quota);

/*
 * Move t to a buffer of the pool, and copy everything that points into the
 * worker's spaces.  NULL with ENOMEM, after transfer_finish().
 */
struct transfer *transfer_keep(struct transfer *t, struct worker *w);

/* Set the source to wake when t need not wait any longer for a disk, a producer
 * or an application. */
void transfer_set_client(struct transfer *t, struct source *client);

/* Does a client wait for the end of t?  Not if t is a tunnel or a stream. */
bool transfer_is_awaited(const struct transfer *t);

/* Send a comment as heartbeat, on a stream that was silent for a while. */
void transfer_heartbeat(struct transfer *t);

/*
 * Call it at the end of a step if t waits: it saves the unsent bytes from the
 * worker's output.  Returns -1 with ENOMEM if t cannot continue.
 */
int transfer_save(struct transfer *t, struct worker *w);

/*
 * Measure the rate at which the client acknowledges bytes sent on fd, once
 * per --timeout or half minute, whichever is shorter.
 */
void transfer_measure(struct transfer *t, const struct worker *w, int fd);

/* The bytes of the budget that t takes. */
size_t transfer_memory(const struct transfer *t);

/* The class of a slow transfer, for evict.h. */
enum evict_class transfer_evict_class(const struct transfer *t);

/* The notes on a request whose body arrived too slowly, or is malformed. */
extern const struct slice transfer_body_was_slow, transfer_body_was_malformed;

/* The functions below are in transfer_end.c. */

/* The reason for ending an incomplete transfer. */
enum transfer_end {
	TRANSFER_LEFT,		/* the client has disconnected */
	TRANSFER_STOPPED,	/* the server stops */
	TRANSFER_EVICTED,	/* it made room for another connection */
};

/* Add a note about this end, "(client left after 24%)", unless the note of t
 * explains it, and set the status for the log, unless t has one. */
void transfer_note_end(struct transfer *t, struct worker *w,
    enum transfer_end end);

/*
 * Log it with ended_ns (worker_log_clock()), add it to the totals, and release
 * its resources.
 */
void transfer_finish(struct transfer *t, struct worker *w, int64_t ended_ns);

/* transfer_finish(), and free t, which transfer_keep() has returned. */
void transfer_drop(struct transfer *t, struct worker *w);

/* Set entry.upstream and its duration, before the body is freed. */
void transfer_name_upstream(struct transfer *t);

#endif
