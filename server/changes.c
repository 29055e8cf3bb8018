#include "server/changes.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
	QUIET_MS = 50,		/* without a change, which end a burst */
	BURST_MS = 1000,	/* a burst is not longer than this */
	ID_BYTES = 64,		/* of an event without its text */
};

/* ---- which paths may be reported ---- */

void
changes_add_request(struct changes *c, struct slice url)
{
	uint64_t hash = SLICE_HASH;

	for (size_t i = 0; i < url.n; i++) {
		if (url.p[i] == '/')
			c->requested[hash % CHANGES_REQUESTED] = hash;
		hash = slice_hash(hash, slice_first(slice_skip(url, i), 1));
	}
	if (url.p[url.n - 1] != '/')
		c->requested[hash % CHANGES_REQUESTED] = hash;
}

/* Was path, without a slash at its end, requested, or a path in it?  False also
 * if the hash of a later path has overwritten its own. */
static bool
was_requested(const struct changes *c, struct slice path)
{
	uint64_t hash = slice_hash(SLICE_HASH, path);

	return c->requested[hash % CHANGES_REQUESTED] == hash;
}

static bool
drop_ending(struct slice *path, struct slice ending)
{
	if (!slice_ends(*path, ending))
		return false;
	path->n -= ending.n;
	return true;
}

/*
 * With --no-listing, do not reveal names to visitors: report a path only if it
 * was requested, or if it is the file of a page that was requested.
 */
static bool
may_be_reported(const struct changes *c, struct slice path)
{
	if (!c->opt->no_listing || was_requested(c, path))
		return true;
	return (drop_ending(&path, SLICE("/index.html")) ||
	    drop_ending(&path, SLICE("/index.htm")) ||
	    drop_ending(&path, SLICE(".html"))) &&
	    was_requested(c, path);
}

/* ---- bursts of changes ---- */

/* There are too many changes for one event: let "/" stand for all paths. */
static void
report_everything(struct changes *c)
{
	c->burst.text.n = 0;
	c->burst.text.full = false;
	buf_lit(&c->burst.text, "data: /\n");
	c->burst.paths = INT_MAX;
}

static void
begin_change(struct changes *c, int64_t now_ns)
{
	struct burst *burst = &c->burst;

	if (burst->text.n == 0) {
		burst->first_ns = now_ns;
		burst->paths = 0;
		burst->has_new_file = false;
	}
	/* Other loops' clocks may lag: keep times increasing. */
	burst->last_ns = now_ns > burst->last_ns ? now_ns :
	    burst->last_ns + 1;
}

/* Add a line, unless the event has it already or says "/". */
static void
add_line(struct changes *c, struct slice line)
{
	struct buf *text = &c->burst.text;

	if (memmem(text->p, text->n, line.p, line.n) != NULL ||
	    slice_equal(buf_slice(text), SLICE("data: /\n")))
		return;
	buf_put(text, line);
	c->burst.paths++;
	if (text->full)
		report_everything(c);
}

bool
changes_record(struct changes *c, const char *url, const char *name,
    int64_t now_ns)
{
	char line[CHANGES_URL];
	struct buf b = buf_over(line, sizeof(line));
	bool is_root = url[1] == '\0' && name == NULL;
	size_t start;

	buf_lit(&b, "data: ");
	if (!is_root)
		buf_url_segments(&b, slice_first(slice_of(c->opt->base),
		    strlen(c->opt->base) - 1));
	start = b.n;
	buf_text(&b, url);
	if (name != NULL)
		buf_url(&b, slice_of(name));
	else if (!is_root && b.p[b.n - 1] == '/')
		b.n--;
	if (name != NULL && !may_be_reported(c, buf_since(&b, start)))
		return false;
	buf_byte(&b, '\n');
	begin_change(c, now_ns);
	if (b.full)
		report_everything(c);
	else
		add_line(c, buf_slice(&b));
	return true;
}

/*
 * Editors save a file in place, or write a new file and rename it over the old
 * one.  So when a new file is closed, its rename may come next.
 */
void
changes_record_save(struct changes *c, uint32_t mask)
{
	struct burst *burst = &c->burst;

	burst->has_new_file |= (mask & IN_CREATE) != 0;
	burst->save_paths = 0;
	if (mask & IN_ISDIR)
		return;
	if (mask & IN_MOVED_TO)
		burst->save_paths = 2;
	else if (mask & IN_CLOSE_WRITE && !burst->has_new_file)
		burst->save_paths = 1;
}

