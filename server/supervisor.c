#include "server/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "server/banner.h"
#include "server/container_of.h"
#include "server/progress.h"
#include "server/systemd.h"

/* How long to wait at the end for loops that hang. */
enum { HANG_MS = 1000 };

/* ---- events that may end the run ---- */

static bool
read_signal(const struct supervisor *s, struct signalfd_siginfo *info)
{
	return read(s->signal_fd, info, sizeof(*info)) == sizeof(*info);
}

/* Returns whether serve has to stop.  With COMMAND no signal stops it: it ends
 * when COMMAND does. */
static bool
take_signal(struct supervisor *s)
{
	struct signalfd_siginfo info;

	if (!read_signal(s, &info))
		return false;
	/* The terminal sends its signals to COMMAND too. */
	if (s->child->command && info.ssi_code != SI_KERNEL)
		child_signal(s->child, (int)info.ssi_signo);
	if (s->child->command)
		return false;
	s->shared->stopped_by = info.ssi_signo == SIGINT ? "Ctrl-C" :
	    info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGHUP";
	/* Begin a new line after the "^C" that the terminal has shown. */
	if (info.ssi_signo == SIGINT && info.ssi_code == SI_KERNEL &&
	    isatty(STDERR_FILENO))
		sink_write(s->err, SLICE("\n"));
	return true;
}

/* True if COMMAND has ended.  set: has child_source, or is NULL. */
static bool
take_child_event(struct supervisor *s, struct source_set *set)
{
	switch (child_read(s->child, &s->status)) {
	case CHILD_STOPPED:
		/* Stop serve, so that the shell that waits for it takes the
		 * terminal back. */
		raise(SIGSTOP);
		child_signal(s->child, SIGCONT);
		break;
	case CHILD_ENDED:
		return true;
	case CHILD_GONE:
		/* close() removes only the last copy of a socket from epoll,
		 * and the connector process has another. */
		if (set != NULL)
			source_remove(set, s->child->fd, &s->child_source);
		child_close(s->child);
		if (!s->child->command)
			return false;
		sink_write(s->err, SLICE("serve: the process that runs "
		    "COMMAND has ended\n"));
		s->status = 1;
		return true;
	}
	return false;
}

static void
take_connector_end(struct supervisor *s)
{
	sink_write(s->err, SLICE("serve: the process that connects to "
	    "applications has ended\n"));
	s->status = 1;
}

/* ---- stopping the loops ---- */

static void
begin_stop(struct supervisor *s)
{
	long transfers = s->shared->transfers;

	systemd_notify(s->notify_fd, "STOPPING=1");
	/* Tell the loops first: closed listening sockets would wake them. */
	s->shared->stopping = true;
	eventfd_write(s->shared->stop_fd, 1);
	listener_stop(s->listener);
	if (transfers > 0 && s->interactive)
		banner_finishing(s->err, transfers);
}

/* End the loops at once; they log the responses that they cut off. */
static void
stop_now(struct supervisor *s)
{
	s->shared->stop_now = true;
	eventfd_write(s->shared->stop_fd, 1);
}

/* ---- the loops run in threads ---- */

/* Returns the milliseconds until the next call is due, or -1. */
static int
draw_progress(const struct supervisor *s)
{
	return s->shared->progress == NULL ? -1 :
	    progress_draw(s->shared->progress, clock_monotonic());
}

/* Wait for a signal, or for COMMAND to end. */
static void
wait_for_end(struct supervisor *s)
{
	const struct progress *progress = s->shared->progress;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = s->signal_fd, .events = POLLIN },
			{ .fd = s->child->pid != 0 ? s->child->fd : -1,
			    .events = POLLIN },
			{ .fd = progress != NULL ? progress_fd(progress) : -1,
			    .events = POLLIN },
			{ .fd = s->connector->control, .events = POLLIN },
		};

		if (poll(fds, 4, draw_progress(s)) == -1 && errno != EINTR) {
			s->status = 1;
			return;
		}
		if (fds[3].revents != 0) {
			take_connector_end(s);
			return;
		}
		if ((fds[1].revents != 0 && take_child_event(s, NULL)) ||
		    (fds[0].revents != 0 && take_signal(s)))
			return;
	}
}

/* Returns false if one of n loops hangs. */
static bool
wait_for_loops(struct supervisor *s, int n)
{
	struct signalfd_siginfo info;
	eventfd_t ended, all = 0;
	int ready;

	while (all < (eventfd_t)n) {
		struct pollfd fds[] = {
			{ .fd = s->shared->stopped_fd, .events = POLLIN },
			{ .fd = s->signal_fd, .events = POLLIN },
		};

		ready = poll(fds, 2, s->shared->stop_now ? HANG_MS : -1);
		if (ready == 0 || (ready == -1 && errno != EINTR))
			return false;
		if (fds[0].revents != 0 &&
		    eventfd_read(s->shared->stopped_fd, &ended) == 0)
			all += ended;
		if (fds[1].revents != 0 && read_signal(s, &info))
			stop_now(s);
	}
	return true;
}

bool
supervisor_wait(struct supervisor *s, int n)
{
	wait_for_end(s);
	begin_stop(s);
	return wait_for_loops(s, n);
}

/* ---- the only loop runs in this thread ---- */

static void
signal_ready(struct source *source, struct worker *w, uint32_t events)
{
	struct supervisor *s = CONTAINER_OF(source, struct supervisor,
	    signal_source);
	struct signalfd_siginfo info;

	(void)w;
	(void)events;
	if (s->shared->stopping && read_signal(s, &info))
		stop_now(s);
	else if (!s->shared->stopping && take_signal(s))
		begin_stop(s);
}

static void
child_ready(struct source *source, struct worker *w, uint32_t events)
{
	struct supervisor *s = CONTAINER_OF(source, struct supervisor,
	    child_source);

	(void)events;
	if (take_child_event(s, &w->sources) && !s->shared->stopping)
		begin_stop(s);
	/* The descriptor of a helper that has ended stays readable. */
	if (s->child->fd != -1 && s->shared->stopping)
		source_remove(&w->sources, s->child->fd, source);
}

static void
connector_ready(struct source *source, struct worker *w, uint32_t events)
{
	struct supervisor *s = CONTAINER_OF(source, struct supervisor,
	    connector_source);

	(void)events;
	source_remove(&w->sources, s->connector->control, source);
	if (s->shared->stopping)
		return;
	take_connector_end(s);
	begin_stop(s);
}

int
supervisor_run_alone(struct supervisor *s, struct loop *l)
{
	s->signal_source.ready = signal_ready;
	s->child_source.ready = child_ready;
	s->connector_source.ready = connector_ready;
	if (loop_watch(l, s->signal_fd, &s->signal_source) == -1 ||
	    (s->child->pid != 0 &&
	    loop_watch(l, s->child->fd, &s->child_source) == -1) ||
	    (s->connector->pid != 0 && loop_watch(l, s->connector->control,
	    &s->connector_source) == -1))
		return -1;
	loop_run(l);
	return 0;
}
