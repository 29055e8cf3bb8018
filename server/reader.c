#include "server/reader.h"

#include <errno.h>
#include <unistd.h>

/* Bytes of one read: the most that FUSE asks its server for at once. */
enum { PIECE = 128 << 10 };

struct reader {
	struct disk_job job;
	struct disk_port *port;
	struct source *client;	/* NULL: freed, but the job still runs */
	struct file *file;
	off_t at;		/* position of piece in the file */
	size_t want;
	ssize_t got;		/* bytes of piece, or -1 */
	int error;		/* errno, if got is -1 */
	bool running, valid;	/* valid: got is the result for at */
	char piece[PIECE];
};

static void
run(struct disk_job *job)
{
	struct reader *r = (struct reader *)job;

	r->got = pread(r->file->fd, r->piece, r->want, r->at);
	r->error = errno;
}

static void
done(struct disk_job *job, struct worker *w)
{
	struct reader *r = (struct reader *)job;

	r->running = false;
	r->valid = true;
	if (r->client == NULL)
		reader_free(r, w);
	else
		source_wake(r->client, w);
}

struct reader *
reader_new(struct worker *w, struct file *f, struct source *client)
{
	struct reader *r = budget_alloc(&w->server->shared->budget,
	    sizeof(*r));

	if (r == NULL)
		return NULL;
	r->port = w->disk;
	r->client = client;
	r->file = f;
	r->running = r->valid = false;
	r->job = (struct disk_job){ .run = run, .done = done };
	mount_set_add(&r->job.mounts, f->mount);
	resource_ref(f);
	return r;
}

ssize_t
reader_read(struct reader *r, off_t at, off_t n, const char **p)
{
	if (r->valid && r->at == at) {
		r->valid = false;
		*p = r->piece;
		errno = r->error;
		return r->got;
	}
	if (!r->running) {
		r->at = at;
		r->want = n < PIECE ? (size_t)n : PIECE;
		r->running = true;
		disk_submit(r->port, &r->job);
	}
	errno = EINPROGRESS;
	return -1;
}

size_t
reader_memory(const struct reader *r)
{
	return budget_size(r);
}

void
reader_free(struct reader *r, struct worker *w)
{
	if (r == NULL)
		return;
	r->client = NULL;
	if (r->running)		/* done() will free it */
		return;
	resource_unref(w->root, r->file);
	budget_free(&w->server->shared->budget, r);
}
