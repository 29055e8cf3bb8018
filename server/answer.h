/* One answer on its way out: what is left of it, and its line in the log. */
#ifndef ANSWER_H
#define ANSWER_H

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

struct answer {
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

enum answer_state {
	ANSWER_SENT,		/* all of it has been handed to the kernel */
	ANSWER_WAITS,		/* for the socket, or for its next turn */
	ANSWER_FAILED,		/* the connection is of no more use */
};

/*
 * Send on fd, *share bytes at most, which is lowered.  Counts in x.bytes.
 * ANSWER_FAILED leaves the reason in x.note where it is ours.
 */
enum answer_state answer_send(struct answer *a, struct turn *t, int fd,
    size_t *share);

/*
 * Keep it beyond the turn: copies what points into the turn's spaces.  NULL
 * with ENOMEM, and then it is freed.
 */
struct answer *answer_keep(struct answer *a, struct turn *t);

/*
 * Its head is still open: keep the request's, to be shown with it.  Nothing
 * is shown where there is no memory.
 */
void answer_trace_later(struct answer *a, struct turn *t, struct slice asked);

/* Is it a stream, and does that one wait for news, not for the socket? */
bool answer_is_stream(const struct answer *a);
bool answer_awaits_news(const struct answer *a);

/* There were no news for a while: let a comment show that both still live. */
void answer_beat(struct answer *a);

/*
 * At the end of each turn in which it waits: copies what is unsent and stands
 * in the turn's output.  -1 with ENOMEM: it cannot go on.
 */
int answer_save(struct answer *a, struct turn *t);

/* "(client left after 24%)", unless a better reason is known. */
void answer_note_left(struct answer *a, struct turn *t);

/* The line in the log, the totals; then give back all that it holds. */
void answer_finish(struct answer *a, struct turn *t);

/* As answer_finish(), of one that answer_keep() returned. */
void answer_drop(struct answer *a, struct turn *t);

#endif
