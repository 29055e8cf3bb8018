/* What serve says about itself on stderr: at its start and at its end. */
#ifndef BANNER_H
#define BANNER_H

#include <limits.h>
#include <stdint.h>

#include "server/key.h"
#include "server/listener.h"
#include "server/options.h"
#include "server/resource.h"
#include "server/rules_file.h"
#include "server/sink.h"
#include "server/worker.h"

enum {
	BANNER_URL_MAX = 256 + 3 * (OPTIONS_BASE_MAX + NAME_MAX),	/* with the longest key */
	BANNER_MAX = 64 << 10,	/* bytes: room for banner_start() */
};

/* "http://localhost:8000/", or --base behind the port: where a browser on this
 * machine finds it.  Without the key. */
void banner_url(const struct options *opt, const struct listener *l,
    char url[BANNER_URL_MAX]);

/*
 * key: NULL without --key, else it is in all URLs.  The line with the URL, always; for people the rest, if stderr is a terminal.
 * Before the sandbox: it asks for the addresses of the machine.
 */
void banner_start(struct buf *b, const struct options *opt,
    const struct docroot *docroot, const struct listener *l,
    const struct key *key, struct rules_counts rules);

/* "Finishing 2 transfers, ..." */
void banner_finishing(struct sink *err, long transfers);

/* "Stopped after 12 min: ...".  lost: lines of the log. */
void banner_stopped(struct sink *err, int64_t ns, const struct totals *totals,
    uint64_t lost);

#endif
