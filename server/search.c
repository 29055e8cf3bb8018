#include "server/search.h"

#include <stdlib.h>

#include "server/container_of.h"

struct search {
	struct disk_job job;
	struct source *client;	/* NULL: search_end() was called */
	struct file_cache *results;	/* the newest first */
	struct file_cache *part;	/* at work in a thread; NULL: not
					   waiting */
	bool refused;		/* too many requests wait for the disk that the
				   part would wait for */
};

void
search_begin_round(const struct search *s, struct worker *w, bool refuses)
{
	refuses |= s != NULL && s->refused;
	resource_begin(w->cache, s != NULL ? s->results : NULL, refuses);
	/* The rules stay in force if they cannot be checked. */
	if (refuses)
		w->rules_checked = true;
}

bool
search_is_waiting(const struct search *s)
{
	return s->part != NULL;
}

size_t
search_memory(const struct search *s)
{
	return s == NULL ? 0 : resource_memory(s->part != NULL ? s->part :
	    s->results);
}

void
search_end(struct search *s, struct worker *w)
{
	s->client = NULL;
	if (s->part != NULL)	/* done() will end it */
		return;
	resource_retire(w->cache, s->results);
	free(s);
}

static void
run(struct disk_job *job)
{
	resource_work(CONTAINER_OF(job, struct search, job)->part);
}

static void
done(struct disk_job *job, struct worker *w)
{
	struct search *s = CONTAINER_OF(job, struct search, job);
	dev_t mount;

	if (s->client != NULL &&
	    resource_goes_on(s->part, &job->mounts, &mount)) {
		if (disk_has_room(w->disk, mount, job->bucket)) {
			disk_submit(w->disk, job);
			return;
		}
		s->refused = true;
	}
	resource_merge(w->cache, s->part);
	s->results = s->part;
	s->part = NULL;
	if (s->refused) {
		resource_retire(w->cache, s->results);
		s->results = NULL;
	}
	if (s->client != NULL)
		source_wake(s->client, w);
	else
		search_end(s, w);
}

/* Submit the lookup that would wait. */
static enum search_state
submit(struct search **s, struct worker *w, struct source *client,
    uint16_t bucket)
{
	dev_t mount = resource_awaited_mount(w->cache);

	if (!disk_has_room(w->disk, mount, bucket))
		return SEARCH_REFUSED;
	if (*s == NULL && (*s = calloc(1, sizeof(**s))) == NULL)
		return SEARCH_REFUSED;
	(*s)->part = resource_split(w->cache);
	if ((*s)->part == NULL)
		return SEARCH_REFUSED;
	(*s)->client = client;
	(*s)->job = (struct disk_job){ .run = run, .done = done,
		.is_request = true, .bucket = bucket };
	mount_set_add(&(*s)->job.mounts, mount);
	disk_submit(w->disk, &(*s)->job);
	return SEARCH_WAITS;
}

enum search_state
search_end_round(struct search **s, struct worker *w, struct source *client,
    uint16_t bucket)
{
	enum search_state state = SEARCH_DONE;
	bool refuses = resource_refuses(w->cache);
	bool waits = resource_waits(w->cache);

	if (waits)
		state = submit(s, w, client, bucket);
	/* It may be a lookup of the rules that waits: check them again. */
	if (waits || refuses)
		w->rules_checked = false;
	resource_begin(w->cache, NULL, false);
	return state;
}
