#include "server/log.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "server/calendar.h"
#include "server/clock.h"

enum {
	/* A line has at most six times the bytes of a head, the target twice,
	 * and a note. */
	LINES_SPACE = 6 * (HTTP_HEAD_MAX + HTTP_LINE_MAX) + (128 << 10),
	LINES_FLUSH = 64 << 10,		/* the capacity of a pipe */
	TRACE_SPACE = 256 << 10,
	MASK_SPACE = 256 << 10,		/* "key=" becomes "key=***" */
	MESSAGE_MAX = 1024,		/* of an error, before escaping */
	KEPT_MAX = 1024,		/* of each field in log_keep() */
	METHOD_COLUMNS = 4,		/* columns of the pretty format */
	SIZE_COLUMNS = 7,
	DURATION_COLUMNS = 7,
	CLIENT_COLUMNS = 15,		/* an IPv4 address */
};

static const int64_t REPEAT_NS = 60 * 1000000000ll;

static_assert((int)LINES_SPACE <= (int)SINK_BACKLOG &&
    (int)TRACE_SPACE <= (int)SINK_BACKLOG, "one write fits the backlog");

typedef void format_line(struct log *l, struct buf *b,
    const struct log_entry *e);

struct log {
	struct log_config config;
	format_line *line;	/* NULL: no access log */
	enum log_trace style;
	const char *margin;	/* of raw traces: "| " on a terminal */
	bool error_color;
	bool bold_only;		/* statuses are bold, without colours */
	bool utf8;		/* the encoding of the locale */

	/* Cached text: the clock, formatted once a second, and the client of
	 * the last line. */
	int64_t second;
	const char *clock_format;
	char clock[48];
	size_t clock_n;
	char zone[8];
	unsigned char client_ip[16];
	char client[INET6_ADDRSTRLEN];
	size_t client_n;

	struct buf lines, trace;

	const struct key *key;	/* --key, or NULL */
	char *mask_space;	/* with --key: MASK_SPACE bytes */
};

static const struct slice absent = SLICE("-");

