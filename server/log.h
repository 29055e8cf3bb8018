/*
 * One finished response -> one line; all lines of an iteration -> one write(2).
 * Traces (-v) and errors go to stderr through the same kind of sink (sink.h),
 * so that a slow reader of either cannot block the server.
 */
#ifndef LOG_H
#define LOG_H

#include <stdatomic.h>
#include <stdint.h>

#include "http.h"
#include "server/budget.h"
#include "server/buf.h"
#include "server/address.h"
#include "server/key.h"
#include "server/options.h"
#include "server/sink.h"

/*
 * The data of a line.  Slices point into the input of the iteration until
 * log_keep() copies them.  Empty slices are logged as absent.
 */
struct log_entry {
	struct address client;	/* the peer, or the client that a proxy in
				   front of serve has named */
	struct slice method, target, version;	/* as sent; without a method,
				   target is the start of non-HTTP input */
	struct slice referer, user_agent, host;
	struct slice encoding, range;	/* Content-Encoding, Content-Range */
	struct slice note;	/* for the user of serve, escaped, in
				   parentheses or after an arrow: "(hidden)",
				   "-> /docs/" */
	struct slice upstream;	/* URL of the application, static; else empty */
	int status;
	bool complete;		/* the whole response was sent */
	uint64_t bytes;		/* of the body that were sent */
	int64_t started_ns;	/* CLOCK_MONOTONIC, first byte of the head */
	int64_t ended_ns;	/* CLOCK_MONOTONIC, last byte sent */
	int64_t ended_wall_ns;	/* the same moment, CLOCK_REALTIME */
	int64_t upstream_ns;	/* from the first byte to the application to the
				   last byte from it; -1: no request was sent */
	char *kept;		/* log_keep()'s copy of the slices, or NULL */
};

/* One loop's log: the lines of an iteration, and formatted times. */
struct log;

/* Errors that may repeat quickly: each is written at most once a minute. */
enum log_error {
	LOG_CANNOT_ACCEPT,
	LOG_CANNOT_WAIT,
	LOG_CANNOT_WRITE,
	LOG_FOLDER_GONE,
	LOG_FOLDER_CLOSED,
	LOG_TOO_MANY_FILES,
	LOG_TOO_MANY_WATCHES,
	LOG_ERRORS
};

/* When any loop last wrote each error; CLOCK_MONOTONIC, 0: never. */
struct log_times {
	_Atomic int64_t last_logged[LOG_ERRORS];
};

struct log_config {
	const struct options *opt;
	enum log_format format;	/* of the access log; not LOG_AUTO */
	bool color;		/* in the access log */
	bool show_client;	/* in a column of the pretty format */
	struct sink *out;	/* NULL: no access log */
	struct sink *err;	/* may be the same as out (COMMAND's log) */
	struct log_times *times;	/* one for all loops */
};

/*
 * Call tzset(3) before a sandbox hides /etc/localtime.  Copies config.  NULL
 * with errno.  log_free() also writes the last lines.
 */
struct log *log_new(const struct log_config *config);
void log_free(struct log *l);

/*
 * With --key, hide secrets: in a line, "***" takes the place of each key, right
 * or wrong, and of serve's cookie.  key is NULL without --key.  -1 with ENOMEM.
 */
int log_set_key(struct log *l, const struct key *key);

/*
 * For log_add() in a later iteration: copy the bytes of the slices, up to a KiB
 * of each, because clients choose their lengths, and may keep many transfers
 * open.  The slices become empty if there is no memory, as when the budget is
 * used up.  Without an access log nothing is copied, because nothing reads
 * them.  log_release() frees the copy.
 */
void log_keep(const struct log *l, struct log_entry *e, struct budget *budget);

/* The same if the slices of an entry that was kept have changed since. */
void log_keep_changes(const struct log *l, struct log_entry *e,
    struct budget *budget);

void log_release(struct log_entry *e, struct budget *budget);

/* Add a line, which log_flush() writes. */
void log_add(struct log *l, const struct log_entry *e);

/*
 * -v.  The head may be incomplete.  In the raw and numbered styles the request
 * is written at once.  In curl style it is written with the head of its
 * response as one block, and notes on the connection come between blocks;
 * log_trace_note() adds "* " and a newline.
 */
void log_trace_request(struct log *l, struct slice head);
void log_trace_answer(struct log *l, struct slice request,
    struct slice answer);
void log_trace_note(struct log *l, struct slice note);

/* In curl style, with --proxy: the head that the application gets; the head of
 * its reply (empty: no reply came) with the one that the client gets (empty:
 * the reply is not passed on). */
void log_trace_passed(struct log *l, struct slice request);
void log_trace_reply(struct log *l, struct slice reply, struct slice answer);

/*
 * Write "serve: " and the message to stderr, at once, unless some loop has
 * written this error within the last minute.
 */
void log_error(struct log *l, enum log_error error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Write a message that is ready, without the limit of log_error(). */
void log_message(struct log *l, struct slice message);

/* Write the output of this iteration: traces and errors first. */
void log_flush(struct log *l);

/* "0.4 ms", "1.2 s", "12 min". */
void log_duration(struct buf *b, int64_t ns);

#endif
