#include "server/readahead.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	WINDOW = 1 << 20,	/* bytes that the kernel is told to read */
	STEP = 16 << 10,	/* bytes of one read(2), on the stack */
};

struct readahead {
	struct disk_job job;
	struct disk_port *port;
	struct source *client;	/* NULL: freed, but the job still runs */
	struct file *file;
	off_t at, end;
	bool running;
};

/* Reading is the only way to wait until the pages are there. */
static void
run(struct disk_job *job)
{
	struct readahead *a = (struct readahead *)job;
	char bytes[STEP];

	readahead(a->file->fd, a->at, WINDOW);
	for (off_t at = a->at; at < a->end; at += STEP)
		if (pread(a->file->fd, bytes, STEP, at) == -1)
			break;
}

static void
done(struct disk_job *job, struct worker *w)
{
	struct readahead *a = (struct readahead *)job;

	a->running = false;
	if (a->client == NULL)
		readahead_free(a, w);
	else
		source_wake(a->client, w);
}

struct readahead *
readahead_new(struct worker *w, struct file *f, struct source *client)
{
	struct readahead *a = malloc(sizeof(*a));

	if (a == NULL)
		return NULL;
	*a = (struct readahead){
		.job = { .run = run, .done = done },
		.port = w->disk, .client = client, .file = f,
	};
	mount_set_add(&a->job.mounts, f->st.st_dev);
	resource_ref(f);
	return a;
}

void
readahead_begin(struct readahead *a, off_t at, off_t n)
{
	a->at = at;
	a->end = at + (n < READAHEAD_PIECE ? n : READAHEAD_PIECE);
	a->running = true;
	disk_submit(a->port, &a->job);
}

bool
readahead_is_running(const struct readahead *a)
{
	return a->running;
}

off_t
readahead_end(const struct readahead *a)
{
	return a->end;
}

void
readahead_free(struct readahead *a, struct worker *w)
{
	a->client = NULL;
	if (a->running)		/* done() will free it */
		return;
	resource_unref(w->root, a->file);
	free(a);
}
