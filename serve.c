/*
 * serve: a static web server for the folder at hand.
 *
 * main() is the table of contents: options, the processes split off before this
 * one is confined, the folder, the sockets, the loops, the sandbox; then it
 * waits for a signal, or for COMMAND to end.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/banner.h"
#include "server/child.h"
#include "server/connector.h"
#include "server/diagnose.h"
#include "server/listener.h"
#include "server/loop.h"
#include "server/options.h"
#include "server/process.h"
#include "server/progress.h"
#include "server/sandbox.h"
#include "server/setup.h"
#include "server/supervisor.h"
#include "server/systemd.h"
#include "server/threads.h"

enum {
	RULES_MESSAGES_ALL = RULES_FILES * 2 * RULES_MESSAGES,	/* bytes */
};

/* Everything that main() sets up, in the same order. */
struct program {
	struct options opt;
	struct child child;
	struct connector connector;
	struct docroot docroot;
	struct listener listener;
	int signal_fd;
	int notify_fd;		/* to systemd, or -1 */
	struct sink *out, *err;
	struct progress *progress;	/* NULL: not shown */
	struct log_times log_times;
	struct buf banner;
	struct key key;
	struct buf rules_messages;	/* about _redirects and _headers */
	struct shared shared;
	struct server server;
	struct loop_config config;
	struct loop *loop[OPTIONS_THREADS_MAX];
	struct threads threads;
	struct disk *disk;	/* NULL: no thread can be started */
	bool alone;		/* the only loop runs in the main thread */
	int status;		/* to exit with */
	struct sandbox sandbox;
	char reader[PROCESS_USER_MAX];	/* the user that root became, or "" */
	int64_t started_ns;
};

static _Noreturn void
cannot(const struct program *s, const char *attempt)
{
	diagnose_start(&s->opt, attempt, errno);
}

/* ---- the folder, the processes beside this one, the sockets ---- */

static void
locate_docroot(struct program *s)
{
	if (docroot_find(&s->opt, &s->docroot) == -1)
		diagnose_docroot(&s->opt, &s->docroot, errno);
}

/* Start the process that connects to applications.  It looks up their names
 * before any port is bound, and gives up root as this process will. */
static void
start_connector(struct program *s)
{
	if (connector_split(&s->connector, &s->opt, &s->docroot,
	    s->opt.threads) == -1)
		cannot(s, "start the process that connects to applications");
}

static void
open_listeners(struct program *s)
{
	if (!s->listener.inherited &&
	    listener_open(&s->listener, &s->opt) == -1)
		diagnose_listener(&s->opt, &s->listener, errno);
}

/* ---- signals and the log ---- */

/* SIGQUIT and those after it matter only to COMMAND. */
static void
take_signals(struct program *s)
{
	s->signal_fd = process_take_signals(child_signals,
	    s->child.command ? CHILD_SIGNAL_COUNT : 3);
	if (s->signal_fd == -1)
		cannot(s, "take signals");
}

static enum log_format
choose_log_format(const struct options *opt)
{
	if (opt->quiet)
		return LOG_OFF;
	if (opt->log_format != LOG_AUTO)
		return opt->log_format;
	/* stdout belongs to COMMAND. */
	if (opt->command != NULL)
		return LOG_OFF;
	return isatty(STDOUT_FILENO) ? LOG_PRETTY : LOG_COMBINED;
}

static struct sink *
open_sink(struct program *s, int fd)
{
	struct sink *sink = sink_open(fd);

	if (sink == NULL)
		cannot(s, "log");
	return sink;
}

static void
open_log(struct program *s)
{
	struct log_config *log = &s->config.log;
	int log_fd = s->opt.command != NULL ? STDERR_FILENO : STDOUT_FILENO;

	log->opt = &s->opt;
	log->format = choose_log_format(&s->opt);
	log->color = terminal_color(s->opt.color, log_fd);
	log->show_client = s->opt.bind_public || s->opt.binds > 0;
	log->times = &s->log_times;
	log->err = s->err = open_sink(s, STDERR_FILENO);
	if (log->format == LOG_OFF)
		return;
	/* One sink for each file, or lines would mix. */
	s->out = sink_serves(s->err, log_fd) ? s->err : open_sink(s, log_fd);
	log->out = s->out;
}

/* ---- the server and its loops ---- */

/* Call it after the sockets are open: the key's cookie is named after the
 * port. */
static void
prepare_server(struct program *s)
{
	struct server *server = &s->server;

	server->opt = &s->opt;
	server->docroot = &s->docroot;
	server->shared = &s->shared;
	if (s->opt.key)
		setup_key(server, &s->key, s->listener.port);
	setup_server(server, &s->opt, s->config.log.format);
}

