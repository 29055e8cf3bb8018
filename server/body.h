/* A response: the body after its head, and who owns it.  Plain data. */
#ifndef BODY_H
#define BODY_H

#include "http.h"

struct file;
struct source;
struct upstream;

/* n bytes of fd from at on, to be sent from the file. */
struct file_range {
	int fd;
	off_t at, n;
};

/*
 * Makes a body piece by piece while the socket drains.  more() writes up to n
 * bytes (n is at least PRODUCER_PIECE) to p and returns how many; 0 at the end;
 * -1 with errno.  One call does a bounded amount of work, a few milliseconds at
 * most.  Two values of errno mean that there is nothing yet:
 *
 *	EAGAIN		still at work: call it again in the next iteration
 *	EINPROGRESS	waiting for an event: it will wake client with
 *			source_wake() when there is more
 */
struct producer {
	ssize_t (*more)(struct producer *self, char *p, size_t n);
	void (*free)(struct producer *self);
	struct source *client;	/* the connection; set before more() */
	struct slice heartbeat;	/* of an endless event stream: sent when it has
				   been quiet for a while; else empty */

	/* Set by more(): these bytes follow those that it wrote.  They are
	 * sent before more() is called again. */
	struct file_range range;
	size_t memory;		/* set by more(): bytes of the budget in use */
	bool is_archive;

	/* Set by more() when it returns 0 or -1: a note for the log, in
	 * parentheses, or empty.  Valid until free(). */
	struct slice note;
};

enum { PRODUCER_PIECE = 16 << 10 };

/* Some text, then bytes first..last of the file (no bytes if last < first). */
struct part {
	struct slice text;
	off_t first, last;
};

/* The number of bytes of the file. */
static inline off_t
part_file_bytes(const struct part *part)
{
	return part->last - part->first + 1;
}

enum body_kind {
	BODY_NONE,
	BODY_MEMORY,	/* text, in the worker's scratch or static */
	BODY_FILE,	/* parts of a file; holds a reference */
	BODY_PRODUCER,	/* made piece by piece; owned */
	BODY_UPSTREAM,	/* an application's reply, with its head; owned */
};

struct body {
	enum body_kind kind;
	off_t length;		/* bytes; -1: unknown */
	struct slice text;	/* BODY_MEMORY */
	struct file *file;	/* BODY_FILE: a reference */
	/* BODY_FILE: its parts are in whole.  Those of a multipart response are
	 * in a block of the budget, to which parts points. */
	struct part whole[2];
	struct part *parts;
	int part_count;
	union {
		struct producer *producer;
		struct upstream *upstream;
	};
};

/* A response, except the bytes of its head. */
struct response {
	int status;
	bool close;		/* close the connection after this response */
	bool linger;		/* the client may still send: see conn.c */
	bool head_open;		/* builder_frame() will complete the head */
	bool head_only;		/* HEAD: no body once the head is complete */
	bool chunked;		/* the body is chunked, or may be while the head
				   is open (RFC 9112 section 7.1) */
	bool until_close;	/* the end of the connection ends the body */
	struct body body;	/* the caller gets all that it owns */
	struct slice note;	/* static or in the scratch, for the log */
};

#endif
