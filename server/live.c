#include "server/live.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "server/looks.h"
#include "server/requested.h"
#include "server/rules_file.h"
#include "server/watches.h"
#include "server/worker.h"

enum {
	QUIET_MS = 50,		/* without a change, which end a burst */
	BURST_MS = 1000,	/* a burst is not longer than this */
	BURST_BYTES = 8 << 10,	/* of the text of one event */
	EVENTS = 32,		/* kept for clients that reconnect */
	READ_BYTES = 16 << 10,	/* of one read from inotify */
	ID_BYTES = 64,		/* of an event without its text */
	URL_BYTES = 3 * PATH_MAX,

	NAMES = IN_ONLYDIR | IN_EXCL_UNLINK | IN_CREATE | IN_DELETE | IN_MOVE,
	FOLDER = NAMES | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB |
	    IN_DELETE_SELF | IN_MOVE_SELF,
	FOLDER_GONE = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT,
};

struct event {
	int64_t at_ns;		/* time of its last change */
	char *text;
	size_t n;
};

/* Changes in quick succession, which become one event. */
struct burst {
	int64_t first_ns, last_ns;
	struct buf text;	/* of the event; empty: no burst is under way */
	int paths;		/* number of paths in text */
	bool has_new_file;	/* a file was created in this burst */
	int save_paths;		/* if the last change completed the save of one
				   file: the most paths from a save; else 0 */
};

struct live {
	const struct options *opt;
	const struct docroot *docroot;
	int event_fd, timer_fd, looks_fd;
	struct source reader, timer, looker;	/* of inotify, timer_fd and
						   looks_fd */
	struct looks looks;
	atomic_int streams;
	char base[NAME_MAX + 1];	/* name of the root in its parent */

	pthread_mutex_t mutex;	/* for all the members below */
	struct watches watches;
	bool warned;		/* that a folder cannot be watched */
	struct requested requested;	/* with --no-listing */

	struct burst burst;
	char space[BURST_BYTES];
	int64_t published_ns;
	struct event events[EVENTS];	/* event i is at index i % EVENTS */
	unsigned event_count;
	int64_t lost_ns;	/* time of the newest discarded event */
};

/* ---- which paths may be reported ---- */

static bool
drop_ending(struct slice *path, struct slice ending)
{
	if (path->n < ending.n ||
	    !slice_equal(slice_skip(*path, path->n - ending.n), ending))
		return false;
	path->n -= ending.n;
	return true;
}

/*
 * With --no-listing, do not reveal names to visitors: report a path only if it
 * was requested, or if it is the file of a page that was requested.
 */
static bool
may_be_told(const struct live *l, struct slice path)
{
	if (!l->opt->no_listing || requested_has(&l->requested, path))
		return true;
	return (drop_ending(&path, SLICE("/index.html")) ||
	    drop_ending(&path, SLICE("/index.htm")) ||
	    drop_ending(&path, SLICE(".html"))) &&
	    requested_has(&l->requested, path);
}

/* ---- changes ---- */

/* There are too many changes for one event: let "/" stand for all paths. */
static void
tell_everything(struct live *l)
{
	l->burst.text.n = 0;
	l->burst.text.full = false;
	buf_lit(&l->burst.text, "data: /\n");
	l->burst.paths = INT_MAX;
}

