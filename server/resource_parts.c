/* The parts of a request: lookups in a thread, declared in resource.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "server/mime.h"
#include "server/resource_cache.h"

struct file_cache *
resource_split(struct file_cache *cache)
{
	struct file_cache *part = resource_cache_alloc(cache->opt,
	    cache->docroot, 1);
	size_t space = PART_SPACE + 3 * cache->need.path.n;
	char *path;

	if (part == NULL)
		return NULL;
	part->is_part = true;
	part->budget = cache->budget;
	part->space_max = space;
	part->space = budget_alloc(cache->budget, space);
	if (part->space == NULL ||
	    beneath_copy(&part->folder, &cache->folder) == -1) {
		part->folder.fd = -1;
		resource_cache_free(part);
		return NULL;
	}
	part->path = (char *)part->folder.path;
	part->folder.cached = false;
	if (!cache->need.is_cold)
		mount_set_add(&part->folder.waits_for, cache->need.mount.dev);
	part->st = cache->st;
	part->checked = !cache->folder.slow;
	part->older = cache->results;
	part->need = cache->need;
	cache->need.file = NULL;
	part->need.class = part->need.is_cold ? MOUNT_FAST :
	    mount_list_find(&part->folder.mounts, part->need.mount);
	path = resource_take_space(part, part->need.path.n + 1);
	memcpy(path, part->need.path.p, part->need.path.n);
	path[part->need.path.n] = '\0';
	part->need.path.p = path;
	return part;
}

/* Read the bytes that decide the type, and all of a small file. */
static void
load_part(struct file_cache *part, const struct resource *r)
{
	struct file *files[] = { r->original, r->file };
	struct mime m;

	mime_by_name(r->name, &m);
	for (int i = 0; i < 2; i++)
		if ((files[i]->st.st_size <= RESOURCE_SMALL ||
		    (i == 0 && m.needs_content)) &&
		    resource_load(part, files[i]) == -1)
			files[i]->error = errno;
}

/* Repeat the lookup: the part may wait for one more mount now. */
static void
begin_again(struct file_cache *part)
{
	part->waits = false;
	resource_expire(part);
	part->checked = true;
	/* Keep the space of need.path, which is still in use. */
	part->space_n = part->need.path.n + 1;
}

/* Does the kernel not cache this lookup?  It reads a link of an overlay again
 * each time, for example. */
static bool
is_missed(const struct file_cache *part)
{
	const char *rel = part->need.path.p + 1;
	int fd;

	if (!part->need.is_cold || part->waits)
		return false;
	fd = beneath_open_cached(&part->folder, *rel != '\0' ? rel : ".");
	if (fd != -1)
		close(fd);
	return fd == -1 && errno == EAGAIN;
}

void
resource_work(struct file_cache *part)
{
	const struct need *need = &part->need;
	/* Copy these: a lookup may replace the need. */
	struct slice path = need->path, whole = path;
	struct resource_choice choice = need->choice;
	const struct resource *r;
	int fd;

	if (part->waits)
		begin_again(part);
	switch (need->kind) {
	case NEED_STATUS:
		resource_check_folder(part);
		break;
	case NEED_PATH:
		r = resource_find(part, path, &choice);
		part->missed = is_missed(part);
		if (!part->waits && r->kind == RESOURCE_FILE)
			load_part(part, r);
		break;
	case NEED_FOLDER:
		fd = resource_open_folder(part, &path);
		if (fd == -1 && errno == EINPROGRESS) {
			resource_wait_for(part, part->folder.stopped);
			part->need.kind = NEED_FOLDER;
			part->need.path = whole;
		}
		if (fd == -1)
			break;
		part->folder_n = path.n;
		close(fd);
		break;
	case NEED_BYTES:
		resource_read(need->file->fd, part->space + part->space_n,
		    need->bytes);
	}
}

bool
resource_goes_on(struct file_cache *part, struct mount_set *mounts,
    dev_t *mount)
{
	if (!part->waits)
		return false;
	*mount = part->need.mount.dev;
	beneath_allow_wait(&part->folder, mounts);
	part->need.class = mount_list_find(&part->folder.mounts,
	    part->need.mount);
	return true;
}

/* Take over the folder that the part has opened again. */
static void
adopt_folder(struct file_cache *cache, struct file_cache *part)
{
	struct beneath *to = &cache->folder, *from = &part->folder;
	char *path = cache->path;
	int fd = to->fd;

	to->fd = from->fd;
	to->path = from->path;
	to->mount = from->mount;
	to->slow = from->slow;
	resource_forget_siblings(cache);
	cache->path = part->path;
	from->fd = fd;
	part->path = path;
}

size_t
resource_memory(const struct file_cache *part)
{
	size_t n = 0;

	for (; part != NULL; part = part->older)
		n += budget_size(part->space);
	return n;
}

void
resource_merge(struct file_cache *cache, struct file_cache *part)
{
	const struct need *need = &part->need;

	part->port = cache->port;
	if (need->file != NULL)
		resource_unref(cache, need->file);
	if (need->kind == NEED_PATH && need->is_cold)
		cache->misses = part->missed ? cache->misses + 1 : 0;
	if (cache->misses >= MISSES_MAX)
		cache->folder.no_cached = true;
	if (!need->is_cold && need->class != MOUNT_UNCLASSIFIED)
		mount_list_add(&cache->folder.mounts, need->mount, need->class);
	if (!cache->folder.slow)
		return;
	cache->st = part->st;
	cache->lost = part->lost;
	if (part->reopened)
		adopt_folder(cache, part);
	else if (need->class == MOUNT_FAST &&
	    need->mount.dev == cache->folder.mount.dev)
		cache->folder.slow = false;
}

void
resource_retire(struct file_cache *cache, struct file_cache *results)
{
	/* No lookup may use them between two rounds. */
	if (cache->results == results)
		cache->results = NULL;
	while (results != NULL) {
		struct file_cache *next = results->older;

		results->older = cache->retired;
		cache->retired = results;
		results = next;
	}
}

dev_t
resource_unwatched_mount(const struct file_cache *cache)
{
	const struct file_cache *part = cache->results;

	if (part != NULL && part->need.class != MOUNT_FAST)
		return part->need.mount.dev;
	return cache->layered ? cache->folder.mount.dev : 0;
}
