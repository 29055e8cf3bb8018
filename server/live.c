#include "server/live.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "server/changes.h"
#include "server/container_of.h"
#include "server/poller.h"
#include "server/rules_file.h"
#include "server/watches.h"
#include "server/worker.h"

enum {
	READ_BYTES = 16 << 10,	/* of one read from inotify */

	NAMES = IN_ONLYDIR | IN_EXCL_UNLINK | IN_CREATE | IN_DELETE | IN_MOVE,
	FOLDER = NAMES | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB |
	    IN_DELETE_SELF | IN_MOVE_SELF,
	FOLDER_GONE = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT,
};

/* stdout or stderr, if it is a file. */
struct own_log {
	int dir_fd;		/* its folder; -1: it is not a file */
	int wd;			/* of that folder; -1: not watched */
	struct stat st;		/* which file it is */
};

struct live {
	const struct options *opt;
	const struct docroot *docroot;
	struct poller poller;
	int poll_fd;		/* timerfd of its rounds, one a second */
	struct source inotify_source, poll_source;
	struct source burst_source;	/* the timer of changes */
	atomic_int streams;
	char base[2][NAME_MAX + 1];	/* names of the root, in the two
					   folders of watches.parent_wd */

	pthread_mutex_t mutex;	/* for all the members below */
	struct watches watches;
	struct own_log logs[2];
	bool warned;		/* that a folder cannot be watched */
	struct changes changes;
};

static void
put_descriptor_path(char link[32], int fd)
{
	snprintf(link, 32, "/proc/self/fd/%d", fd);
}

/* ---- serve's own log ---- */

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static struct own_log
find_log(int fd)
{
	struct own_log log = { .dir_fd = -1, .wd = -1 };
	char link[32], path[PATH_MAX];
	ssize_t n;

	put_descriptor_path(link, fd);
	if (fstat(fd, &log.st) == -1 || !S_ISREG(log.st.st_mode) ||
	    (n = readlink(link, path, sizeof(path) - 1)) == -1)
		return log;
	path[n] = '\0';
	log.dir_fd = open(dirname(path), O_PATH | O_DIRECTORY | O_CLOEXEC);
	return log;
}

/* The folder at path is watched.  Is a log in it?  The kernel has one watch for
 * a folder, so adding it again returns the same descriptor. */
static void
find_log_folder(struct live *l, const char *path)
{
	struct stat folder, st;

	for (size_t i = 0; i < LENGTH_OF(l->logs); i++) {
		struct own_log *log = &l->logs[i];

		if (log->dir_fd != -1 && fstat(log->dir_fd, &folder) == 0 &&
		    stat(path, &st) == 0 && is_same_file(&folder, &st))
			log->wd = inotify_add_watch(l->watches.fd, path,
			    FOLDER | IN_MASK_ADD);
	}
}

/*
 * A line of the log changes the listing of its folder.  If that were reported,
 * the page would reload, the reload would be logged, and so on without end.
 */
static bool
is_log_line(const struct live *l, const struct inotify_event *e)
{
	struct stat st;

	for (size_t i = 0; i < LENGTH_OF(l->logs); i++) {
		const struct own_log *log = &l->logs[i];

		/* Its name may have changed since the start. */
		if (log->wd == e->wd && (e->mask & IN_MODIFY) && e->len > 0 &&
		    fstatat(log->dir_fd, e->name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && is_same_file(&st, &log->st))
			return true;
	}
	return false;
}

static bool
is_log(const struct live *l, const struct stat *st)
{
	return is_same_file(st, &l->logs[0].st) ||
	    is_same_file(st, &l->logs[1].st);
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
		changes_record(&l->changes, text, NULL, now_ns);
		changes_settle(&l->changes);
	}
	if (r == 0)
		find_log_folder(l, path);
	errno = error;
	return r;
}