static void
begin_change(struct live *l, int64_t now_ns)
{
	struct burst *burst = &l->burst;

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
add_line(struct live *l, struct slice line)
{
	struct buf *text = &l->burst.text;

	if (memmem(text->p, text->n, line.p, line.n) != NULL ||
	    slice_equal(buf_slice(text), SLICE("data: /\n")))
		return;
	buf_put(text, line);
	l->burst.paths++;
	if (text->full)
		tell_everything(l);
}

/* Record a change of url, or of name in this folder, and everything in it. */
static void
record_change(struct live *l, const char *url, const char *name, int64_t now_ns)
{
	char line[URL_BYTES];
	struct buf b = buf_over(line, sizeof(line));
	bool is_root = url[1] == '\0' && name == NULL;
	size_t start;

	buf_lit(&b, "data: ");
	if (l->opt->base != NULL && !is_root)
		buf_url_segments(&b, slice_first(slice_of(l->opt->base),
		    strlen(l->opt->base) - 1));
	start = b.n;
	buf_text(&b, url);
	if (name != NULL)
		buf_url(&b, slice_of(name));
	else if (!is_root && b.p[b.n - 1] == '/')
		b.n--;
	if (name != NULL && !may_be_told(l, buf_since(&b, start)))
		return;
	buf_byte(&b, '\n');
	begin_change(l, now_ns);
	if (b.full)
		tell_everything(l);
	else
		add_line(l, buf_slice(&b));
}

/* Make room for one more event, in the place of the oldest one. */
static struct event *
next_event(struct live *l)
{
	struct event *event = &l->events[l->event_count++ % EVENTS];

	if (event->n > 0)
		l->lost_ns = event->at_ns;
	free(event->text);
	*event = (struct event){ 0 };
	return event;
}

static void
publish(struct live *l)
{
	struct event *event = next_event(l);
	struct burst *burst = &l->burst;

	event->text = malloc(burst->text.n);
	if (event->text != NULL) {
		memcpy(event->text, burst->text.p, burst->text.n);
		event->n = burst->text.n;
		event->at_ns = burst->last_ns;
	} else {
		l->lost_ns = burst->last_ns;
	}
	burst->text.n = 0;
	l->published_ns = burst->last_ns;
	eventfd_write(l->event_fd, 1);
}

/*
 * Has an editor saved a single file?  Then do not wait for the end
 * of the burst, unless an event has just been published: a build may be
 * writing.
 */
static bool
is_single_save(const struct live *l)
{
	const struct burst *burst = &l->burst;

	return burst->paths <= burst->save_paths &&
	    burst->last_ns - l->published_ns >= QUIET_MS * 1000000ll;
}

/* Publish the burst now, or set the timer for its end.  From any loop. */
static void
settle_burst(struct live *l)
{
	const struct burst *burst = &l->burst;
	int64_t quiet = burst->last_ns + QUIET_MS * 1000000ll;
	int64_t most = burst->first_ns + BURST_MS * 1000000ll;
	int64_t at = quiet < most ? quiet : most;
	struct itimerspec when = { .it_value = {
		.tv_sec = (time_t)(at / 1000000000),
		.tv_nsec = (long)(at % 1000000000),
	} };

	if (burst->text.n == 0)
		return;
	if (is_single_save(l))
		publish(l);
	else
		timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void
timer_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct live *l = SOURCE_OWNER(s, struct live, timer);
	uint64_t times;

	(void)w;
	(void)events;
	pthread_mutex_lock(&l->mutex);
	if (read(l->timer_fd, &times, sizeof(times)) == sizeof(times) &&
	    l->burst.text.n > 0)
		publish(l);
	pthread_mutex_unlock(&l->mutex);
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

/*
 * Append the events after *since_ns, and advance it.  The data of an event are
 * the paths that changed, as in a URL, one on a line; "/" means that anything
 * may have changed: events were dropped.  Its id is its age in milliseconds and
 * its time by the monotonic clock.  An event that does not fit is left for the
 * next call.
 */
static void
write_events(struct live *l, int64_t *since_ns, int64_t now_ns, struct buf *b)
{
	unsigned from;

	pthread_mutex_lock(&l->mutex);
	if (*since_ns < l->lost_ns)
		put_event(b, SLICE("data: /\n"), now_ns,
		    *since_ns = l->lost_ns);
	from = l->event_count > EVENTS ? l->event_count - EVENTS : 0;
	for (unsigned i = from; i != l->event_count; i++) {
		const struct event *event = &l->events[i % EVENTS];

		if (event->at_ns <= *since_ns)
			continue;
		if (b->cap - b->n < event->n + ID_BYTES)
			break;
		put_event(b, (struct slice){ event->text, event->n }, now_ns,
		    *since_ns = event->at_ns);
	}
	pthread_mutex_unlock(&l->mutex);
}

/* ---- watches ---- */

/*
 * Watch the folder at path, which has this URL.  If the URL had another folder
 * before, changes may have been missed, so report one.  -1 with errno.
 */
static int
watch(struct live *l, const char *path, const char *text, const char *name,
    int64_t now_ns)
{
	bool moved;
	int r = watches_add(&l->watches, path, FOLDER, text, name, &moved);
	int error = errno;

	if (moved) {
		record_change(l, text, NULL, now_ns);
		settle_burst(l);
	}
	errno = error;
	return r;
}

/* Does the error concern all folders, not only a removed or unreadable one? */
static bool
is_lasting(int error, const char *real)
{
	struct stat st;
	int fd;

	if (error == ENOENT)
		return stat("/proc/self/fd", &st) == -1;
	if (error == EACCES) {
		fd = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd == -1)
			return false;
		close(fd);
		return true;
	}
	return error == ENOSPC || error == EPERM || error == ENOSYS;
}

/* Watch the folder at real for the URL with this decoded path. */
static void
watch_path(struct live *l, const char *real, struct slice path,
    const char *name, struct log *log, int64_t now_ns)
{
	char url[URL_BYTES];
	struct buf b = buf_over(url, sizeof(url) - 1);
	int error = 0;

	buf_url_segments(&b, path);
	if (b.full)
		return;
	url[b.n] = '\0';
	pthread_mutex_lock(&l->mutex);
	if (watch(l, real, url, name, now_ns) == -1 && !l->warned &&
	    is_lasting(errno, real)) {
		error = errno;
		l->warned = true;
	}
	pthread_mutex_unlock(&l->mutex);
	if (error == ENOSPC)
		log_error(log, LOG_TOO_MANY_WATCHES,
		    "too many folders to watch, some changes go "
		    "unseen (see 'sysctl fs.inotify.max_user_watches')");
	else if (error != 0)
		log_error(log, LOG_TOO_MANY_WATCHES, "cannot watch folders, "
		    "--live sees no changes: %s", error == ENOENT ?
		    "no /proc" : strerror(error));
}

static void
put_descriptor_path(char link[32], int fd)
{
	snprintf(link, 32, "/proc/self/fd/%d", fd);
}

static void
add_request(struct live *l, struct slice path)
{
	char url[URL_BYTES];
	struct buf b = buf_over(url, sizeof(url));

	buf_url_segments(&b, path);
	if (b.full)
		return;
	pthread_mutex_lock(&l->mutex);
	requested_add(&l->requested, buf_slice(&b));
	pthread_mutex_unlock(&l->mutex);
}

void
live_watch(struct live *l, struct file_cache *root, struct slice path,
    struct log *log, int64_t now_ns)
{
	struct slice request = path;
	int fd = resource_open_folder(root, &path);
	char link[32];

	if (fd == -1 && errno != EINPROGRESS)
		return;
	if (l->opt->no_listing)
		add_request(l, request);
	if (fd == -1)		/* a slow disk: see live_look() */
		return;
	put_descriptor_path(link, fd);
	watch_path(l, link, path, l->docroot->single_file, log, now_ns);
	close(fd);
}

void
live_watch_link(struct live *l, const struct resource *res, struct slice path,
    struct log *log, int64_t now_ns)
{
	const char *root = l->docroot->path, *slash;
	char link[32], real[PATH_MAX], served[2 * PATH_MAX];
	struct buf b = buf_over(served, sizeof(served));
	size_t root_n = root[1] != '\0' ? strlen(root) : 0;
	ssize_t n;
	char *name;

	/* Adding a watch could wait for a file server.  On such a disk
	 * live_look() finds the changes. */
	if (res->original->mount != 0)
		return;
	put_descriptor_path(link, res->original->fd);
	n = readlink(link, real, sizeof(real) - 2);
	slash = memrchr(path.p, '/', path.n);
	buf_add(&b, root, root_n);
	buf_add(&b, path.p, (size_t)(slash + 1 - path.p));
	buf_put(&b, res->name);
	if (n < 1 || real[0] != '/' || b.full ||
	    slice_equal(buf_slice(&b), (struct slice){ real, (size_t)n }))
		return;
	/* Cut the path after the slash of the folder, which may be "/". */
	real[n] = '\0';
	name = strrchr(real, '/') + 1;
	memmove(name + 1, name, strlen(name) + 1);
	*name++ = '\0';
	watch_path(l, real, (struct slice){ b.p + root_n, b.n - root_n },
	    name, log, now_ns);
}

/* ---- looks ---- */

/* Start or stop the timer of the looks, one a second. */
static void
set_looker(struct live *l, bool looks)
{
	struct itimerspec when = {
		.it_value.tv_sec = looks, .it_interval.tv_sec = looks,
	};

	timerfd_settime(l->looks_fd, 0, &when, NULL);
}

static void
looker_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct live *l = SOURCE_OWNER(s, struct live, looker);
	uint64_t times;

	(void)events;
	if (read(l->looks_fd, &times, sizeof(times)) != sizeof(times))
		return;
	if (l->streams > 0 && w->disk != NULL) {
		looks_begin(&l->looks, resource_beneath(w->root), w->disk);
		return;
	}
	set_looker(l, false);
	/* A stream of another loop may have begun, and set it, just before. */
	if (l->streams > 0 && w->disk != NULL)
		set_looker(l, true);
}

