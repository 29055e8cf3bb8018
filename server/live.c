#include <errno.h>
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
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "server/live.h"
#include "server/rules_file.h"
#include "server/worker.h"

enum {
	QUIET_MS = 50,
	BURST_MS = 1000,
	WATCHES_MAX = 4096,
	CHANGES = 8 << 10,	/* bytes that tell of one burst, at most */
	NEWS = 32,		/* bursts kept for who was away */
	EVENTS = 16 << 10,	/* bytes read at once */
	ID_MAX = 64,		/* bytes of an event beside its text */
	URL_MAX = 3 * PATH_MAX,

	NAMES = IN_ONLYDIR | IN_EXCL_UNLINK | IN_CREATE | IN_DELETE | IN_MOVE,
	FOLDER = NAMES | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB |
	    IN_DELETE_SELF | IN_MOVE_SELF,
	FOLDER_GONE = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT,
};

/* What a URL stands for.  Several may be in the same folder, by links. */
struct watch {
	struct watch *next;
	int wd;
	char *name;	/* the one file that has the URL; NULL: it ends in '/',
			   and all in the folder is behind it */
	char url[];
};

struct news {
	int64_t at_ns;	/* of the last change in it */
	char *text;
	size_t n;
};

struct live {
	const struct options *opt;
	const struct docroot *docroot;
	int fd, news_fd, timer_fd;
	struct source reader, timer;	/* of fd and timer_fd */
	int parent_wd;		/* the folder in which the root has its name, */
	char base[NAME_MAX + 1];	/* which is this */

	pthread_mutex_t mutex;	/* of all that follows */
	struct watch *watches;
	int watch_count;
	bool full_told;
	int64_t first_ns, last_ns;	/* of the burst under way */
	struct buf changes;	/* what is in it; empty: there is none */
	char space[CHANGES];
	struct news news[NEWS];	/* number i is at i % NEWS */
	unsigned news_count;
	int64_t lost_ns;	/* when the last of those was that are lost */
};

/* ---- what has changed ---- */

/* A name in a folder; without one the URL itself, and all beneath it. */
static void
note(struct live *l, const char *url, const char *name, int64_t now_ns)
{
	char line[URL_MAX];
	struct buf b = buf_over(line, sizeof(line));

	buf_lit(&b, "data: ");
	if (l->opt->base != NULL && (url[1] != '\0' || name != NULL))
		buf_url_segments(&b, slice_first(slice_of(l->opt->base),
		    strlen(l->opt->base) - 1));
	buf_text(&b, url);
	if (name != NULL)
		buf_url(&b, (struct slice){ name, strlen(name) });
	else if (url[1] != '\0' && b.p[b.n - 1] == '/')
		b.n--;
	buf_byte(&b, '\n');
	if (l->changes.n == 0)
		l->first_ns = now_ns;
	/* Another loop may have begun before that: news stay in order. */
	l->last_ns = now_ns > l->last_ns ? now_ns : l->last_ns + 1;
	if (memmem(l->changes.p, l->changes.n, b.p, b.n) == NULL)
		buf_put(&l->changes, buf_slice(&b));
	if (b.full || l->changes.full) {
		l->changes = buf_over(l->space, sizeof(l->space));
		buf_lit(&l->changes, "data: /\n");
	}
}

/* Make room for one more; what is thrown out cannot be told any more. */
static struct news *
next_news(struct live *l)
{
	struct news *news = &l->news[l->news_count++ % NEWS];

	if (news->n > 0)
		l->lost_ns = news->at_ns;
	free(news->text);
	*news = (struct news){ 0 };
	return news;
}

static void
publish(struct live *l)
{
	struct news *news = next_news(l);

	news->text = malloc(l->changes.n);
	if (news->text != NULL) {
		memcpy(news->text, l->changes.p, l->changes.n);
		news->n = l->changes.n;
		news->at_ns = l->last_ns;
	} else {
		l->lost_ns = l->last_ns;
	}
	l->changes.n = 0;
	eventfd_write(l->news_fd, 1);
}

/* Publish the burst under way when it is over.  Any loop may do this. */
static void
arm_timer(struct live *l)
{
	int64_t quiet = l->last_ns + QUIET_MS * 1000000ll;
	int64_t most = l->first_ns + BURST_MS * 1000000ll;
	int64_t at = quiet < most ? quiet : most;
	struct itimerspec when = { .it_value = {
		.tv_sec = (time_t)(at / 1000000000),
		.tv_nsec = (long)(at % 1000000000),
	} };

	if (l->changes.n > 0)
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
	    l->changes.n > 0)
		publish(l);
	pthread_mutex_unlock(&l->mutex);
}

static void
tell(struct buf *b, struct slice text, int64_t now_ns, int64_t at_ns)
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
 * Append the events after *since_ns, which moves on: the paths that changed, as
 * in a URL, one a line; the id is how many milliseconds ago that was, and when,
 * by the monotonic clock.  "/" means that anything may have changed: events
 * were dropped.  What does not fit comes next time.
 */