/* False if only this folder was removed or is unreadable. */
static bool
concerns_all_folders(int error, const char *real)
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
	char url[CHANGES_URL];
	struct buf b = buf_over(url, sizeof(url) - 1);
	int error = 0;

	buf_url_segments(&b, path);
	if (b.full)
		return;
	url[b.n] = '\0';
	pthread_mutex_lock(&l->mutex);
	if (watch(l, real, url, name, now_ns) == -1 && !l->warned &&
	    concerns_all_folders(errno, real)) {
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
add_request(struct live *l, struct slice path)
{
	char url[CHANGES_URL];
	struct buf b = buf_over(url, sizeof(url));

	buf_url_segments(&b, path);
	if (b.full)
		return;
	pthread_mutex_lock(&l->mutex);
	changes_add_request(&l->changes, buf_slice(&b));
	pthread_mutex_unlock(&l->mutex);
}

void
live_watch(struct live *l, struct file_cache *cache, struct slice path,
    struct log *log, int64_t now_ns)
{
	struct slice request = path;
	int fd = resource_open_folder(cache, &path);
	char link[32];

	if (fd == -1 && errno != EINPROGRESS)
		return;
	if (l->opt->no_listing)
		add_request(l, request);
	if (fd == -1)		/* a slow disk: see live_poll() */
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
	 * live_poll() finds the changes. */
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

/* ---- polling ---- */

/* Start or stop the timer of the poller's rounds. */
static void
set_poll_timer(struct live *l, bool on)
{
	struct itimerspec when = {
		.it_value.tv_sec = on, .it_interval.tv_sec = on,
	};

	timerfd_settime(l->poll_fd, 0, &when, NULL);
}

static void
poll_timer_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct live *l = CONTAINER_OF(s, struct live, poll_source);
	uint64_t times;

	(void)events;
	if (read(l->poll_fd, &times, sizeof(times)) != sizeof(times))
		return;
	if (l->streams > 0 && w->disk != NULL) {
		poller_begin_round(&l->poller, resource_beneath(w->cache),
		    w->disk);
		return;
	}
	set_poll_timer(l, false);
	/* A stream of another loop may just have begun, and set the timer. */
	if (l->streams > 0 && w->disk != NULL)
		set_poll_timer(l, true);
}

/* The poller has found that path, decoded, has changed. */
static void
report_polled(void *arg, const char *path)
{
	struct live *l = arg;
	const char *name = strrchr(path, '/') + 1;
	char url[CHANGES_URL];
	struct buf b = buf_over(url, sizeof(url) - 1);

	buf_url_segments(&b, slice_between(path, name));
	if (b.full)
		return;
	url[b.n] = '\0';
	pthread_mutex_lock(&l->mutex);
	changes_record(&l->changes, url, *name != '\0' ? name : NULL,
	    clock_monotonic());
	changes_record_save(&l->changes, 0);
	changes_settle(&l->changes);
	pthread_mutex_unlock(&l->mutex);
}

void
live_poll(struct live *l, const struct resource *res, struct slice path,
    dev_t mount)
{
	char space[2 * PATH_MAX];
	struct buf b = buf_over(space, sizeof(space));
	const char *slash = memrchr(path.p, '/', path.n);
	bool first = poller_is_empty(&l->poller);

	if (res->kind == RESOURCE_REDIRECT || (res->kind == RESOURCE_NONE &&
	    (res->status != 404 || res->reason != RESOURCE_ABSENT)))
		return;
	if (res->kind == RESOURCE_FILE && is_log(l, &res->original->st))
		return;
	if (res->kind == RESOURCE_FILE) {
		buf_put(&b, slice_between(path.p, slash + 1));
		buf_put(&b, res->name);
	} else {
		buf_put(&b, path);
	}
	if (b.full)
		return;
	poller_add(&l->poller, mount, buf_slice(&b),
	    res->kind == RESOURCE_FILE ? &res->original->st :
	    res->kind == RESOURCE_FOLDER ? &res->file->st : NULL);
	if (first && l->streams > 0)
		set_poll_timer(l, true);
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

/* Returns whether a change was recorded. */
static bool
record_for_url(struct live *l, const struct watched_url *u,
    const struct inotify_event *e, int64_t now_ns)
{
	bool recorded = false;

	if (e->mask & FOLDER_GONE)
		recorded = changes_record(&l->changes, u->text, NULL, now_ns);
	else if (e->len > 0 && concerns(l, u, e->name))
		recorded = changes_record(&l->changes, u->text,
		    u->name != NULL ? NULL : e->name, now_ns);
	/* A changed rule file may affect any page. */
	if (e->len > 0 && u->text[1] == '\0' && !l->opt->no_rules &&
	    rules_file_is_name(slice_of(e->name)))
		recorded |= changes_record(&l->changes, "/", NULL, now_ns);
	return recorded;
}

/* Is this about the name of the root, which may have been made anew? */
static bool
is_root(const struct live *l, const struct inotify_event *e)
{
	for (size_t i = 0; i < LENGTH_OF(l->base); i++)
		if (e->wd == l->watches.parent_wd[i] && e->len > 0 &&
		    strcmp(e->name, l->base[i]) == 0)
			return true;
	return false;
}

static void
handle_event(struct live *l, const struct inotify_event *e, int64_t now_ns)
{
	const struct watched_folder *f = watches_find(&l->watches, e->wd);
	const struct watched_url *urls = f != NULL ? f->urls : NULL;
	bool recorded = false;

	if (e->mask & IN_Q_OVERFLOW || (f != NULL && f->overflow))
		recorded = changes_record(&l->changes, "/", NULL, now_ns);
	if (is_log_line(l, e))
		return;
	for (const struct watched_url *u = urls; u != NULL; u = u->sibling)
		recorded |= record_for_url(l, u, e, now_ns);
	if (recorded) {
		changes_record_save(&l->changes, e->mask);
		for (const struct watched_url *u = urls;
		    u != NULL && e->len > 0; u = u->sibling)
			poller_mark_reported(&l->poller, u->text, e->name);
	}
	if (e->mask & IN_IGNORED)
		watches_forget(&l->watches, e->wd);
	if (is_root(l, e)) {
		changes_record(&l->changes, "/", NULL, now_ns);
		watch(l, l->docroot->reopen_path, "/",
		    l->docroot->single_file, now_ns);
	}
}

/* Read only once for each wake-up, because other clients of the loop wait. */
static void
inotify_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct live *l = CONTAINER_OF(s, struct live, inotify_source);
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
	changes_settle(&l->changes);
	pthread_mutex_unlock(&l->mutex);
}

/* ---- events ---- */

static void
burst_timer_ready(struct source *s, struct worker *w, uint32_t events)
{
	struct live *l = CONTAINER_OF(s, struct live, burst_source);

	(void)w;
	(void)events;
	pthread_mutex_lock(&l->mutex);
	changes_end_burst(&l->changes);
	pthread_mutex_unlock(&l->mutex);
}

void
live_begin_stream(struct live *l)
{
	if (l->streams++ == 0 && !poller_is_empty(&l->poller))
		set_poll_timer(l, true);
}

void
live_end_stream(struct live *l)
{
	l->streams--;
}

int
live_event_fd(const struct live *l)
{
	return l->changes.event_fd;
}

void
live_write_events(struct live *l, int64_t *since_ns, int64_t now_ns,
    struct buf *b)
{
	pthread_mutex_lock(&l->mutex);
	changes_write(&l->changes, since_ns, now_ns, b);
	pthread_mutex_unlock(&l->mutex);
}

/* ---- start and end ---- */

/* Watch the folder of path, the root's name number i: the root may be removed
 * and made again. */
static void
watch_parent(struct live *l, const char *path, int i)
{
	char *copy = strdup(path);

	if (copy == NULL)
		return;
	snprintf(l->base[i], sizeof(l->base[i]), "%s", basename(copy));
	strcpy(copy, path);
	/* IN_MASK_ADD: the root may be its own parent ("."). */
	l->watches.parent_wd[i] = inotify_add_watch(l->watches.fd,
	    dirname(copy), NAMES | IN_MASK_ADD);
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
	pthread_mutex_init(&l->mutex, NULL);
	poller_init(&l->poller);
	l->poller.report = report_polled;
	l->poller.arg = l;
	l->logs[0] = find_log(STDOUT_FILENO);
	l->logs[1] = find_log(STDERR_FILENO);
	l->inotify_source.ready = inotify_ready;
	l->burst_source.ready = burst_timer_ready;
	l->poll_source.ready = poll_timer_ready;
	watches_init(&l->watches);
	l->poll_fd = timerfd_create(CLOCK_MONOTONIC,
	    TFD_CLOEXEC | TFD_NONBLOCK);
	if (changes_init(&l->changes, opt, now_ns) == -1 ||
	    l->watches.fd == -1 || l->poll_fd == -1) {
		error = errno;
		live_free(l);
		errno = error;
		return NULL;
	}
	watch_parent(l, docroot->reopen_path, 0);
	watch_parent(l, docroot->path, 1);
	return l;
}

int
live_add_sources(struct live *l, struct source_set *set)
{
	return source_add(set, l->watches.fd, EPOLLIN,
	    &l->inotify_source) == 0 &&
	    source_add(set, l->changes.timer_fd, EPOLLIN,
	    &l->burst_source) == 0 &&
	    source_add(set, l->poll_fd, EPOLLIN, &l->poll_source) == 0 ?
	    0 : -1;
}

void
live_free(struct live *l)
{
	for (size_t i = 0; i < LENGTH_OF(l->logs); i++)
		if (l->logs[i].dir_fd != -1)
			close(l->logs[i].dir_fd);
	watches_free(&l->watches);
	changes_free(&l->changes);
	if (l->poll_fd != -1)
		close(l->poll_fd);
	poller_free(&l->poller);
	pthread_mutex_destroy(&l->mutex);
	free(l);
}