/* A look has found that path, decoded, has changed. */
static void
tell_look(void *arg, const char *path)
{
	struct live *l = arg;
	const char *name = strrchr(path, '/') + 1;
	char url[URL_BYTES];
	struct buf b = buf_over(url, sizeof(url) - 1);

	buf_url_segments(&b, slice_between(path, name));
	if (b.full)
		return;
	url[b.n] = '\0';
	pthread_mutex_lock(&l->mutex);
	record_change(l, url, *name != '\0' ? name : NULL, clock_monotonic());
	l->burst.save_paths = 0;
	settle_burst(l);
	pthread_mutex_unlock(&l->mutex);
}

void
live_look(struct live *l, const struct resource *res, struct slice path,
    dev_t mount)
{
	char space[2 * PATH_MAX];
	struct buf b = buf_over(space, sizeof(space));
	const char *slash = memrchr(path.p, '/', path.n);
	bool first = looks_are_empty(&l->looks);

	if (res->kind == RESOURCE_REDIRECT || (res->kind == RESOURCE_NONE &&
	    (res->status != 404 || res->reason != RESOURCE_ABSENT)))
		return;
	if (res->kind == RESOURCE_FILE) {
		buf_put(&b, slice_between(path.p, slash + 1));
		buf_put(&b, res->name);
	} else {
		buf_put(&b, path);
	}
	if (b.full)
		return;
	looks_add(&l->looks, mount, buf_slice(&b),
	    res->kind == RESOURCE_FILE ? &res->original->st :
	    res->kind == RESOURCE_FOLDER ? &res->file->st : NULL);
	if (first && l->streams > 0)
		set_looker(l, true);
}

