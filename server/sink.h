/*
 * Output that never blocks: one sink for stdout, one for stderr, shared by all
 * loops.  A pipe or a terminal is opened again through /proc/self/fd, so that
 * our open file can be non-blocking; sockets get MSG_DONTWAIT; regular files
 * are appended to.  Bytes that a reader does not take are kept up to
 * SINK_BACKLOG, then whole lines are lost and counted.  A line that was written
 * in part is always finished first.
 */
#ifndef SINK_H
#define SINK_H

#include "http.h"
#include "server/source.h"

struct sink;

enum { SINK_BACKLOG = 1 << 20 };

/*
 * Call it before the sandbox.  fd is 1 or 2; it stays open and unchanged.  If
 * it is closed already, all lines are dropped.  NULL with errno.
 */
struct sink *sink_open(int fd);

/*
 * Give a slow reader a second for the backlog, then free the sink.  Returns how
 * many lines were lost in total.
 */
uint64_t sink_close(struct sink *s);

/*
 * True if fd is the same pipe, terminal or file: it must share this sink, or
 * half a line of one descriptor could be followed by a line of the other.
 */
bool sink_serves(const struct sink *s, int fd);

/*
 * Add the sink, as a source, to the epoll set epfd: it writes its backlog when
 * the reader takes bytes again.
 */
void sink_watch(struct sink *s, int epfd);

/*
 * Write whole lines, at most SINK_BACKLOG bytes: now or later, or not at all
 * when the backlog has no room for all of them.
 */
void sink_write(struct sink *s, struct slice lines);

/*
 * Set the last line of a terminal, below all others and without a newline.  It
 * is drawn again after each write, and dropped while the terminal takes
 * nothing.  An empty line removes it.  At most SINK_STATUS_MAX bytes are used.
 */
enum { SINK_STATUS_MAX = 2048 };
void sink_set_status(struct sink *s, struct slice line);

/* Lines lost so far. */
uint64_t sink_lost(struct sink *s);

/* A report for the user. */
struct sink_status {
	bool closed;	/* no reader is left */
	int error;	/* errno: writing fails, and is tried again later */
	uint64_t lost;	/* lines lost since the last report */
	bool failing;	/* ... by errors, else by a slow reader */
};

/*
 * Returns whether there is something to report.  Each thing is reported once,
 * losses at most once a second, or once a minute while the reader takes
 * nothing; in_full: without waiting.  stderr reports only its own losses, once
 * it works again: a report of failure would go to itself.
 */
bool sink_status(struct sink *s, bool in_full, struct sink_status *status);

#endif
