/* Lookups that wait for a slow disk, declared in resource.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "server/mime.h"
#include "server/resource_cache.h"

void
resource_begin(struct file_cache *root, struct file_cache *results,
    bool refuses)
{
	root->results = results;
	root->refuses = refuses;
	root->waits = false;
}

bool
resource_refuses(const struct file_cache *root)
{
	return root->refuses;
}

bool
resource_waits(const struct file_cache *root, dev_t *mount)
{
	*mount = root->need.mount.dev;
	return root->waits;
}

struct file_cache *
resource_split(struct file_cache *root)
{
	struct file_cache *part = resource_new_cache(root->opt,
	    root->docroot, 1);
	size_t space = PART_SPACE + 3 * root->need.path.n;
	char *path;

	if (part == NULL)
		return NULL;
	part->is_part = true;
	part->budget = root->budget;
	part->space_max = space;
	part->space = budget_alloc(root->budget, space);
	if (part->space == NULL ||
	    beneath_copy(&part->folder, &root->folder) == -1) {
		part->folder.fd = -1;
		resource_root_free(part);
		return NULL;
	}
	part->path = (char *)part->folder.path;
	part->folder.nowait = false;
	part->st = root->st;
	part->checked = !root->folder.slow;
	part->older = root->results;
	part->need = root->need;
	part->need.class = mount_list_find(&root->mounts, part->need.mount);
	path = resource_take_space(part, part->need.path.n + 1);
	memcpy(path, part->need.path.p, part->need.path.n);
	path[part->need.path.n] = '\0';
	part->need.path.p = path;
	return part;
}

/* Read what metadata.c needs to tell the type, and all of a small file. */
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

void
resource_work(struct file_cache *part)
{
	const struct need *need = &part->need;
	struct slice path = need->path;
	const struct resource *r;
	int fd;

	switch (need->kind) {
	case NEED_STATUS:
		resource_check_folder(part);
		break;
	case NEED_PATH:
		r = resource_find(part, path, &need->choice);
		if (r->kind == RESOURCE_FILE)
			load_part(part, r);
		break;
	case NEED_FOLDER:
		fd = resource_open_folder(part, &path);
		if (fd == -1)
			break;
		part->folder_n = path.n;
		close(fd);
	}
}

/* Take over the folder that the part has opened again. */
static void
adopt_folder(struct file_cache *root, struct file_cache *part)
{
	struct beneath *to = &root->folder, *from = &part->folder;
	char *path = root->path;
	int fd = to->fd;

	to->fd = from->fd;
	to->path = from->path;
	to->mount = from->mount;
	to->slow = from->slow;
	root->path = part->path;
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
resource_merge(struct file_cache *root, struct file_cache *part)
{
	const struct need *need = &part->need;

	part->port = root->port;
	if (need->class != MOUNT_NOT_CLASSED)
		mount_list_add(&root->mounts, need->mount, need->class);
	if (!root->folder.slow)
		return;
	root->st = part->st;
	root->lost = part->lost;
	if (part->reopened)
		adopt_folder(root, part);
	else if (need->class == MOUNT_FAST &&
	    need->mount.dev == root->folder.mount.dev)
		root->folder.slow = false;
}

void
resource_retire(struct file_cache *root, struct file_cache *results)
{
	/* No lookup may find them between two rounds. */
	if (root->results == results)
		root->results = NULL;
	while (results != NULL) {
		struct file_cache *next = results->older;

		results->older = root->retired;
		root->retired = results;
		results = next;
	}
}

dev_t
resource_unwatched_mount(const struct file_cache *root)
{
	const struct file_cache *part = root->results;

	if (part != NULL && part->need.class != MOUNT_FAST)
		return part->need.mount.dev;
	return root->layered ? root->folder.mount.dev : 0;
}
