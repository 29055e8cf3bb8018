#include "server/poller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/clock.h"
#include "server/container_of.h"

/* The round under way may have checked a file before the change that inotify
 * has reported. */
enum { ROUNDS = 2 };

struct item {
	char *path;
	struct stat st;
	bool skipped, changed;
};

/* The files of one mount. */
struct poll_job {
	struct disk_job job;
	struct poller *poller;
	dev_t mount;
	struct beneath root;
	unsigned n;
	struct item item[];
};

void
poller_init(struct poller *p)
{
	pthread_mutex_init(&p->mutex, NULL);
}

void
poller_free(struct poller *p)
{
	for (unsigned i = 0; i < POLLER_FILES; i++)
		free(p->file[i].path);
	pthread_mutex_destroy(&p->mutex);
}

static unsigned
count(const struct poller *p)
{
	return p->n < POLLER_FILES ? p->n : POLLER_FILES;
}

bool
poller_is_empty(struct poller *p)
{
	bool empty;

	pthread_mutex_lock(&p->mutex);
	empty = p->n == 0;
	pthread_mutex_unlock(&p->mutex);
	return empty;
}

static struct polled_file *
find(struct poller *p, struct slice path)
{
	for (unsigned i = 0; i < count(p); i++)
		if (slice_equal(slice_of(p->file[i].path), path))
			return &p->file[i];
	return NULL;
}

void
poller_add(struct poller *p, dev_t mount, struct slice path,
    const struct stat *st)
{
	struct polled_file *file;
	char *copy;

	pthread_mutex_lock(&p->mutex);
	file = find(p, path);
	if (file == NULL && (copy = strndup(path.p, path.n)) != NULL) {
		file = &p->file[p->n++ % POLLER_FILES];
		free(file->path);
		*file = (struct polled_file){ .path = copy };
	}
	if (file != NULL) {
		file->mount = mount;
		file->st = st != NULL ? *st : (struct stat){ 0 };
	}
	pthread_mutex_unlock(&p->mutex);
}

void
poller_mark_reported(struct poller *p, const char *path, const char *name)
{
	pthread_mutex_lock(&p->mutex);
	for (unsigned i = 0; i < count(p); i++)
		if (strcmp(p->file[i].path, path) == 0 ||
		    strcmp(strrchr(p->file[i].path, '/') + 1, name) == 0)
			p->file[i].reported = ROUNDS;
	pthread_mutex_unlock(&p->mutex);
}

/* ---- one round ---- */

static void
run(struct disk_job *job)
{
	struct poll_job *j = CONTAINER_OF(job, struct poll_job, job);

	for (unsigned i = 0; i < j->n; i++) {
		struct item *item = &j->item[i];
		const char *rel = item->path[1] != '\0' ? item->path + 1 : ".";
		int fd = beneath_open(&j->root, rel, O_PATH | O_CLOEXEC);

		/* The path leads to another disk now: the next request for it
		 * tells which. */
		item->skipped = fd == -1 && errno == EINPROGRESS;
		/* As elsewhere, all but files and folders count as absent. */
		if (fd == -1 || mount_stat_now(fd, &item->st) == -1 ||
		    !(S_ISREG(item->st.st_mode) || S_ISDIR(item->st.st_mode)))
			item->st = (struct stat){ 0 };
		if (fd != -1)
			close(fd);
	}
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return (a->st_nlink == 0) == (b->st_nlink == 0) &&
	    a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    clock_ns(a->st_mtim) == clock_ns(b->st_mtim) &&
	    clock_ns(a->st_ctim) == clock_ns(b->st_ctim);
}

static void
compare(struct poller *p, struct item *item)
{
	struct polled_file *file = find(p, slice_of(item->path));

	if (file == NULL || item->skipped)
		return;
	if (is_same(&file->st, &item->st)) {
		file->reported -= file->reported > 0;
		return;
	}
	item->changed = file->reported == 0;
	file->st = item->st;
	file->reported = 0;
}

static void
free_job(struct poll_job *j)
{
	for (unsigned i = 0; i < j->n; i++)
		free(j->item[i].path);
	beneath_close(&j->root);
	free(j);
}

static void
done(struct disk_job *job, struct worker *w)
{
	struct poll_job *j = CONTAINER_OF(job, struct poll_job, job);
	struct poller *p = j->poller;

	(void)w;
	pthread_mutex_lock(&p->mutex);
	for (unsigned i = 0; i < j->n; i++)
		compare(p, &j->item[i]);
	for (int i = 0; i < POLLER_MOUNTS; i++)
		if (p->busy[i] == j->mount)
			p->busy[i] = 0;
	pthread_mutex_unlock(&p->mutex);
	for (unsigned i = 0; i < j->n; i++)
		if (j->item[i].changed)
			p->report(p->arg, j->item[i].path);
	free_job(j);
}

/* A job for all files of this mount.  NULL with errno. */
static struct poll_job *
make_job(struct poller *p, const struct beneath *root, dev_t mount)
{
	struct poll_job *j = calloc(1, sizeof(*j) +
	    count(p) * sizeof(j->item[0]));

	if (j == NULL)
		return NULL;
	if (beneath_copy(&j->root, root) == -1) {
		free(j);
		return NULL;
	}
	j->poller = p;
	j->mount = mount;
	j->root.cached = false;
	mount_set_add(&j->root.waits_for, mount);
	if (j->root.slow)
		mount_set_add(&j->root.waits_for, j->root.mount.dev);
	j->job = (struct disk_job){ .run = run, .done = done,
		.mounts = j->root.waits_for };
	for (unsigned i = 0; i < count(p); i++)
		if (p->file[i].mount == mount && (j->item[j->n].path =
		    strdup(p->file[i].path)) != NULL)
			j->n++;
	return j;
}

/* A free slot for this mount.  -1 if a round of it is under way, or all slots
 * are in use. */
static int
find_slot(const struct poller *p, dev_t mount)
{
	int slot = -1;

	for (int i = 0; i < POLLER_MOUNTS; i++) {
		if (p->busy[i] == mount)
			return -1;
		if (p->busy[i] == 0)
			slot = i;
	}
	return slot;
}

void
poller_begin_round(struct poller *p, const struct beneath *root,
    struct disk_port *port)
{
	pthread_mutex_lock(&p->mutex);
	for (unsigned i = 0; i < count(p); i++) {
		dev_t mount = p->file[i].mount;
		int slot = find_slot(p, mount);
		struct poll_job *j = slot == -1 ? NULL :
		    make_job(p, root, mount);

		if (j == NULL)
			continue;
		p->busy[slot] = mount;
		disk_submit(port, &j->job);
	}
	pthread_mutex_unlock(&p->mutex);
}
