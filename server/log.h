/*
 * One finished exchange -> one line; all lines of a turn in one write(2).
 * Traces (-v) and errors go to stderr through the same kind of sink (sink.h),
 * so that no reader of either can stall the serving.
 */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

#include "http.h"
#include "server/buf.h"
#include "server/client.h"
#include "server/key.h"
#include "server/options.h"
#include "server/sink.h"

/*
 * What a line is made of.  Slices point into the turn's input until log_keep()
 * copies them; empty ones (.n == 0) are logged as absent.
 */
struct exchange {
	const struct client *client;
	struct slice method, target, version;	/* as sent.  No method: not
				   HTTP, then target is how it began */
	struct slice referer, user_agent, host;
	struct slice note;	/* for the pretty format, ready to show, with
				   its parentheses or its arrow: "(hidden)",
				   "-> /docs/".  Already escaped */
	int status;
	uint64_t bytes;		/* of the body, really sent */
	int64_t started_ns;	/* CLOCK_MONOTONIC, first byte of the head */
	int64_t ended_ns;	/* CLOCK_MONOTONIC, last byte sent */
	int64_t ended_wall_ns;	/* the same moment, CLOCK_REALTIME */
	char *kept;		/* log_keep()'s copy of the slices, or NULL */
};

/* Copy what the slices point to.  -1 with ENOMEM: then they are emptied. */
int log_keep(struct exchange *x);
void log_release(struct exchange *x);

/* One loop's log: the lines of the turn, and times made ready. */
struct log;

/*
 * tzset(3) comes first where a sandbox hides /etc/localtime.  show_client: the
 * pretty format has a column for the client.  out may be NULL (no access log),
 * err is always there and may be the same sink as out (a COMMAND's log).  NULL
 * with errno.
 */
struct log *log_new(const struct options *opt, enum log_format format,
    bool color, bool show_client, struct sink *out, struct sink *err);
void log_free(struct log *l);

/*
 * --key: write *** for every key, right or wrong, and for what stands for one.
 * NULL: there is no key.  -1 with ENOMEM.
 */
int log_set_key(struct log *l, const struct key *key);

void log_exchange(struct log *l, const struct exchange *x);

/*
 * -v.  A head is what came, as far as it came.  In the raw and numbered styles
 * the request is written at once; in curl style with the head of its answer,
 * so that one block holds both, and notes on the connection between blocks:
 * without "* " and newline, escaped already.
 */
void log_trace_request(struct log *l, struct slice head);
void log_trace_answer(struct log *l, struct slice request,
    struct slice answer);
void log_trace_note(struct log *l, struct slice note);

/*
 * "serve: " and the message on stderr, at once; at most once a minute for one
 * fmt, whichever loop says it.
 */
void log_error(struct log *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Write what the turn has gathered: traces and errors first, then lines. */
void log_flush(struct log *l);

/* "0.4 ms", "1.2 s", "12 min". */
void log_duration(struct buf *b, int64_t ns);

/* "127.0.0.1", "::1": without port, zone and brackets, RFC 5952. */
void log_client(struct buf *b, const struct client *c);

#endif