/* ---- inotify events ---- */

static bool
concerns(const struct live *l, const struct watched_url *u, const char *name)
{
	if (u->name != NULL)
		return strcmp(u->name, name) == 0;
	return !resource_is_hidden(l->opt, slice_of(name),
	    u->text[1] == '\0');
}

static void
record_for_url(struct live *l, const struct watched_url *u,
    const struct inotify_event *e, int64_t now_ns)
{
	if (e->mask & FOLDER_GONE)
		record_change(l, u->text, NULL, now_ns);
	else if (e->len > 0 && concerns(l, u, e->name))
		record_change(l, u->text, u->name != NULL ? NULL : e->name,
		    now_ns);
	/* A changed rule file may affect any page. */
	if (e->len > 0 && u->text[1] == '\0' && !l->opt->no_rules &&
	    rules_file_is_name(slice_of(e->name)))
		record_change(l, "/", NULL, now_ns);
}

/*
 * Editors save a file in place, or write a new file and rename it over the old
 * one.  So when a new file is closed, its rename may come next.
 */
static void
note_save(struct burst *burst, uint32_t mask)
{
	burst->has_new_file |= (mask & IN_CREATE) != 0;
	burst->save_paths = 0;
	if (mask & IN_ISDIR)
		return;
	if (mask & IN_MOVED_TO)
		burst->save_paths = 2;
	else if (mask & IN_CLOSE_WRITE && !burst->has_new_file)
		burst->save_paths = 1;
}

