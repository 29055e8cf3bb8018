/* The messages about serve itself on stderr, at its start and end. */
#ifndef BANNER_H
#define BANNER_H

#include <limits.h>
#include <stdint.h>

#include "server/key.h"
#include "server/listener.h"
#include "server/options.h"
#include "server/rules_file.h"
#include "server/sandbox.h"
#include "server/sink.h"
#include "server/worker.h"

enum {
	/* 256: scheme, host, port and the longest key. */
	BANNER_URL_MAX = 256 + 3 * (OPTIONS_BASE_MAX + NAME_MAX),
	BANNER_MAX = 64 << 10,	/* bytes: room for banner_start() */
};

/* "http://localhost:8000/", with --base after the port: the URL for a browser
 * on this machine, without the key. */
void banner_url(const struct options *opt, const struct listener *l,
    char url[BANNER_URL_MAX]);

/*
 * Append the line with the URL, those that every reader of stderr must see,
 * and, if it is a terminal, the lines for people.  key: for all URLs, or NULL
 * without --key.  Call it before the sandbox, because it asks the kernel for
 * the addresses of the machine.
 */
void banner_start(struct buf *b, const struct options *opt,
    const struct docroot *docroot, const struct listener *l,
    const struct key *key, struct rules_counts rules);

/*
 * Append the lines of -v: with -v=curl the layers of the sandbox in force, with
 * every style those that are missing.  loops: the number of running loops.
 */
void banner_sandbox(struct buf *b, const struct options *opt,
    const struct sandbox *s, int loops);

/* "Finishing 2 transfers, ..." */
void banner_finishing(struct sink *err, long transfers);

/* "Stopped after 12 min: ...".  lost: the number of lost log lines. */
void banner_stopped(struct sink *err, int64_t ns, const struct totals *totals,
    uint64_t lost);

#endif