/* Show progress only if the log and all messages go to one terminal. */
static void
prepare_progress(struct program *s)
{
	if (s->out != s->err || s->opt.command != NULL ||
	    s->config.log.format != LOG_PRETTY || !isatty(STDERR_FILENO) ||
	    terminal_is_dumb())
		return;
	s->progress = progress_new(s->err, s->config.log.show_client,
	    s->server.key);
	if (s->progress == NULL)
		cannot(s, "start");
	s->shared.progress = s->progress;
}

static void
make_loops(struct program *s)
{
	struct loop_config *config = &s->config;

	config->server = &s->server;
	config->listeners = s->listener.fd;
	config->listener_count = s->listener.count;
	if (s->opt.max_conns_per_client > 0 && (config->clients =
	    client_limit_new(s->opt.max_conns_per_client)) == NULL)
		cannot(s, "start");
	for (int i = 0; i < s->opt.threads; i++) {
		s->loop[i] = loop_new(config, i == 0);
		if (s->loop[i] == NULL || (s->connector.pid != 0 &&
		    loop_connect(s->loop[i], s->connector.loop[i],
		    s->opt.threads) == -1))
			cannot(s, "start");
	}
}

static void
keep_message(void *arg, struct slice message)
{
	struct program *s = arg;

	options_put_prefix(&s->rules_messages,
	    terminal_color(s->opt.color, STDERR_FILENO));
	buf_put(&s->rules_messages, message);
	buf_byte(&s->rules_messages, '\n');
}

/*
 * Load the rules.  Their errors are printed after the URL, because scripts wait
 * for the URL.
 */
static struct rules_counts
read_rules(struct program *s)
{
	struct rules_listener listener = { keep_message, s };
	struct rules_counts counts = { 0 };

	if (!rules_file_applies(&s->opt, &s->docroot))
		return counts;
	s->rules_messages = buf_over(malloc(RULES_MESSAGES_ALL),
	    RULES_MESSAGES_ALL);
	if (s->rules_messages.p == NULL || rules_file_check(&s->opt,
	    &s->docroot, &s->shared.rules_reported, listener, &counts) == -1)
		cannot(s, "start");
	return counts;
}

/* Call it before the sandbox, which hides paths and addresses. */
static void
make_banner(struct program *s)
{
	s->banner = buf_over(malloc(BANNER_MAX), BANNER_MAX);
	if (s->banner.p == NULL)
		cannot(s, "start");
	banner_start(&s->banner, &s->opt, &s->docroot, &s->listener,
	    s->server.key, read_rules(s));
}

/* Call it before the sandbox: the helper takes the URL and the key only from a
 * process that is not confined yet. */
static void
prepare_child(struct program *s)
{
	char url[BANNER_URL_MAX];

	banner_url(&s->opt, &s->listener, url);
	if (child_prepare(&s->child, url, s->listener.port,
	    s->server.key) == -1)
		cannot(s, "start the program");
}

static void
enter_sandbox(struct program *s)
{
	FILE *passwd = geteuid() == 0 ? fopen("/etc/passwd", "re") : NULL;

	if (sandbox_enter(&s->sandbox, &s->opt, &s->docroot) == -1) {
		if (errno == EMFILE)
			cannot(s, "start");
		options_die(&s->opt, 1, "cannot read '%s' any more: %s",
		    s->opt.path != NULL ? s->opt.path : s->docroot.path,
		    strerror(errno));
	}
	if (s->sandbox.user != 0) {
		process_name_user(passwd, s->sandbox.user, s->reader);
		s->server.reader = s->reader;
	}
	if (passwd != NULL)
		fclose(passwd);
}

/* Start the threads that wait for disks.  Without them the loops wait. */
static void
prepare_disk(struct program *s)
{
	s->disk = disk_new();
	for (int i = 0; i < s->config.loop_count; i++)
		if (s->disk == NULL ||
		    loop_use_disk(s->loop[i], s->disk) == -1)
			cannot(s, "start");
}

/*
 * Fewer threads than requested are enough.  Without any, the first loop runs in
 * the main thread: clone3(2) fails under the filter of an old container.
 */
static void
start_threads(struct program *s)
{
	int n = threads_start(&s->threads, s->loop, s->opt.threads);

	s->alone = n == 0;
	s->config.loops = s->loop;
	s->config.loop_count = n > 0 ? n : 1;
	for (int i = s->config.loop_count; i < s->opt.threads; i++)
		loop_free(s->loop[i]);
	if (!s->alone)
		prepare_disk(s);
}