static void
handle_event(struct live *l, const struct inotify_event *e, int64_t now_ns)
{
	const struct watched_folder *f = watches_find(&l->watches, e->wd);
	int64_t before_ns = l->burst.last_ns;

	if (e->mask & IN_Q_OVERFLOW || (f != NULL && f->overflow))
		record_change(l, "/", NULL, now_ns);
	for (const struct watched_url *u = f != NULL ? f->urls : NULL;
	    u != NULL; u = u->sibling)
		record_for_url(l, u, e, now_ns);
	if (l->burst.last_ns != before_ns) {
		note_save(&l->burst, e->mask);
		for (const struct watched_url *u = f != NULL ? f->urls : NULL;
		    u != NULL && e->len > 0; u = u->sibling)
			looks_skip(&l->looks, u->text, e->name);
	}
	if (e->mask & IN_IGNORED)
		watches_forget(&l->watches, e->wd);
	if (e->wd == l->watches.parent_wd && e->len > 0 &&
	    strcmp(e->name, l->base) == 0) {
		record_change(l, "/", NULL, now_ns);
		watch(l, l->docroot->reopen_path, "/",
		    l->docroot->single_file, now_ns);
	}
}

/* Read only once for each wake-up: other clients of the loop wait. */
static void
reader_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct live *l = SOURCE_OWNER(s, struct live, reader);
	alignas(struct inotify_event) char p[READ_BYTES];
	int64_t now_ns = clock_monotonic();
	ssize_t n;

	(void)w;
	(void)events;
	pthread_mutex_lock(&l->mutex);
	n = read(l->watches.fd, p, sizeof(p));
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *e = (const void *)(p + at);

		handle_event(l, e, now_ns);
		at += (ssize_t)(sizeof(*e) + e->len);
	}
	settle_burst(l);
	pthread_mutex_unlock(&l->mutex);
}

/* ---- the streams of one loop ---- */

struct stream {
	struct producer producer;
	struct live_feed *feed;
	struct stream *next, **link;	/* in feed->waiting, or NULL */
	int64_t since_ns;
};

struct live_feed {
	struct source source;
	struct live *live;
	struct stream *waiting;
};

static void
stop_waiting(struct stream *st)
{
	if (st->link == NULL)
		return;
	*st->link = st->next;
	if (st->next != NULL)
		st->next->link = st->link;
	st->link = NULL;
}

static ssize_t
stream_more(struct producer *self, char *p, size_t n)
{
	struct stream *st = (struct stream *)self;
	struct live_feed *feed = st->feed;
	struct buf b = buf_over(p, n);

	write_events(feed->live, &st->since_ns, clock_monotonic(), &b);
	if (b.n > 0)
		return (ssize_t)b.n;
	if (st->link == NULL) {
		st->next = feed->waiting;
		st->link = &feed->waiting;
		if (st->next != NULL)
			st->next->link = &st->next;
		feed->waiting = st;
	}
	errno = EINPROGRESS;
	return -1;
}

static void
stream_free(struct producer *self)
{
	struct stream *st = (struct stream *)self;

	stop_waiting(st);
	st->feed->live->streams--;
	free(st);
}

