/* The data that all loops have in common: settings and shared state. */
#ifndef SERVER_H
#define SERVER_H

#include <stdalign.h>
#include <stdatomic.h>

#include "server/archives.h"
#include "server/attempts.h"
#include "server/csp.h"
#include "server/docroot.h"
#include "server/evict.h"
#include "server/host.h"
#include "server/key.h"
#include "server/options.h"
#include "server/proxy_head.h"
#include "server/reload.h"
#include "server/rules_file.h"

/* State that all loops share. */
struct shared {
	/* Read with each request, and changed at the end only. */
	atomic_bool stopping;	/* after the first signal */
	atomic_bool stop_now;	/* after the second */
	const char *stopped_by;	/* "Ctrl-C"; set before stopping */
	struct evictor *evictor;
	int stop_fd;		/* eventfd that every loop watches */
	int stopped_fd;		/* eventfd: each loop that has ended adds 1 */
	struct progress *progress;	/* NULL: not shown */
	struct attempts *attempts;	/* wrong keys; NULL without --key */
	int64_t once_until_ns;	/* until when -o's one-time key is valid */

	/* Changed by all loops, so in a cache line of its own. */
	alignas(64) atomic_long conns;	/* open connections */
	atomic_long transfers;	/* responses that did not fit into one send */
	struct budget budget;
	struct archives archives;
	struct rules_reported rules_reported;
	/* Connections to each application beyond the shares of the loops. */
	atomic_int borrowed_links[OPTIONS_PROXIES_MAX];
	atomic_bool once_used;	/* the one-time key was used */
};

struct live;

/* Options and ready-made lines: const once main has filled it. */
struct server {
	const struct options *opt;
	const struct docroot *docroot;
	struct host_check host_check;
	struct csp csp;
	struct reload_snippets snippets;
	struct shared *shared;
	struct live *live;	/* NULL: without --live */
	const struct key *key;	/* NULL: without --key */
	struct slice user_lines;	/* of -H, the start of common_headers */
	char pseudonym[PROXY_VIA_LEN + 1];	/* of this run, for Via */
	struct slice common_headers;	/* lines of every response: CORS,
				   isolation, -H */
	struct slice same_site_headers;	/* common_headers and
				   Cross-Origin-Resource-Policy, unless --cors
				   has let the site in */
	struct slice default_headers;	/* same_site_headers and nosniff */
	struct slice nosniff;	/* X-Content-Type-Options, not sent with a
				   guessed type */
	struct slice cache;	/* the Cache-Control and Vary lines of files */
	struct slice accept_ranges;	/* the Accept-Ranges line of files */
	struct slice content_type;	/* -H 'Content-Type: ...', or empty */
	unsigned overridden;	/* bits of enum fields_own: -H has these */
	const char *reader;	/* the user that root has become, or NULL */
	bool logs;		/* there is an access log */
	bool notes;		/* it has notes: pretty and json */
	bool logs_fields;	/* it has response fields: json */
	bool coarse_times;	/* all file times move once a tick */
	long max_conns;
	int64_t timeout_ns;	/* --timeout */
};

#endif
