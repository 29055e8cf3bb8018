#include "server/watches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
	URLS_MAX = 4096,	/* of all folders */
	ALIASES_MAX = 8,	/* URLs of one folder, or of one file in it */
};

void
watches_init(struct watches *ws)
{
	*ws = (struct watches){ .parent_wd = { -1, -1 } };
	ws->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}

static struct watched_folder **
folder_link(struct watches *ws, int wd)
{
	struct watched_folder **link =
	    &ws->folders[(unsigned)wd % WATCHES_BUCKETS];

	while (*link != NULL && (*link)->wd != wd)
		link = &(*link)->next;
	return link;
}

static struct watched_url **
url_bucket(struct watches *ws, const char *text)
{
	uint64_t hash = slice_hash(SLICE_HASH, slice_of(text));

	return &ws->urls[hash % WATCHES_BUCKETS];
}

static bool
is_name(const struct watched_url *u, const char *name)
{
	return name == NULL || u->name == NULL ? name == u->name :
	    strcmp(name, u->name) == 0;
}

static struct watched_url *
find_url(struct watches *ws, const char *text, const char *name)
{
	struct watched_url *u = *url_bucket(ws, text);

	while (u != NULL && (strcmp(u->text, text) != 0 || !is_name(u, name)))
		u = u->next;
	return u;
}

static void
free_url(struct watches *ws, struct watched_url *u)
{
	struct watched_url **link = url_bucket(ws, u->text);

	while (*link != u)
		link = &(*link)->next;
	*link = u->next;
	link = &u->folder->urls;
	while (*link != u)
		link = &(*link)->sibling;
	*link = u->sibling;
	ws->url_count--;
	free(u);
}

void
watches_forget(struct watches *ws, int wd)
{
	struct watched_folder **link = folder_link(ws, wd), *f = *link;

	if (f == NULL)
		return;
	while (f->urls != NULL)
		free_url(ws, f->urls);
	*link = f->next;
	free(f);
}

/* End the watch of a folder if it has no URL any more. */
static void
drop_if_unused(struct watches *ws, struct watched_folder *f)
{
	int wd = f->wd;

	if (f->urls != NULL)
		return;
	watches_forget(ws, wd);
	if (wd != ws->parent_wd[0] && wd != ws->parent_wd[1])
		inotify_rm_watch(ws->fd, wd);
}

/* The folder of this watch.  NULL with ENOMEM. */
static struct watched_folder *
get_folder(struct watches *ws, int wd)
{
	struct watched_folder **link = folder_link(ws, wd);

	if (*link == NULL && (*link = calloc(1, sizeof(**link))) != NULL)
		(*link)->wd = wd;
	return *link;
}

/* How many URLs has the file of this name, or the whole folder? */
static int
count_aliases(const struct watched_folder *f, const char *name)
{
	int n = 0;

	for (const struct watched_url *u = f->urls; u != NULL; u = u->sibling)
		n += is_name(u, name);
	return n;
}

/*
 * Through links, a folder or a file in it can have any number of URLs.  If one
 * has more than ALIASES_MAX, all changes in the folder are reported as "/".  -1
 * with ENOMEM, or with ENOSPC if there are too many URLs.
 */
static int
add_url(struct watches *ws, struct watched_folder *f, const char *text,
    const char *name)
{
	size_t text_n = strlen(text) + 1;
	size_t name_n = name != NULL ? strlen(name) + 1 : 0;
	struct watched_url *u, **bucket = url_bucket(ws, text);

	if (f->overflow || count_aliases(f, name) == ALIASES_MAX) {
		f->overflow = true;
		return 0;
	}
	errno = ENOSPC;
	if (ws->url_count == URLS_MAX ||
	    (u = malloc(sizeof(*u) + text_n + name_n)) == NULL)
		return -1;
	memcpy(u->text, text, text_n);
	u->name = name != NULL ? u->text + text_n : NULL;
	if (name != NULL)
		memcpy(u->name, name, name_n);
	u->next = *bucket;
	*bucket = u;
	u->sibling = f->urls;
	f->urls = u;
	u->folder = f;
	ws->url_count++;
	return 0;
}

const struct watched_folder *
watches_find(struct watches *ws, int wd)
{
	return *folder_link(ws, wd);
}

int
watches_add(struct watches *ws, const char *path, uint32_t mask,
    const char *url, const char *name, bool *moved)
{
	int wd = inotify_add_watch(ws->fd, path, mask);
	struct watched_url *u = find_url(ws, url, name);
	struct watched_folder *f, *old;
	int error;

	*moved = false;
	if (wd == -1 || (f = get_folder(ws, wd)) == NULL)
		return -1;
	if (u != NULL && u->folder == f)
		return 0;
	if (u != NULL) {
		old = u->folder;
		free_url(ws, u);
		drop_if_unused(ws, old);
		*moved = true;
	}
	if (add_url(ws, f, url, name) == 0)
		return 0;
	error = errno;
	drop_if_unused(ws, f);
	errno = error;
	return -1;
}

void
watches_free(struct watches *ws)
{
	for (size_t i = 0; i < WATCHES_BUCKETS; i++)
		while (ws->folders[i] != NULL)
			watches_forget(ws, ws->folders[i]->wd);
	if (ws->fd != -1)
		close(ws->fd);
}