struct producer *
live_stream_new(struct live_feed *feed, int64_t since_ns)
{
	struct stream *st = calloc(1, sizeof(*st));

	if (st == NULL)
		return NULL;
	st->producer.more = stream_more;
	st->producer.free = stream_free;
	st->producer.heartbeat = SLICE(":\n\n");
	st->feed = feed;
	st->since_ns = since_ns;
	if (feed->live->streams++ == 0 && !looks_are_empty(&feed->live->looks))
		set_looker(feed->live, true);
	return &st->producer;
}

static void
feed_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct live_feed *feed = (struct live_feed *)s;
	struct stream *st;

	(void)events;
	while ((st = feed->waiting) != NULL) {
		stop_waiting(st);
		source_wake(st->producer.client, w);
	}
}

/* ---- start and end ---- */

/* Watch the parent of the root: the root may be removed and made again. */
static void
watch_parent(struct live *l)
{
	char *copy = strdup(l->docroot->reopen_path);

	if (copy == NULL)
		return;
	snprintf(l->base, sizeof(l->base), "%s", basename(copy));
	strcpy(copy, l->docroot->reopen_path);
	/* IN_MASK_ADD: the root may be its own parent ("."). */
	l->watches.parent_wd = inotify_add_watch(l->watches.fd, dirname(copy),
	    NAMES | IN_MASK_ADD);
	free(copy);
}

struct live *
live_new(const struct options *opt, const struct docroot *docroot,
    int64_t now_ns)
{
	struct live *l = calloc(1, sizeof(*l));
	int error;

	if (l == NULL)
		return NULL;
	l->opt = opt;
	l->docroot = docroot;
	l->lost_ns = now_ns;
	l->published_ns = now_ns;
	l->burst.text = buf_over(l->space, sizeof(l->space));
	pthread_mutex_init(&l->mutex, NULL);
	watches_init(&l->watches);
	l->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->timer_fd = timerfd_create(CLOCK_MONOTONIC,
	    TFD_CLOEXEC | TFD_NONBLOCK);
	l->looks_fd = timerfd_create(CLOCK_MONOTONIC,
	    TFD_CLOEXEC | TFD_NONBLOCK);
	looks_init(&l->looks);
	l->looks.tell = tell_look;
	l->looks.arg = l;
	l->reader.ready = reader_ready;
	l->timer.ready = timer_ready;
	l->looker.ready = looker_ready;
	if (l->event_fd == -1 || l->watches.fd == -1 || l->timer_fd == -1 ||
	    l->looks_fd == -1) {
		error = errno;
		live_free(l);
		errno = error;
		return NULL;
	}
	watch_parent(l);
	return l;
}

void
live_free(struct live *l)
{
	watches_free(&l->watches);
	for (size_t i = 0; i < EVENTS; i++)
		free(l->events[i].text);
	if (l->event_fd != -1)
		close(l->event_fd);
	if (l->timer_fd != -1)
		close(l->timer_fd);
	if (l->looks_fd != -1)
		close(l->looks_fd);
	looks_free(&l->looks);
	pthread_mutex_destroy(&l->mutex);
	free(l);
}

struct live_feed *
live_join(struct live *l, struct source_set *set, bool reads)
{
	struct live_feed *feed = calloc(1, sizeof(*feed));

	if (feed == NULL)
		return NULL;
	feed->live = l;
	feed->source.ready = feed_ready;
	/* Edge-triggered: all loops share the eventfd, and none reads it. */
	if (source_add(set, l->event_fd, EPOLLIN | EPOLLET,
	    &feed->source) == 0 && (!reads ||
	    (source_add(set, l->watches.fd, EPOLLIN, &l->reader) == 0 &&
	    source_add(set, l->timer_fd, EPOLLIN, &l->timer) == 0 &&
	    source_add(set, l->looks_fd, EPOLLIN, &l->looker) == 0)))
		return feed;
	free(feed);
	return NULL;
}

void
live_leave(struct live_feed *feed)
{
	free(feed);
}
