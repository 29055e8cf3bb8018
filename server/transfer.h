/* One answer on its way out: what is left of it, and its line in the log. */
#ifndef TRANSFER_H
#define TRANSFER_H

#include "server/response.h"

/*
 * Bytes to send, some of which are body: those from body_from to body_to count
 * for the log.
 */
struct span {
	const char *p;
	size_t n, sent;
	size_t body_from, body_to;
};

struct transfer {
	struct exchange x;
	struct response r;
	struct span span;	/* goes first */
	char *kept;		/* span's bytes, borrowed from the turn */
	char *asked;		/* -v: the request's head, until the answer's is
				   whole, borrowed likewise */
	uint32_t asked_n;
	int part;		/* of r.body, the one under way */
	bool part_text_sent;
	off_t at;		/* position in the file; -1: part not begun */
	bool no_sendfile;	/* this file system has none */
	bool produced;		/* the producer has said all */
	int queued;		/* SIOCOUTQ when it last changed */
	int64_t moved_ns;	/* when the client last took something */
};

enum transfer_state {
	TRANSFER_SENT,		/* all of it has been handed to the kernel */
	TRANSFER_WAITS,		/* for the socket, or for its next turn */
	TRANSFER_FAILED,		/* the connection is of no more use */
};

/*
 * Send on fd, *share bytes at most, which is lowered.  Counts in x.bytes.
 * TRANSFER_FAILED leaves the reason in x.note where it is ours.
 */
enum transfer_state transfer_send(struct transfer *a, struct worker *w, int fd,
    size_t *share);

/*
 * Keep it beyond the turn: copies what points into the turn's spaces.  NULL
 * with ENOMEM, and then it is freed.
 */
struct transfer *transfer_keep(struct transfer *a, struct worker *w);

/*
 * Its head is still open: keep the request's, to be shown with it.  Nothing
 * is shown where there is no memory.
 */
void transfer_trace_later(struct transfer *a, struct worker *w, struct slice asked);

/* Is it a stream, and does that one wait for news, not for the socket? */
bool transfer_is_stream(const struct transfer *a);
bool transfer_is_waiting_stream(const struct transfer *a);

/* There were no news for a while: let a comment show that both still live. */
void transfer_heartbeat(struct transfer *a);

/*
 * At the end of each turn in which it waits: copies what is unsent and stands
 * in the turn's output.  -1 with ENOMEM: it cannot go on.
 */
int transfer_save(struct transfer *a, struct worker *w);

/* "(client left after 24%)", unless a better reason is known. */
void transfer_note_left(struct transfer *a, struct worker *w);

/* The line in the log, the totals; then give back all that it holds. */
void transfer_finish(struct transfer *a, struct worker *w);

/* As transfer_finish(), of one that transfer_keep() returned. */
void transfer_drop(struct transfer *a, struct worker *w);

#endif
