#include "server/progress.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	PATH_SHOWN = 1024,	/* bytes of a path that are kept, as sent */
	LINE_MAX_BYTES = 2048,
};

static const int64_t SHOWN_AFTER_NS = INT64_C(1000000000);

struct progress_entry {
	struct progress_entry *next, **link;
	struct address client;
	off_t total;		/* -1: unknown */
	atomic_uint_fast64_t bytes;
	int64_t started_ns;
	/* Values when the line was last drawn, for the rate. */
	uint64_t last_bytes;
	int64_t last_ns;
	uint64_t rate;		/* bytes a second */
	size_t path_n;
	char path[];
};

struct progress {
	pthread_mutex_t lock;
	struct progress_entry *first, **end;	/* the oldest comes first */
	struct sink *terminal;
	const struct key *key;
	bool show_client, utf8;
	bool drawn;
	int fd;			/* eventfd */
};

struct progress *
progress_new(struct sink *terminal, bool show_client, const struct key *key)
{
	struct progress *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->fd == -1) {
		free(p);
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	p->end = &p->first;
	p->terminal = terminal;
	p->show_client = show_client;
	p->key = key;
	p->utf8 = terminal_utf8();
	return p;
}

void
progress_free(struct progress *p)
{
	pthread_mutex_destroy(&p->lock);
	close(p->fd);
	free(p);
}

int
progress_fd(const struct progress *p)
{
	return p->fd;
}

static void
copy_path(const struct progress *p, struct progress_entry *e,
    struct slice target)
{
	struct buf b = buf_over(e->path, PATH_SHOWN);

	/* Masked keys can make the text twice as long. */
	if (target.n > PATH_SHOWN / 2)
		target.n = PATH_SHOWN / 2;
	if (p->key != NULL)
		key_put_masked(&b, p->key, target);
	else
		buf_put(&b, target);
	e->path_n = b.n;
}

struct progress_entry *
progress_begin(struct progress *p, struct budget *budget,
    const struct log_entry *entry, off_t total)
{
	struct progress_entry *e = budget_alloc(budget,
	    sizeof(*e) + PATH_SHOWN);
	bool first;

	if (e == NULL)
		return NULL;
	*e = (struct progress_entry){
		.client = entry->client, .total = total,
		.started_ns = entry->started_ns, .last_ns = entry->started_ns,
	};
	copy_path(p, e, entry->target);
	pthread_mutex_lock(&p->lock);
	first = p->first == NULL;
	e->link = p->end;
	*p->end = e;
	p->end = &e->next;
	pthread_mutex_unlock(&p->lock);
	if (first)
		eventfd_write(p->fd, 1);
	return e;
}

void
progress_set(struct progress_entry *e, uint64_t bytes)
{
	atomic_store_explicit(&e->bytes, bytes, memory_order_relaxed);
}

void
progress_end(struct progress *p, struct budget *budget,
    struct progress_entry *e)
{
	pthread_mutex_lock(&p->lock);
	*e->link = e->next;
	if (e->next != NULL)
		e->next->link = e->link;
	else
		p->end = e->link;
	/* Remove the line with the last transfer, not half a second later. */
	if (p->first == NULL && p->drawn) {
		p->drawn = false;
		sink_set_status(p->terminal, (struct slice){ 0 });
	}
	pthread_mutex_unlock(&p->lock);
	budget_free(budget, e);
}

/* "2 min left" */
static void
put_time_left(struct buf *b, const struct progress_entry *e)
{
	uint64_t left = (uint64_t)e->total - e->last_bytes;

	if (e->rate == 0 || left / e->rate > 1000 * 3600)
		return;
	log_duration(b, (int64_t)(left * 1000 / e->rate) * 1000000);
	buf_lit(b, " left  ");
}

static void
put_entry(const struct progress *p, struct buf *b,
    const struct progress_entry *e, int others)
{
	struct slice path = { e->path, e->path_n };	/* without keys */
	bool known = e->total > 0 && e->last_bytes <= (uint64_t)e->total;

	if (known)
		buf_number(b, e->last_bytes * 100 / (uint64_t)e->total);
	else
		buf_size(b, e->last_bytes);
	buf_text(b, known ? "%  " : "  ");
	buf_size(b, e->rate);
	buf_lit(b, "/s  ");
	if (known)
		put_time_left(b, e);
	if (p->show_client) {
		address_put(b, &e->client);
		buf_lit(b, "  ");
	}
	if (p->utf8)
		buf_visible_path(b, path);
	else
		buf_visible(b, path);
	if (others > 0) {
		buf_lit(b, "  and ");
		buf_number(b, (uint64_t)others);
		buf_lit(b, " more");
	}
}

/* The mean of the old and the current rate, so that it changes smoothly. */
static void
measure(struct progress_entry *e, int64_t now_ns)
{
	uint64_t bytes = atomic_load_explicit(&e->bytes, memory_order_relaxed);
	int64_t ms = (now_ns - e->last_ns) / 1000000;
	uint64_t rate;

	if (ms < PROGRESS_EVERY_MS / 2)
		return;
	rate = (bytes - e->last_bytes) * 1000 / (uint64_t)ms;
	e->rate = e->last_bytes == 0 ? rate : (e->rate + rate) / 2;
	e->last_bytes = bytes;
	e->last_ns = now_ns;
}

static void
draw(struct progress *p, int64_t now_ns)
{
	char space[LINE_MAX_BYTES], line_space[LINE_MAX_BYTES];
	struct buf b = buf_over(space, sizeof(space));
	struct buf line = buf_over(line_space, sizeof(line_space));
	const struct progress_entry *shown = NULL;
	int running = 0;

	for (struct progress_entry *e = p->first; e != NULL; e = e->next) {
		measure(e, now_ns);
		if (now_ns - e->started_ns < SHOWN_AFTER_NS)
			continue;
		shown = shown != NULL ? shown : e;
		running++;
	}
	p->drawn = shown != NULL;
	if (p->drawn) {
		put_entry(p, &b, shown, running - 1);
		/* Wide characters take two columns, so also turn automatic
		 * wrapping (DECAWM) off. */
		buf_lit(&line, "\033[?7l");
		buf_put(&line, slice_first_characters(buf_slice(&b),
		    (size_t)terminal_columns() - 1));
		buf_lit(&line, "\033[?7h");
	}
	sink_set_status(p->terminal, buf_slice(&line));
}

int
progress_draw(struct progress *p, int64_t now_ns)
{
	eventfd_t n;
	bool any;

	eventfd_read(p->fd, &n);
	pthread_mutex_lock(&p->lock);
	any = p->first != NULL;
	if (any || p->drawn)
		draw(p, now_ns);
	pthread_mutex_unlock(&p->lock);
	return any ? PROGRESS_EVERY_MS : -1;
}