static void
write_events(struct live *l, int64_t *since_ns, int64_t now_ns, struct buf *b)
{
	unsigned from;

	pthread_mutex_lock(&l->mutex);
	if (*since_ns < l->lost_ns)
		tell(b, SLICE("data: /\n"), now_ns, *since_ns = l->lost_ns);
	from = l->news_count > NEWS ? l->news_count - NEWS : 0;
	for (unsigned i = from; i != l->news_count; i++) {
		const struct news *news = &l->news[i % NEWS];

		if (news->at_ns <= *since_ns)
			continue;
		if (b->cap - b->n < news->n + ID_MAX)
			break;
		tell(b, (struct slice){ news->text, news->n }, now_ns,
		    *since_ns = news->at_ns);
	}
	pthread_mutex_unlock(&l->mutex);
}

/* ---- what is watched ---- */

static bool
is_watched(const struct live *l, int wd)
{
	const struct watch *w = l->watches;

	while (w != NULL && w->wd != wd)
		w = w->next;
	return w != NULL || wd == l->parent_wd;
}

static bool
is_name(const struct watch *w, const char *name)
{
	return name == NULL || w->name == NULL ? name == w->name :
	    strcmp(name, w->name) == 0;
}

/* NULL with ENOMEM, or ENOSPC where there are too many. */
static struct watch *
new_watch(struct live *l, const char *url, const char *name)
{
	size_t url_n = strlen(url) + 1;
	size_t name_n = name != NULL ? strlen(name) + 1 : 0;
	struct watch *w;

	errno = ENOSPC;
	if (l->watch_count == WATCHES_MAX ||
	    (w = malloc(sizeof(*w) + url_n + name_n)) == NULL)
		return NULL;
	memcpy(w->url, url, url_n);
	w->name = name != NULL ? w->url + url_n : NULL;
	if (name != NULL)
		memcpy(w->name, name, name_n);
	w->next = l->watches;
	l->watches = w;
	l->watch_count++;
	return w;
}

/* Watch what path leads to, under this URL.  -1 with errno. */
static int
watch(struct live *l, const char *path, const char *url, const char *name,
    int64_t now_ns)
{
	int wd = inotify_add_watch(l->fd, path, FOLDER), old;
	struct watch *w = l->watches;

	if (wd == -1)
		return -1;
	while (w != NULL && (strcmp(w->url, url) != 0 || !is_name(w, name)))
		w = w->next;
	if (w != NULL && w->wd != wd) {
		/* Another folder has taken its place, and what happened
		 * meanwhile is not known. */
		old = w->wd;
		w->wd = wd;
		if (!is_watched(l, old))
			inotify_rm_watch(l->fd, old);
		note(l, url, NULL, now_ns);
		arm_timer(l);
	}
	if (w == NULL && (w = new_watch(l, url, name)) != NULL)
		w->wd = wd;
	if (w == NULL && !is_watched(l, wd))
		inotify_rm_watch(l->fd, wd);
	return w != NULL ? 0 : -1;
}

/* The same for what is served, its path not yet as in a URL. */
static void
watch_served(struct live *l, const char *at, struct slice path,
    const char *name, struct log *log, int64_t now_ns)
{
	char url[URL_MAX];
	struct buf b = buf_over(url, sizeof(url) - 1);
	bool full = false;

	buf_url_segments(&b, path);
	if (b.full)
		return;
	url[b.n] = '\0';
	pthread_mutex_lock(&l->mutex);
	if (watch(l, at, url, name, now_ns) == -1 && errno == ENOSPC) {
		full = !l->full_told;
		l->full_told = true;
	}
	pthread_mutex_unlock(&l->mutex);
	if (full)
		log_error(log, LOG_TOO_MANY_WATCHES,
		    "too many folders to watch, some changes go "
		    "unseen (see 'sysctl fs.inotify.max_user_watches')");
}

static void
name_descriptor(char link[32], int fd)
{
	snprintf(link, 32, "/proc/self/fd/%d", fd);
}

void
live_watch(struct live *l, struct file_cache *root, struct slice path,
    struct log *log, int64_t now_ns)
{
	int fd = resource_open_folder(root, &path);
	char link[32];

	if (fd == -1)
		return;
	name_descriptor(link, fd);
	watch_served(l, link, path, l->docroot->single_file, log, now_ns);
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

	name_descriptor(link, res->original->fd);
	n = readlink(link, real, sizeof(real) - 2);
	slash = memrchr(path.p, '/', path.n);
	buf_add(&b, root, root_n);
	buf_add(&b, path.p, (size_t)(slash + 1 - path.p));
	buf_put(&b, res->name);
	if (n < 1 || real[0] != '/' || b.full ||
	    slice_equal(buf_slice(&b), (struct slice){ real, (size_t)n }))
		return;
	/* Cut behind the slash, which may be all there is of its folder. */
	real[n] = '\0';
	name = strrchr(real, '/') + 1;
	memmove(name + 1, name, strlen(name) + 1);
	*name++ = '\0';
	watch_served(l, real, (struct slice){ b.p + root_n, b.n - root_n },
	    name, log, now_ns);
}

/* ---- what the kernel reports ---- */