/* ---- events ---- */

/* Make room for one more event, in the place of the oldest one. */
static struct change_event *
next_event(struct changes *c)
{
	struct change_event *event =
	    &c->event[c->event_count++ % CHANGES_EVENTS];

	if (event->n > 0)
		c->lost_ns = event->at_ns;
	free(event->text);
	*event = (struct change_event){ 0 };
	return event;
}

static void
publish(struct changes *c)
{
	struct change_event *event = next_event(c);
	struct burst *burst = &c->burst;

	event->text = malloc(burst->text.n);
	if (event->text != NULL) {
		memcpy(event->text, burst->text.p, burst->text.n);
		event->n = burst->text.n;
		event->at_ns = burst->last_ns;
	} else {
		c->lost_ns = burst->last_ns;
	}
	burst->text.n = 0;
	c->published_ns = burst->last_ns;
	eventfd_write(c->event_fd, 1);
}

/*
 * Has an editor saved a single file?  Then do not wait for the end of the
 * burst, unless an event has just been published: a build may be writing.
 */
static bool
is_single_save(const struct changes *c)
{
	const struct burst *burst = &c->burst;

	return burst->paths <= burst->save_paths &&
	    burst->last_ns - c->published_ns >= QUIET_MS * 1000000ll;
}

void
changes_settle(struct changes *c)
{
	const struct burst *burst = &c->burst;
	int64_t quiet = burst->last_ns + QUIET_MS * 1000000ll;
	int64_t most = burst->first_ns + BURST_MS * 1000000ll;
	int64_t at = quiet < most ? quiet : most;
	struct itimerspec when = { .it_value = {
		.tv_sec = (time_t)(at / 1000000000),
		.tv_nsec = (long)(at % 1000000000),
	} };

	if (burst->text.n == 0)
		return;
	if (is_single_save(c))
		publish(c);
	else
		timerfd_settime(c->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void
changes_end_burst(struct changes *c)
{
	uint64_t times;

	if (read(c->timer_fd, &times, sizeof(times)) == sizeof(times) &&
	    c->burst.text.n > 0)
		publish(c);
}

static void
put_event(struct buf *b, struct slice text, int64_t now_ns, int64_t at_ns)
{
	int64_t ms = (now_ns - at_ns) / 1000000;

	buf_lit(b, "id: ");
	buf_number(b, ms > 0 ? (uint64_t)ms : 0);
	buf_byte(b, ' ');
	buf_number(b, (uint64_t)(at_ns / 1000000));
	buf_byte(b, '\n');
	buf_put(b, text);
	buf_byte(b, '\n');
}

void
changes_write(struct changes *c, int64_t *since_ns, int64_t now_ns,
    struct buf *b)
{
	unsigned from;

	if (*since_ns < c->lost_ns)
		put_event(b, SLICE("data: /\n"), now_ns,
		    *since_ns = c->lost_ns);
	from = c->event_count > CHANGES_EVENTS ?
	    c->event_count - CHANGES_EVENTS : 0;
	for (unsigned i = from; i != c->event_count; i++) {
		const struct change_event *event =
		    &c->event[i % CHANGES_EVENTS];

		if (event->at_ns <= *since_ns)
			continue;
		if (b->cap - b->n < event->n + ID_BYTES)
			break;
		put_event(b, (struct slice){ event->text, event->n }, now_ns,
		    *since_ns = event->at_ns);
	}
}

/* ---- start and end ---- */

int
changes_init(struct changes *c, const struct options *opt, int64_t now_ns)
{
	c->opt = opt;
	c->lost_ns = now_ns;
	c->published_ns = now_ns;
	c->burst.text = buf_over(c->space, sizeof(c->space));
	c->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	c->timer_fd = timerfd_create(CLOCK_MONOTONIC,
	    TFD_CLOEXEC | TFD_NONBLOCK);
	return c->event_fd == -1 || c->timer_fd == -1 ? -1 : 0;
}

void
changes_free(struct changes *c)
{
	for (size_t i = 0; i < CHANGES_EVENTS; i++)
		free(c->event[i].text);
	if (c->event_fd != -1)
		close(c->event_fd);
	if (c->timer_fd != -1)
		close(c->timer_fd);
}
