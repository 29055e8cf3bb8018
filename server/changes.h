/*
 * --live: the changes of served files, and the events that report them.
 * Changes in quick succession become one event.  No lock: the caller has one.
 */
#ifndef CHANGES_H
#define CHANGES_H

#include <limits.h>

#include "server/buf.h"
#include "server/options.h"

enum {
	CHANGES_BURST = 8 << 10,	/* bytes of the text of one event */
	CHANGES_EVENTS = 32,	/* kept for clients that reconnect */
	CHANGES_REQUESTED = 4096,	/* paths that are remembered */
	CHANGES_URL = 3 * PATH_MAX,	/* bytes of a URL path, encoded */
};

/* Changes in quick succession, which become one event. */
struct burst {
	int64_t first_ns, last_ns;
	struct buf text;	/* of the event; empty: no burst is under way */
	int paths;		/* number of paths in text */
	bool has_new_file;	/* a file was created in this burst */
	int save_paths;		/* if the last change completed the save of a
				   file: the most paths of a save; else 0 */
};

struct change_event {
	int64_t at_ns;		/* time of its last change */
	char *text;
	size_t n;
};

struct changes {
	const struct options *opt;
	int event_fd;		/* eventfd: written with each new event */
	int timer_fd;		/* timerfd: call changes_end_burst() */
	/* With --no-listing: hashes of the paths that visitors have requested,
	 * without the slash at their end, and of the folders above them. */
	uint64_t requested[CHANGES_REQUESTED];
	struct burst burst;
	char space[CHANGES_BURST];
	int64_t published_ns;
	/* Event i is at index i % CHANGES_EVENTS. */
	struct change_event event[CHANGES_EVENTS];
	unsigned event_count;
	int64_t lost_ns;	/* time of the newest discarded event */
};

/* c is zero.  now_ns: CLOCK_MONOTONIC, here and below.  -1 with errno, after
 * which changes_free() must follow too. */
int changes_init(struct changes *c, const struct options *opt, int64_t now_ns);
void changes_free(struct changes *c);

/* With --no-listing: a visitor has requested this URL path, which is not
 * empty. */
void changes_add_request(struct changes *c, struct slice url);

/*
 * Record a change of url, or of the file with this name in the folder url.
 * name NULL: of url and everything in it.  False if visitors must not learn of
 * it (--no-listing).
 */
bool changes_record(struct changes *c, const char *url, const char *name,
    int64_t now_ns);

/*
 * After changes_record(): find out whether an editor has saved a file.  mask:
 * the inotify events of the change, or 0 if they are unknown.
 */
void changes_record_save(struct changes *c, uint32_t mask);

/* All changes known by now have been recorded: publish them as an event, or set
 * the timer to do so. */
void changes_settle(struct changes *c);

/* timer_fd is readable: the burst is over. */
void changes_end_burst(struct changes *c);

/*
 * Append the events after *since_ns, and advance it.  The data of an event are
 * the paths that changed, as in a URL, one on a line; "/" means that anything
 * may have changed: events were dropped.  Its id is its age in milliseconds and
 * its time by the monotonic clock.  An event that does not fit is left for the
 * next call.
 */
void changes_write(struct changes *c, int64_t *since_ns, int64_t now_ns,
    struct buf *b);

#endif
