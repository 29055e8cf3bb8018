#include "server/looks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One may have looked before the change that inotify has reported since. */
enum { ROUNDS = 2 };

struct item {
	char *path;
	struct stat st;
	bool skipped, changed;
};

/* The files of one mount. */
struct look_job {
	struct disk_job job;
	struct looks *looks;
	dev_t mount;
	struct beneath root;
	unsigned n;
	struct item item[];
};

void
looks_init(struct looks *ls)
{
	pthread_mutex_init(&ls->mutex, NULL);
}

void
looks_free(struct looks *ls)
{
	for (unsigned i = 0; i < LOOKS_MAX; i++)
		free(ls->look[i].path);
	pthread_mutex_destroy(&ls->mutex);
}

static unsigned
count(const struct looks *ls)
{
	return ls->n < LOOKS_MAX ? ls->n : LOOKS_MAX;
}

bool
looks_are_empty(struct looks *ls)
{
	bool empty;

	pthread_mutex_lock(&ls->mutex);
	empty = ls->n == 0;
	pthread_mutex_unlock(&ls->mutex);
	return empty;
}

static struct look *
find(struct looks *ls, struct slice path)
{
	for (unsigned i = 0; i < count(ls); i++)
		if (slice_equal(slice_of(ls->look[i].path), path))
			return &ls->look[i];
	return NULL;
}

void
looks_add(struct looks *ls, dev_t mount, struct slice path,
    const struct stat *st)
{
	struct look *look;
	char *copy;

	pthread_mutex_lock(&ls->mutex);
	look = find(ls, path);
	if (look == NULL && (copy = strndup(path.p, path.n)) != NULL) {
		look = &ls->look[ls->n++ % LOOKS_MAX];
		free(look->path);
		*look = (struct look){ .path = copy };
	}
	if (look != NULL) {
		look->mount = mount;
		look->st = st != NULL ? *st : (struct stat){ 0 };
	}
	pthread_mutex_unlock(&ls->mutex);
}

void
looks_skip(struct looks *ls, const char *path, const char *name)
{
	pthread_mutex_lock(&ls->mutex);
	for (unsigned i = 0; i < count(ls); i++)
		if (strcmp(ls->look[i].path, path) == 0 ||
		    strcmp(strrchr(ls->look[i].path, '/') + 1, name) == 0)
			ls->look[i].told = ROUNDS;
	pthread_mutex_unlock(&ls->mutex);
}

/* ---- one round ---- */

static void
run(struct disk_job *job)
{
	struct look_job *j = (struct look_job *)job;

	for (unsigned i = 0; i < j->n; i++) {
		struct item *item = &j->item[i];
		const char *rel = item->path[1] != '\0' ? item->path + 1 : ".";
		int fd = beneath_open(&j->root, rel, O_PATH | O_CLOEXEC);

		/* The path leads to another disk now: the next request for it
		 * tells which. */
		item->skipped = fd == -1 && errno == EINPROGRESS;
		/* As elsewhere, only files and folders exist. */
		if (fd == -1 || mount_stat_now(fd, &item->st) == -1 ||
		    !(S_ISREG(item->st.st_mode) || S_ISDIR(item->st.st_mode)))
			item->st = (struct stat){ 0 };
		if (fd != -1)
			close(fd);
	}
}

static bool
is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return (a->st_nlink == 0) == (b->st_nlink == 0) &&
	    a->st_ino == b->st_ino && a->st_size == b->st_size &&
	    is_same_time(a->st_mtim, b->st_mtim) &&
	    is_same_time(a->st_ctim, b->st_ctim);
}

static void
compare(struct looks *ls, struct item *item)
{
	struct look *look = find(ls, slice_of(item->path));

	if (look == NULL || item->skipped)
		return;
	if (is_same(&look->st, &item->st)) {
		look->told -= look->told > 0;
		return;
	}
	item->changed = look->told == 0;
	look->st = item->st;
	look->told = 0;
}

static void
free_job(struct look_job *j)
{
	for (unsigned i = 0; i < j->n; i++)
		free(j->item[i].path);
	beneath_close(&j->root);
	free(j);
}

static void
done(struct disk_job *job, struct worker *w)
{
	struct look_job *j = (struct look_job *)job;
	struct looks *ls = j->looks;

	(void)w;
	pthread_mutex_lock(&ls->mutex);
	for (unsigned i = 0; i < j->n; i++)
		compare(ls, &j->item[i]);
	for (int i = 0; i < LOOKS_MOUNTS; i++)
		if (ls->busy[i] == j->mount)
			ls->busy[i] = 0;
	pthread_mutex_unlock(&ls->mutex);
	for (unsigned i = 0; i < j->n; i++)
		if (j->item[i].changed)
			ls->tell(ls->arg, j->item[i].path);
	free_job(j);
}

/* A job for all files of this mount.  NULL with errno. */
static struct look_job *
make_job(struct looks *ls, const struct beneath *root, dev_t mount)
{
	struct look_job *j = calloc(1, sizeof(*j) +
	    count(ls) * sizeof(j->item[0]));

	if (j == NULL)
		return NULL;
	if (beneath_copy(&j->root, root) == -1) {
		free(j);
		return NULL;
	}
	j->looks = ls;
	j->mount = mount;
	j->root.cached = false;
	mount_set_add(&j->root.waits_for, mount);
	if (j->root.slow)
		mount_set_add(&j->root.waits_for, j->root.mount.dev);
	j->job = (struct disk_job){ .run = run, .done = done,
		.mounts = j->root.waits_for };
	for (unsigned i = 0; i < count(ls); i++)
		if (ls->look[i].mount == mount && (j->item[j->n].path =
		    strdup(ls->look[i].path)) != NULL)
			j->n++;
	return j;
}

/* A free slot for this mount.  -1 if a look at it is under way, or all slots
 * are in use. */
static int
find_slot(const struct looks *ls, dev_t mount)
{
	int slot = -1;

	for (int i = 0; i < LOOKS_MOUNTS; i++) {
		if (ls->busy[i] == mount)
			return -1;
		if (ls->busy[i] == 0)
			slot = i;
	}
	return slot;
}

void
looks_begin(struct looks *ls, const struct beneath *root,
    struct disk_port *port)
{
	pthread_mutex_lock(&ls->mutex);
	for (unsigned i = 0; i < count(ls); i++) {
		dev_t mount = ls->look[i].mount;
		int slot = find_slot(ls, mount);
		struct look_job *j = slot == -1 ? NULL :
		    make_job(ls, root, mount);

		if (j == NULL)
			continue;
		ls->busy[slot] = mount;
		disk_submit(port, &j->job);
	}
	pthread_mutex_unlock(&ls->mutex);
}