static void
forget(struct live *l, int wd)
{
	for (struct watch **link = &l->watches, *w; (w = *link) != NULL;) {
		if (w->wd == wd) {
			*link = w->next;
			free(w);
			l->watch_count--;
		} else {
			link = &w->next;
		}
	}
}

static bool
concerns(const struct live *l, const struct watch *w, const char *name)
{
	if (w->name != NULL)
		return strcmp(w->name, name) == 0;
	return !resource_is_hidden(l->opt, (struct slice){ name, strlen(name) },
	    w->url[1] == '\0');
}

static void
take_event(struct live *l, const struct inotify_event *e, int64_t now_ns)
{
	if (e->mask & IN_Q_OVERFLOW)
		note(l, "/", NULL, now_ns);
	for (const struct watch *w = l->watches; w != NULL; w = w->next) {
		if (w->wd != e->wd)
			continue;
		if (e->mask & FOLDER_GONE)
			note(l, w->url, NULL, now_ns);
		else if (e->len > 0 && concerns(l, w, e->name))
			note(l, w->url, w->name != NULL ? NULL : e->name,
			    now_ns);
		/* Rules may change any page. */
		if (e->len > 0 && w->url[1] == '\0' && !l->opt->no_rules &&
		    rules_file_is_name(slice_of(e->name)))
			note(l, "/", NULL, now_ns);
	}
	if (e->mask & IN_IGNORED)
		forget(l, e->wd);
	if (e->wd == l->parent_wd && e->len > 0 &&
	    strcmp(e->name, l->base) == 0) {
		note(l, "/", NULL, now_ns);
		watch(l, l->docroot->reopen_path, "/", l->docroot->single_file, now_ns);
	}
}

/* Once for each time that it is readable: the loop has others to see to. */
static void
reader_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct live *l = SOURCE_OWNER(s, struct live, reader);
	alignas(struct inotify_event) char p[EVENTS];
	int64_t now_ns = worker_clock();
	ssize_t n;

	(void)w;
	(void)events;
	pthread_mutex_lock(&l->mutex);
	n = read(l->fd, p, sizeof(p));
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *e = (const void *)(p + at);

		take_event(l, e, now_ns);
		at += (ssize_t)(sizeof(*e) + e->len);
	}
	arm_timer(l);
	pthread_mutex_unlock(&l->mutex);
}

/* ---- the streams of one loop ---- */

struct stream {
	struct producer producer;
	struct live_feed *feed;
	struct stream *next, **link;	/* of feed->waiting; link is NULL: no */
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

	write_events(feed->live, &st->since_ns, worker_clock(), &b);
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
	stop_waiting((struct stream *)self);
	free(self);
}

struct producer *
live_stream_new(struct live_feed *feed, int64_t since_ns)
{
	struct stream *st = calloc(1, sizeof(*st));

	if (st == NULL)
		return NULL;
	st->producer = (struct producer){
		.more = stream_more, .free = stream_free,
		.heartbeat = SLICE(":\n\n"),
	};
	st->feed = feed;
	st->since_ns = since_ns;
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

/* ---- its life ---- */

/* In the folder around it, the root may be built anew under its name. */
static void
watch_parent(struct live *l)
{
	char *copy = strdup(l->docroot->reopen_path);

	if (copy == NULL)
		return;
	snprintf(l->base, sizeof(l->base), "%s", basename(copy));
	strcpy(copy, l->docroot->reopen_path);
	/* It may be the same folder: "." */
	l->parent_wd = inotify_add_watch(l->fd, dirname(copy),
	    NAMES | IN_MASK_ADD);
	free(copy);
}

struct live *
live_new(const struct options *opt, const struct docroot *docroot, int64_t now_ns)
{
	struct live *l = calloc(1, sizeof(*l));
	int error;

	if (l == NULL)
		return NULL;
	l->opt = opt;
	l->docroot = docroot;
	l->parent_wd = -1;
	l->lost_ns = now_ns;
	l->changes = buf_over(l->space, sizeof(l->space));
	pthread_mutex_init(&l->mutex, NULL);
	l->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	l->timer_fd = timerfd_create(CLOCK_MONOTONIC,
	    TFD_CLOEXEC | TFD_NONBLOCK);
	l->reader.ready = reader_ready;
	l->timer.ready = timer_ready;
	if (l->news_fd == -1 || l->fd == -1 || l->timer_fd == -1) {
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
	while (l->watches != NULL)
		forget(l, l->watches->wd);
	for (size_t i = 0; i < NEWS; i++)
		free(l->news[i].text);
	if (l->fd != -1)
		close(l->fd);
	if (l->news_fd != -1)
		close(l->news_fd);
	if (l->timer_fd != -1)
		close(l->timer_fd);
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
	/* By edges: all loops share the descriptor, and none of them reads. */
	if (source_add(set, l->news_fd, EPOLLIN | EPOLLET,
	    &feed->source) == 0 && (!reads ||
	    (source_add(set, l->fd, EPOLLIN, &l->reader) == 0 &&
	    source_add(set, l->timer_fd, EPOLLIN, &l->timer) == 0)))
		return feed;
	free(feed);
	return NULL;
}

void
live_leave(struct live_feed *feed)
{
	free(feed);
}
