/* The options as plain data, const once the loops run. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "server/address.h"
#include "server/proxy.h"
#include "server/terminal.h"

#define SERVE_VERSION "1.0.0"

enum {
	OPTIONS_BASE_MAX = 128,		/* bytes of --base */
	OPTIONS_BIND_MAX = 16,		/* -b; localhost counts as two */
	OPTIONS_HEADERS_MAX = 8 << 10,	/* bytes of all -H in a response */
	OPTIONS_PORT_FIRST = 8000,	/* without -p: the first free one */
	OPTIONS_PORT_LAST = 8099,
	OPTIONS_THREADS_MAX = 256,	/* -j */
	OPTIONS_PROXIES_MAX = 16,	/* --proxy */
};

struct buf;

enum log_format {
	LOG_AUTO,		/* without --log-format */
	LOG_OFF,
	LOG_PRETTY,
	LOG_COMMON,
	LOG_COMBINED,
	LOG_JSON,
};
enum log_trace { TRACE_OFF, TRACE_RAW, TRACE_NUMBERED, TRACE_CURL };

/* A valid header field, its value trimmed. */
struct options_header {
	struct slice name, value;
};

/* Strings and slices point into argv. */
struct options {
	const char *path;		/* DIR or FILE; NULL: not given */
	const char *before_path;	/* the argument before path, if it was
					   an option without its optional value:
					   "--cors"; else NULL */
	char **command;			/* after --, ends with a NULL; NULL: not
					   given */

	int port;			/* -1: not given; 0: any free one */
	struct address bind[OPTIONS_BIND_MAX];	/* without port */
	const char *bind_text[OPTIONS_BIND_MAX];	/* as typed */
	int binds;
	bool bind_public;		/* --public: bind is ignored */
	bool key;			/* --key */
	char *key_text;			/* KEY, allocated; NULL: not given */
	const char **allow_hosts;	/* room for argc, allocated */
	int allow_host_count;
	bool open;
	const char *open_path;		/* starts with '/'; NULL: not given */

	bool hidden;
	bool follow_symlinks;
	bool no_listing;
	bool spa;
	char base[OPTIONS_BASE_MAX + 2];	/* decoded: "/" or "/a/" */
	bool no_rules;
	bool live;
	const char **cors;	/* origins, or "*" */
	int cors_count;
	struct proxy_app proxies[OPTIONS_PROXIES_MAX];	/* --proxy */
	int proxy_count;
	bool isolate;
	struct options_header *headers;	/* -H, allocated */
	int header_count;
	long max_age;			/* seconds; -1: no-cache */

	bool quiet;
	enum log_trace trace;
	enum log_format log_format;
	enum color_when color;

	long timeout;			/* seconds, at least 1 */
	long max_conns;			/* 0: from the descriptor limit */
	long max_conns_per_client;	/* 0: no cap */
	int threads;			/* 0: one for each processor */
};

/*
 * Read argv.  A mistake is written to stderr and ends the program with 2;
 * --help and --version are written to stdout and end it with 0 (1 if that
 * failed).  It does not touch the file system.
 */
void options_parse(int argc, char **argv, struct options *opt);
void options_free(struct options *opt);

/*
 * Write "serve: " and the message to stderr, in bold red where colour is on
 * (terminal_color()), and end the program with status; with 2 the line about
 * --help follows.  The message is one line; bytes that a terminal could
 * interpret are escaped as in buf_visible().  Call it only during startup.
 */
_Noreturn void options_die(const struct options *opt, int status,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Write a message in the same form, and return. */
void options_warn(const struct options *opt, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* True if only programs on this machine can connect. */
bool options_is_local(const struct options *opt);

/* True with --public, or if -b has the wildcard address of this family. */
bool options_serves_all(const struct options *opt, int family);

/* Append "serve: ", which begins a message; with color in bold red. */
void options_put_prefix(struct buf *b, bool color);

#endif
