#include "server/setup.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "server/call.h"
#include "server/client_limit.h"
#include "server/clock.h"
#include "server/diagnose.h"
#include "server/fields.h"
#include "server/live.h"
#include "server/process.h"

/* How long the one-time key in the URL that -o opens is valid.  A browser that
 * starts later asks for the key. */
static const int64_t ONCE_NS = INT64_C(60000000000);

/* ---- the key ---- */

void
setup_key(struct server *s, struct key *key, int port)
{
	const struct options *opt = s->opt;
	unsigned char random[KEY_RANDOM + KEY_GENERATED_BYTES];
	char generated[KEY_GENERATED + 1];

	if (getrandom(random, sizeof(random), 0) != sizeof(random) ||
	    (s->shared->attempts = attempts_new()) == NULL)
		options_die(opt, 1, "cannot make a key: %s", strerror(errno));
	key_generate(generated, random + KEY_RANDOM);
	key_init(key,
	    slice_of(opt->key_text != NULL ? opt->key_text : generated),
	    opt->key_text != NULL, opt->open, port, random);
	s->shared->once_until_ns = clock_monotonic() + ONCE_NS;
	s->key = key;
	/* Keep the key from core dumps and from debuggers of the same user. */
	prctl(PR_SET_DUMPABLE, 0);
}

/* ---- the other members ---- */

/* The name of this server in Via.  It is random in each run, so that no server
 * mistakes the Via of another one for a loop. */
static void
make_pseudonym(char pseudonym[PROXY_VIA_LEN + 1])
{
	uint64_t bits = 0;

	if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits))
		bits = (uint64_t)clock_monotonic();
	snprintf(pseudonym, PROXY_VIA_LEN + 1, "serve-%016llx",
	    (unsigned long long)bits);
}

/* Serve without --live where the kernel, or a container's filter of system
 * calls, refuses to watch. */
static void
start_watching(struct server *s, struct options *opt)
{
	s->live = live_new(opt, s->docroot, clock_monotonic());
	if (s->live != NULL)
		return;
	if (!call_is_refused(errno))
		diagnose_start(opt, "watch for changes", errno);
	opt->live = false;
	options_warn(opt, "cannot watch for changes, --live is off: %s",
	    strerror(errno));
}

/* Returns 0, or -1 with errno. */
static int
prepare_shared(struct shared *shared)
{
	shared->stopped_by = "COMMAND's end";
	shared->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	shared->stopped_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	shared->evictor = evict_new();
	shared->archives.clients = client_limit_new(ARCHIVES_PER_CLIENT);
	return shared->stop_fd == -1 || shared->stopped_fd == -1 ||
	    shared->evictor == NULL || shared->archives.clients == NULL ?
	    -1 : 0;
}

static void
prepare_host_check(struct host_check *check, const struct options *opt)
{
	check->allowed = opt->allow_hosts;
	check->allowed_count = opt->allow_host_count;
	check->is_local = options_is_local(opt);
	if (gethostname(check->hostname, sizeof(check->hostname) - 1) == -1)
		check->hostname[0] = '\0';
}

static void
set_limits(struct server *s)
{
	s->timeout_ns = (int64_t)s->opt->timeout * 1000000000;
	s->max_conns = process_max_conns();
	if (s->opt->max_conns != 0 && s->opt->max_conns < s->max_conns)
		s->max_conns = s->opt->max_conns;
}

void
setup_server(struct server *s, struct options *opt, enum log_format format)
{
	if (prepare_shared(s->shared) == -1)
		diagnose_start(opt, "start", errno);
	s->logs = format != LOG_OFF;
	s->notes = format == LOG_PRETTY || format == LOG_JSON;
	s->logs_fields = format == LOG_JSON;
	s->coarse_times = process_has_coarse_times();
	set_limits(s);
	if (opt->live)
		start_watching(s, opt);
	reload_make_snippets(&s->snippets, opt->base);
	prepare_host_check(&s->host_check, opt);
	csp_init(&s->csp);
	make_pseudonym(s->pseudonym);
	if (fields_prepare(s) == -1)
		diagnose_start(opt, "start", errno);
}

void
setup_free(struct server *s)
{
	/* All that was charged and counted has been given back. */
	assert(s->shared->budget.used == 0);
	assert(s->shared->archives.count == 0);
	if (s->shared->attempts != NULL)
		attempts_free(s->shared->attempts);
	client_limit_free(s->shared->archives.clients);
	evict_free(s->shared->evictor);
	if (s->live != NULL)
		live_free(s->live);
	free((void *)s->common_headers.p);
}