static void
filter_calls(struct program *s)
{
	sandbox_filter(&s->sandbox, &s->opt);
	threads_release(&s->threads);
}

/* ---- from the first request to the last ---- */

static void
announce(struct program *s)
{
	s->started_ns = clock_monotonic();
	banner_sandbox(&s->banner, &s->opt, &s->sandbox,
	    s->config.loop_count);
	/* In one write, because a script may stop reading after the URL. */
	sink_write(s->err, buf_slice(&s->banner));
	free(s->banner.p);
	if (s->rules_messages.n > 0)
		sink_write(s->err, buf_slice(&s->rules_messages));
	free(s->rules_messages.p);
	systemd_notify(s->notify_fd, "READY=1");
	if (child_start(&s->child) == -1)
		options_warn(&s->opt, "cannot start the program: %s",
		    strerror(errno));
}

/* Does a user read the messages, on a terminal? */
static bool
is_interactive(const struct program *s)
{
	return isatty(STDERR_FILENO) && !s->opt.quiet;
}

/* Serve, from the first request to the last.  False if not all loops ended. */
static bool
serve(struct program *s)
{
	struct supervisor supervisor = {
		.signal_fd = s->signal_fd,
		.notify_fd = s->notify_fd,
		.child = &s->child,
		.connector = &s->connector,
		.listener = &s->listener,
		.shared = &s->shared,
		.err = s->err,
		.interactive = is_interactive(s),
	};
	bool ended = true;

	if (!s->alone)
		ended = supervisor_wait(&supervisor, s->config.loop_count);
	else if (supervisor_run_alone(&supervisor, s->loop[0]) == -1)
		options_die(&s->opt, 1, "cannot serve: %s", strerror(errno));
	s->status = supervisor.status;
	return ended;
}

/*
 * ended: all loops have ended.  Returns whether the threads that wait for disks
 * have ended too, so that everything can be freed.
 */
static bool
finish(struct program *s, bool ended)
{
	int64_t ns = clock_monotonic() - s->started_ns;
	struct totals totals = { 0 };
	uint64_t lost;

	for (int i = 0; i < s->config.loop_count; i++) {
		if (ended && !s->alone)
			threads_join(&s->threads, i);
		loop_add_totals(s->loop[i], &totals);
	}
	/* A thread that hangs in a disk still uses the memory of its loop. */
	ended = ended && (s->disk == NULL || disk_stop(s->disk));
	for (int i = 0; ended && i < s->config.loop_count; i++)
		loop_free(s->loop[i]);
	listener_close(&s->listener);
	sink_set_status(s->err, (struct slice){ 0 });
	lost = s->out == s->err ? sink_lost(s->err) :
	    s->out != NULL ? sink_close(s->out) : 0;
	if (is_interactive(s) && s->opt.command == NULL)
		banner_stopped(s->err, ns, &totals, lost);
	sink_close(s->err);
	if (s->child.pid != 0)
		child_close(&s->child);
	connector_close(&s->connector);
	return ended;
}

static void
free_all(struct program *s)
{
	if (s->disk != NULL)
		disk_free(s->disk);
	if (s->config.clients != NULL)
		client_limit_free(s->config.clients);
	if (s->progress != NULL)
		progress_free(s->progress);
	setup_free(&s->server);
	docroot_free(&s->docroot);
	options_free(&s->opt);
}

int
main(int argc, char **argv)
{
	struct program s = { 0 };
	bool ended;

	options_parse(argc, argv, &s.opt);
	process_check_calls(&s.opt);
	process_fill_descriptors(&s.opt);
	systemd_take_sockets(&s.listener, &s.opt);
	s.notify_fd = systemd_open_notify();
	if (child_split(&s.child, &s.opt) == -1)
		cannot(&s, "fork");
	tzset();
	process_set_limits();
	take_signals(&s);
	locate_docroot(&s);
	if (s.opt.threads == 0)
		s.opt.threads = process_default_threads();
	start_connector(&s);
	open_listeners(&s);
	open_log(&s);
	prepare_server(&s);
	prepare_progress(&s);
	make_loops(&s);
	make_banner(&s);
	prepare_child(&s);
	enter_sandbox(&s);
	start_threads(&s);
	diagnose_descriptors(&s.opt);
	filter_calls(&s);
	announce(&s);
	ended = finish(&s, serve(&s));
	if (!ended)
		_exit(s.status);
	free_all(&s);
	return s.status;
}
