/*
 * Where lines go without ever blocking: one sink for stdout, one for stderr,
 * shared by all loops.  A pipe or a terminal is opened anew through
 * /proc/self/fd for a description of our own that may be non-blocking; a
 * socket is sent to with MSG_DONTWAIT; a regular file is written as it is.
 * What a reader does not take is kept up to SINK_BACKLOG bytes, then whole
 * lines are lost and counted.  Half a line written is always finished first.
 */
#ifndef SINK_H
#define SINK_H

#include "http.h"

struct sink;

enum { SINK_BACKLOG = 1 << 20 };

/*
 * Before the sandbox.  fd is 1 or 2; it stays open and is not changed.  A
 * closed one is a reader that is gone.  NULL with errno.
 */
struct sink *sink_open(int fd);

/*
 * Give it back, after at most wait_ms for a slow reader to take what is left.
 * Returns how many lines were lost in all.
 */
uint64_t sink_close(struct sink *s, int wait_ms);

/*
 * Does fd lead to the same pipe, terminal or file?  Then it has to share this
 * sink, or half a line of one could be followed by a line of the other.
 */
bool sink_serves(const struct sink *s, int fd);

/*
 * Let the epoll set epfd tell (EPOLLOUT, EPOLLONESHOT, data.ptr = s) when a
 * sink that was full takes bytes again; then call sink_drain().
 */
void sink_watch(struct sink *s, int epfd);
void sink_drain(struct sink *s);

/*
 * Write whole lines, SINK_BACKLOG bytes at most: all of them, now or later, or
 * none, when the backlog has no room.
 */
void sink_write(struct sink *s, struct slice lines);

/* Lines lost so far. */
uint64_t sink_lost(struct sink *s);

/* What the user has to be told. */
struct sink_news {
	bool gone;	/* nobody reads any more */
	int error;	/* errno: writing fails, and is tried again later */
	uint64_t lost;	/* lines lost since this was told last */
	bool failing;	/* ... by errors, else by a slow reader */
};

/*
 * Is there something to tell?  Each is told once, losses at most once a second,
 * or once a minute while the reader takes nothing; in_full: without waiting.
 * A sink of stderr only tells of losses, when it can: it would be told itself.
 */
bool sink_news(struct sink *s, bool in_full, struct sink_news *news);

/* May a message with this format be written?  Once a minute, by one loop. */
bool sink_permits(struct sink *s, const char *fmt);

#endif
