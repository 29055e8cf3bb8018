/* One response on its way to the client: what is left to send, and its line in
 * the log.  It owns its response's body until transfer_finish(). */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <limits.h>

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
	struct exchange x;
	struct response r;
	struct span span;	/* goes first, then the rest of r.body */
	char *saved;		/* the pool's buffer that holds the span, if it
				   has outlived the worker's output */
	off_t done;		/* bytes of that part sent, or in the span */
	int part;		/* of r.body, the next one to send */
	bool no_sendfile;	/* this file system does not support it */
	bool produced;		/* the producer has reached its end */
	bool in_chunk;		/* the last chunk's end has not been sent */
	int queued;		/* SIOCOUTQ when it last changed */
	int rate;		/* the client's bytes/s, as far as room.h wants
				   to know; -1: unknown */
	struct progress_entry *progress;	/* where it is shown, or NULL */
	int64_t moved_ns;	/* when the client last accepted bytes */
	int64_t window_ns;	/* when that was measured, */
	uint64_t window_bytes;	/* and what the client had then */
};

enum transfer_state {
	TRANSFER_SENT,		/* the kernel has all of it */
	TRANSFER_WAITS,		/* for the socket, or for its next quota */
	TRANSFER_SLEEPS,	/* until its producer wakes the connection */
	TRANSFER_FAILED,	/* the connection cannot be used any more */
};

/* Set up t, whose x, r and span the caller fills in. */
static inline void
transfer_begin(struct transfer *t, const struct worker *w)
{
	t->saved = NULL;
	t->done = 0;
	t->part = 0;
	t->no_sendfile = t->in_chunk = t->produced = false;
	t->progress = NULL;
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

/* Has all of it been handed to the kernel? */
bool transfer_is_done(const struct transfer *t);

/* Will more bytes follow the span at once, so that the kernel should wait? */
bool transfer_has_more(const struct transfer *t);

/*
 * A small file that stands in memory: append its body, all parts, to out.
 * False for any other body.
 */
bool transfer_copy_file(struct transfer *t, struct buf *out);

/*
 * Undo that for the bytes that have not left: they will come from the file, so
 * that a slow client costs a descriptor, not a buffer.
 */
void transfer_return_to_file(struct transfer *t);

/*
 * Send on fd, *quota bytes at most, which is lowered.  Counts in x.bytes.
 * After TRANSFER_FAILED x.note has the reason if it is not the client.
 */
enum transfer_state transfer_send(struct transfer *t, struct worker *w, int fd,
    size_t *quota);

/*
 * Move t to a buffer of the pool, with copies of everything that points into
 * the worker's spaces.  NULL with ENOMEM, after transfer_finish().
 */
struct transfer *transfer_keep(struct transfer *t, struct worker *w);

/* Its producer, if it has one, is to wake this source. */
void transfer_set_client(struct transfer *t, struct source *client);

/* Does it wait for more of an application's reply, which is no tunnel? */
bool transfer_is_relayed(const struct transfer *t);

/* Is it an event stream, which has no end? */
bool transfer_is_stream(const struct transfer *t);

/* A stream was quiet for a while: send a comment, to see that both still live. */
void transfer_heartbeat(struct transfer *t);

/*
 * At the end of an iteration in which it waits: save what is unsent and stands
 * in the worker's output.  -1 with ENOMEM: it cannot go on.
 */
int transfer_save(struct transfer *t, struct worker *w);

/*
 * The client has all that was sent but queued bytes.  Measures the rate, once
 * in every --timeout, or half a minute if that is shorter.
 */
void transfer_measure(struct transfer *t, const struct worker *w, int queued);

/* Why a transfer ends that is not done. */
enum transfer_end {
	TRANSFER_LEFT,		/* the client has gone */
	TRANSFER_STOPPED,	/* the server stops */
	TRANSFER_DISPLACED,	/* it made room for another connection */
};

/* Note that: "(client left after 24%)", unless a better reason is known. */
void transfer_note_end(struct transfer *t, struct worker *w,
    enum transfer_end end);

/*
 * Log it with ended_ns (worker_clock()), add it to the totals, and give back
 * all that it holds.
 */
void transfer_finish(struct transfer *t, struct worker *w, int64_t ended_ns);

/* The same for one that transfer_keep() returned. */
void transfer_drop(struct transfer *t, struct worker *w);

#endif
