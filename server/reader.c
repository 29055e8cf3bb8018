#include "server/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "server/container_of.h"

enum {
	/* Bytes of one read: the most that FUSE asks its server for at once. */
	PIECE = 128 << 10,

	AHEAD = 256 << 10,	/* bytes read ahead that are waited for */
	WINDOW = 1 << 20,	/* bytes that the kernel is told to read */
	STEP = 16 << 10,	/* bytes of one read(2), on the stack */
};

struct reader {
	struct disk_job job;
	struct disk_port *port;
	struct source *client;	/* NULL: freed, but the job still runs */
	struct file *file;
	off_t at, end;		/* the bytes that the job reads */
	ssize_t got;		/* bytes of piece, or -1 */
	int error;		/* errno, if got is -1 */
	bool running, valid;	/* valid: got is the result for at */
	char piece[];		/* PIECE bytes, for a slow disk */
};

static void
read_piece(struct disk_job *job)
{
	struct reader *r = CONTAINER_OF(job, struct reader, job);

	r->got = pread(r->file->fd, r->piece, (size_t)(r->end - r->at), r->at);
	r->error = errno;
}

/* Reading is the only way to wait until the pages are there. */
static void
read_ahead(struct disk_job *job)
{
	struct reader *r = CONTAINER_OF(job, struct reader, job);
	char bytes[STEP];

	readahead(r->file->fd, r->at, WINDOW);
	for (off_t at = r->at; at < r->end; at += STEP)
		if (pread(r->file->fd, bytes, STEP, at) == -1)
			break;
}

static void
done(struct disk_job *job, struct worker *w)
{
	struct reader *r = CONTAINER_OF(job, struct reader, job);

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
	bool slow = f->mount != 0;
	struct reader *r = budget_alloc(&w->server->shared->budget,
	    sizeof(*r) + (slow ? PIECE : 0));

	if (r == NULL)
		return NULL;
	*r = (struct reader){
		.job = { .run = slow ? read_piece : read_ahead, .done = done },
		.port = w->disk, .client = client, .file = f,
	};
	mount_set_add(&r->job.mounts, f->st.st_dev);
	resource_ref(f);
	return r;
}

static void
submit(struct reader *r, off_t at, off_t n)
{
	r->at = at;
	r->end = at + n;
	r->running = true;
	disk_submit(r->port, &r->job);
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
	if (!r->running)
		submit(r, at, n < PIECE ? n : PIECE);
	errno = EINPROGRESS;
	return -1;
}

void
reader_begin_ahead(struct reader *r, off_t at, off_t n)
{
	submit(r, at, n < AHEAD ? n : AHEAD);
}

off_t
reader_ahead(const struct reader *r, off_t at)
{
	if (r->running)
		return -1;
	return r->end > at ? r->end - at : 0;
}

size_t
reader_memory(const struct reader *r)
{
	return budget_size(r);
}

void
reader_free(struct reader *r, struct worker *w)
{
	r->client = NULL;
	if (r->running)		/* done() will free it */
		return;
	resource_unref(w->cache, r->file);
	budget_free(&w->server->shared->budget, r);
}