/* Bytes that nginx does not escape: 0x20 to 0x7e but " and \. */
static const bool plain[256] = {
	[' '] = 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['0'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['@'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['P'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1,
	['`'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['p'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0,
};

/* Append s, escaped as nginx does; "-" if it is absent or empty. */
static void
put_field(struct buf *b, struct slice s)
{
	size_t from = 0;

	if (s.n == 0)
		buf_put(b, absent);
	for (size_t i = 0; i < s.n; i++) {
		if (plain[(unsigned char)s.p[i]])
			continue;
		buf_add(b, s.p + from, i - from);
		buf_escape(b, "\\x", (unsigned char)s.p[i]);
		from = i + 1;
	}
	if (s.n > from)
		buf_add(b, s.p + from, s.n - from);
}

static void
put_common(struct log *l, struct buf *b, const struct log_entry *e)
{
	bool http = e->method.n > 0;

	buf_add(b, l->client, l->client_n);
	buf_add(b, l->clock, l->clock_n);
	put_field(b, e->method);
	buf_lit(b, " ");
	put_field(b, http ? e->target : absent);
	buf_lit(b, " ");
	put_field(b, http ? e->version : absent);
	buf_lit(b, "\" ");
	buf_number(b, (uint64_t)e->status);
	buf_lit(b, " ");
	buf_number(b, e->bytes);
}

static void
put_combined(struct log *l, struct buf *b, const struct log_entry *e)
{
	put_common(l, b, e);
	buf_lit(b, " \"");
	put_field(b, e->referer);
	buf_lit(b, "\" \"");
	put_field(b, e->user_agent);
	buf_lit(b, "\"");
}

/* A member of the JSON object: its name, and s as a string, or null. */
#define PUT_STRING(b, name, s) put_string((b), \
	SLICE(",\"" name "\":\""), SLICE(",\"" name "\":null"), (s))

static void
put_string(struct buf *b, struct slice start, struct slice null,
    struct slice s)
{
	if (s.n == 0) {
		buf_put(b, null);
		return;
	}
	buf_put(b, start);
	buf_json(b, s);
	buf_byte(b, '"');
}

/* Remove the parentheses around a note.  Two notes keep theirs, which separate
 * them. */
static struct slice
without_parentheses(struct slice note)
{
	if (note.n < 2 || note.p[0] != '(' || note.p[note.n - 1] != ')' ||
	    memmem(note.p, note.n, ")  (", 4) != NULL)
		return note;
	return (struct slice){ note.p + 1, note.n - 2 };
}

/* Seconds with six decimals. */
static void
put_seconds(struct buf *b, int64_t ns)
{
	uint64_t us = ns > 0 ? (uint64_t)ns / 1000 : 0;

	buf_number(b, us / 1000000);
	buf_lit(b, ".");
	buf_digits(b, us % 1000000, 6);
}

static void
put_json(struct log *l, struct buf *b, const struct log_entry *e)
{
	uint64_t ms = (uint64_t)(e->ended_wall_ns % 1000000000) / 1000000;
	int64_t ns = e->ended_ns - e->started_ns;
	bool http = e->method.n > 0;

	buf_add(b, l->clock, l->clock_n);
	buf_digits(b, ms, 3);
	buf_text(b, l->zone);
	buf_lit(b, "\",\"client\":\"");
	buf_add(b, l->client, l->client_n);
	buf_byte(b, '"');
	PUT_STRING(b, "method", e->method);
	PUT_STRING(b, "path", http ? e->target : (struct slice){ 0 });
	PUT_STRING(b, "protocol", http ? e->version : (struct slice){ 0 });
	buf_lit(b, ",\"status\":");
	buf_number(b, (uint64_t)e->status);
	buf_lit(b, ",\"bytes\":");
	buf_number(b, e->bytes);
	buf_lit(b, ",\"duration\":");
	put_seconds(b, ns);
	PUT_STRING(b, "referer", e->referer);
	PUT_STRING(b, "user_agent", e->user_agent);
	PUT_STRING(b, "host", e->host);
	buf_text(b, e->complete ? ",\"complete\":true" :
	    ",\"complete\":false");
	PUT_STRING(b, "encoding", e->encoding);
	PUT_STRING(b, "range", e->range);
	PUT_STRING(b, "note", without_parentheses(e->note));
	buf_lit(b, ",\"port\":");
	if (e->client.port != 0)
		buf_number(b, e->client.port);
	else
		buf_lit(b, "null");
	PUT_STRING(b, "upstream", e->upstream);
	buf_lit(b, ",\"upstream_duration\":");
	if (e->upstream.n > 0 && e->upstream_ns >= 0)
		put_seconds(b, e->upstream_ns);
	else
		buf_lit(b, "null");
	buf_lit(b, "}");
}

/* The colours are neither light nor dark: legible on every background. */
static void
put_status(struct log *l, struct buf *b, int status)
{
	static const char *const color[] = {
		[2] = "64", [3] = "31", [4] = "166", [5] = "196",
	};
	int class = status / 100;
	bool colored = l->config.color && class >= 2 && class <= 5;

	if (colored && l->bold_only) {
		buf_lit(b, "\033[1m");
	} else if (colored) {
		buf_lit(b, "\033[1;38;5;");
		buf_text(b, color[class]);
		buf_lit(b, "m");
	}
	buf_digits(b, (uint64_t)status, 3);
	if (colored)
		buf_lit(b, "\033[0m");
}

/* Pad the column that begins at from with spaces. */
static void
pad(struct buf *b, size_t from, size_t width)
{
	while (b->n - from < width && !b->full)
		buf_lit(b, " ");
}

static void
put_right(struct buf *b, struct slice s, size_t width)
{
	for (size_t n = s.n; n < width; n++)
		buf_lit(b, " ");
	buf_put(b, s);
}

/* Escape bytes that a terminal must not get.  In a locale other than UTF-8
 * these include all bytes above 0x7f: one at a time, they are invalid UTF-8. */
static void
put_visible(const struct log *l, struct buf *b, struct slice s)
{
	if (l->utf8) {
		buf_visible(b, s);
		return;
	}
	for (size_t i = 0; i < s.n; i++)
		buf_visible(b, (struct slice){ s.p + i, 1 });
}

static void
put_path(struct log *l, struct buf *b, const struct log_entry *e)
{
	if (e->target.n == 0) {
		buf_put(b, absent);
	} else if (e->method.n == 0) {
		buf_lit(b, "\"");
		put_visible(l, b, e->target);
		buf_lit(b, "\"");
	} else if (l->utf8) {
		buf_visible_path(b, e->target);
	} else {
		put_visible(l, b, e->target);
	}
}

static void
put_pretty(struct log *l, struct buf *b, const struct log_entry *e)
{
	char space[32];
	struct buf cell = buf_over(space, sizeof(space));
	size_t from, used;

	buf_add(b, l->clock, l->clock_n);
	buf_lit(b, " ");
	put_status(l, b, e->status);
	buf_lit(b, " ");
	from = b->n;
	put_visible(l, b, e->method.n > 0 ? e->method : absent);
	pad(b, from, METHOD_COLUMNS);
	buf_lit(b, " ");
	if (e->bytes > 0)
		buf_size(&cell, e->bytes);
	/* A longer method uses the space before a short size. */
	used = b->n - from - METHOD_COLUMNS - 1;
	put_right(b, e->bytes > 0 ? buf_slice(&cell) : absent,
	    used < SIZE_COLUMNS ? SIZE_COLUMNS - used : 0);
	buf_lit(b, " ");
	cell.n = 0;
	log_duration(&cell, e->ended_ns - e->started_ns);
	put_right(b, buf_slice(&cell), DURATION_COLUMNS);
	buf_lit(b, "  ");
	if (l->config.show_client) {
		from = b->n;
		buf_add(b, l->client, l->client_n);
		pad(b, from, CLIENT_COLUMNS);
		buf_lit(b, "  ");
	}
	put_path(l, b, e);
	if (e->note.n > 0) {
		buf_lit(b, "  ");
		put_visible(l, b, e->note);
	}
}

/* Values below 10 have one decimal.  A value that would be rounded up to the
 * next unit is shown in that unit. */
void
log_duration(struct buf *b, int64_t ns)
{
	static const struct {
		int64_t below, unit;
		const char *name;
	} units[] = {
		{ 999500000, 1000000, " ms" },
		{ 119500000000, 1000000000, " s" },
		{ INT64_MAX, 60000000000, " min" },
	};
	size_t u = 0;
	int64_t tenths;

	if (ns < 100000)
		ns = 100000;
	while (ns >= units[u].below && units[u].below != INT64_MAX)
		u++;
	tenths = (ns + units[u].unit / 20) / (units[u].unit / 10);
	if (tenths < 100) {
		buf_number(b, (uint64_t)(tenths / 10));
		buf_lit(b, ".");
		buf_number(b, (uint64_t)(tenths % 10));
	} else {
		ns += units[u].unit / 2;
		buf_number(b, (uint64_t)(ns / units[u].unit));
	}
	buf_text(b, units[u].name);
}

void
log_keep(const struct log *l, struct log_entry *e, struct budget *budget)
{
	struct slice *const part[] = {
		&e->method, &e->target, &e->version, &e->referer,
		&e->user_agent, &e->host, &e->encoding, &e->range, &e->note,
	};
	enum { PARTS = LENGTH_OF(part) };
	size_t n = 0;
	char *p;

	if (e->kept != NULL || l->line == NULL)
		return;
	for (int i = 0; i < PARTS; i++) {
		if (part[i]->n > KEPT_MAX)
			part[i]->n = KEPT_MAX;
		n += part[i]->n;
	}
	p = e->kept = budget_alloc(budget, n);
	for (int i = 0; i < PARTS; i++) {
		if (p == NULL || part[i]->n == 0) {
			*part[i] = (struct slice){ 0 };
			continue;
		}
		memcpy(p, part[i]->p, part[i]->n);
		part[i]->p = p;
		p += part[i]->n;
	}
}

void
log_keep_changes(const struct log *l, struct log_entry *e,
    struct budget *budget)
{
	char *old = e->kept;

	if (old == NULL)
		return;
	e->kept = NULL;
	log_keep(l, e, budget);
	budget_free(budget, old);
}

void
log_release(struct log_entry *e, struct budget *budget)
{
	budget_free(budget, e->kept);
	e->kept = NULL;
}

static bool
allocate(struct buf *b, size_t n)
{
	char *p = malloc(n);

	*b = buf_over(p, p != NULL ? n : 0);
	return p != NULL;
}

static const struct {
	format_line *line;
	const char *clock;	/* strftime(3), with the text around it */
} formats[] = {
	[LOG_OFF] = { NULL, NULL },
	[LOG_PRETTY] = { put_pretty, "%H:%M:%S" },
	[LOG_COMMON] = { put_common, " - - [%d/   /%Y:%H:%M:%S %z] \"" },
	[LOG_COMBINED] = { put_combined, " - - [%d/   /%Y:%H:%M:%S %z] \"" },
	[LOG_JSON] = { put_json, "{\"time\":\"%Y-%m-%dT%H:%M:%S." },
};

struct log *
log_new(const struct log_config *config)
{
	struct log *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->config = *config;
	l->line = config->out != NULL ? formats[config->format].line : NULL;
	l->clock_format = formats[config->format].clock;
	l->style = config->opt->trace;
	l->margin = isatty(STDERR_FILENO) ? "| " : "";
	l->error_color = terminal_color(config->opt->color, STDERR_FILENO);
	l->bold_only = terminal_bold_only();
	l->utf8 = terminal_utf8();
	l->second = INT64_MIN;
	if (!allocate(&l->lines, LINES_SPACE) ||
	    !allocate(&l->trace, TRACE_SPACE)) {
		free(l->lines.p);
		free(l);
		return NULL;
	}
	return l;
}

static void
make_clock(struct log *l)
{
	time_t second = (time_t)l->second;
	struct tm tm = { .tm_mday = 1 };
	char zone[8] = "+0000";

	localtime_r(&second, &tm);
	l->clock_n = strftime(l->clock, sizeof(l->clock), l->clock_format, &tm);
	if (l->line == put_json) {
		strftime(zone, sizeof(zone), "%z", &tm);
		snprintf(l->zone, sizeof(l->zone), "%.3s:%.2s", zone, zone + 3);
	} else if (l->line != put_pretty) {
		/* English names in every locale. */
		memcpy(l->clock + strlen(" - - [dd/"),
		    calendar_months[tm.tm_mon], 3);
	}
}

/* Format the clock and the client, unless they are those of the last line. */
static void
refresh_cached(struct log *l, const struct log_entry *e)
{
	int64_t second = e->ended_wall_ns / 1000000000;

	if (second != l->second) {
		l->second = second;
		make_clock(l);
	}
	if (memcmp(e->client.ip, l->client_ip, sizeof(l->client_ip)) != 0 ||
	    l->client_n == 0) {
		struct buf b = buf_over(l->client, sizeof(l->client));

		address_put(&b, &e->client);
		memcpy(l->client_ip, e->client.ip, sizeof(l->client_ip));
		l->client_n = b.n;
	}
}

static bool
put_line(struct log *l, const struct log_entry *e)
{
	struct buf b = l->lines;

	l->line(l, &b, e);
	buf_lit(&b, "\n");
	if (!b.full)
		l->lines = b;
	return !b.full;
}

static void
flush(struct sink *s, struct buf *b)
{
	if (b->n > 0)
		sink_write(s, buf_slice(b));
	b->n = 0;
	b->full = false;
}

int
log_set_key(struct log *l, const struct key *key)
{
	l->key = key;
	if (key != NULL)
		l->mask_space = malloc(MASK_SPACE);
	return key != NULL && l->mask_space == NULL ? -1 : 0;
}

/* The text with its keys masked, in b; cut off if it does not fit. */
static struct slice
mask(const struct log *l, struct buf *b, struct slice text)
{
	size_t from = b->n;

	key_put_masked(b, l->key, text);
	return buf_since(b, from);
}

static void
mask_entry(struct log *l, struct log_entry *e)
{
	struct buf b = buf_over(l->mask_space, MASK_SPACE);

	e->method = mask(l, &b, e->method);
	e->target = mask(l, &b, e->target);
	e->referer = mask(l, &b, e->referer);
	e->user_agent = mask(l, &b, e->user_agent);
	e->host = mask(l, &b, e->host);
	e->note = mask(l, &b, e->note);
}

static void
write_line(struct log *l, const struct log_entry *e)
{
	refresh_cached(l, e);
	if (!put_line(l, e)) {
		flush(l->config.out, &l->lines);
		put_line(l, e);		/* fits: see LINES_SPACE */
	}
	if (l->lines.n >= LINES_FLUSH)
		flush(l->config.out, &l->lines);
}

void
log_add(struct log *l, const struct log_entry *e)
{
	struct log_entry masked;

	if (l->line == NULL)
		return;
	if (l->key == NULL) {
		write_line(l, e);
		return;
	}
	masked = *e;
	mask_entry(l, &masked);
	write_line(l, &masked);
}

/* Take the next line from *rest; false at the end. */
static bool
next_line(struct slice *rest, struct slice *line)
{
	bool whole;

	if (rest->n == 0)
		return false;
	whole = memchr(rest->p, '\n', rest->n) != NULL;
	*line = slice_take_until(rest, '\n');
	if (whole && line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

/* An escaped byte takes at most four bytes, a mark or prefix less than 64. */
static void
make_room(struct log *l, struct slice line)
{
	if (l->trace.cap - l->trace.n < 4 * line.n + 64)
		flush(l->config.err, &l->trace);
}

/* Write mark before each line, but not before the empty line that ends a raw
 * head.  Numbered lines have their number instead. */
static void
trace_head(struct log *l, struct slice head, const char *mark)
{
	struct slice line = { .n = 0 };
	struct buf b = buf_over(l->mask_space, MASK_SPACE);

	if (l->key != NULL)
		head = mask(l, &b, head);
	for (uint64_t i = 0; next_line(&head, &line); i++) {
		make_room(l, line);
		if (l->style == TRACE_NUMBERED) {
			buf_number(&l->trace, i);
			buf_lit(&l->trace, " ");
		} else if (l->style != TRACE_RAW || line.n + head.n > 0) {
			buf_text(&l->trace, mark);
		}
		put_visible(l, &l->trace, line);
		buf_lit(&l->trace, "\n");
	}
	/* An incomplete head has no empty line at its end: add it. */
	if (l->style == TRACE_RAW && line.n > 0)
		buf_lit(&l->trace, "\n");
}

void
log_trace_request(struct log *l, struct slice head)
{
	if (l->style != TRACE_RAW && l->style != TRACE_NUMBERED)
		return;
	trace_head(l, head, l->margin);
	flush(l->config.err, &l->trace);
}

/* One or two heads in curl style, and an empty line. */
static void
trace_block(struct log *l, struct slice first, const char *mark,
    struct slice second)
{
	if (l->style != TRACE_CURL)
		return;
	trace_head(l, first, mark);
	trace_head(l, second, "> ");
	buf_lit(&l->trace, "\n");
	flush(l->config.err, &l->trace);
}

void
log_trace_answer(struct log *l, struct slice request, struct slice answer)
{
	trace_block(l, request, "< ", answer);
}

void
log_trace_passed(struct log *l, struct slice request)
{
	trace_block(l, request, ">> ", (struct slice){ 0 });
}

void
log_trace_reply(struct log *l, struct slice reply, struct slice answer)
{
	trace_block(l, reply, "<< ", answer);
}

void
log_trace_note(struct log *l, struct slice note)
{
	if (l->style != TRACE_CURL)
		return;
	make_room(l, note);
	buf_lit(&l->trace, "* ");
	put_visible(l, &l->trace, note);
	buf_lit(&l->trace, "\n");
}

static void
put_error(struct log *l, const char *fmt, va_list ap)
{
	char text[MESSAGE_MAX];
	struct slice message = { .p = text };

	vsnprintf(text, sizeof(text), fmt, ap);
	message.n = strlen(text);
	make_room(l, message);
	options_put_prefix(&l->trace, l->error_color);
	put_visible(l, &l->trace, message);
	buf_lit(&l->trace, "\n");
	flush(l->config.err, &l->trace);
}

/* May this error be written now?  If several loops report it at once, only one
 * may. */
static bool
may_log(struct log *l, enum log_error error)
{
	_Atomic int64_t *last_logged = &l->config.times->last_logged[error];
	int64_t now = clock_monotonic(), last = *last_logged;

	return (last == 0 || now - last >= REPEAT_NS) &&
	    atomic_compare_exchange_strong(last_logged, &last, now);
}

void
log_error(struct log *l, enum log_error error, const char *fmt, ...)
{
	va_list ap;

	if (!may_log(l, error))
		return;
	va_start(ap, fmt);
	put_error(l, fmt, ap);
	va_end(ap);
}

/* Write a message, without the rate limit. */
static __attribute__((format(printf, 2, 3))) void
report(struct log *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_error(l, fmt, ap);
	va_end(ap);
}

void
log_message(struct log *l, struct slice message)
{
	report(l, "%.*s", (int)message.n, message.p);
}

static void
report_sink(struct log *l, struct sink *s, bool in_full)
{
	struct sink_status status;

	if (s == NULL || !sink_status(s, in_full, &status))
		return;
	if (status.closed)
		report(l, "nobody reads the log any more; still serving");
	if (status.error != 0)
		log_error(l, LOG_CANNOT_WRITE,
		    "cannot write the log: %s; still serving",
		    strerror(status.error));
	if (status.lost > 0)
		report(l, "%s, %" PRIu64 " line%s lost", status.failing ?
		    "log could not be written" : "log reader too slow",
		    status.lost, status.lost == 1 ? "" : "s");
}

void
log_flush(struct log *l)
{
	flush(l->config.err, &l->trace);
	if (l->config.out != NULL)
		flush(l->config.out, &l->lines);
	report_sink(l, l->config.out, false);
	report_sink(l, l->config.err, false);
}

void
log_free(struct log *l)
{
	log_flush(l);
	report_sink(l, l->config.out, true);
	free(l->lines.p);
	free(l->trace.p);
	free(l->mask_space);
	free(l);
}
