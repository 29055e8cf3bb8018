#include <stdlib.h>

#include "server/clock.h"
#include "server/date.h"
#include "server/fields.h"
#include "server/listing.h"
#include "server/worker.h"

/* Most heads cut by a segment's end fit the first, a small file the second. */
static const size_t buffer_size[POOL_SIZES] = {
	496, 40 << 10, POOL_MAX,
};

enum { SPARES_MAX = 64 };	/* kept of each size */

struct pool_buffer {
	struct pool_buffer *next;
	size_t kind;
	char bytes[];
};

int
worker_init(struct worker *w, const struct server *server, struct log *log)
{
	/* Whole pages are touched only as they are used. */
	char *space = malloc(WORKER_INPUT + WORKER_OUTPUT + WORKER_SCRATCH);

	*w = (struct worker){ .server = server, .log = log, .date_second = -1 };
	if (space == NULL || log_set_key(log, server->key) == -1) {
		free(space);
		return -1;
	}
	w->input = space;
	w->out = buf_over(space + WORKER_INPUT, WORKER_OUTPUT);
	w->scratch = buf_over(space + WORKER_INPUT + WORKER_OUTPUT, WORKER_SCRATCH);
	w->root = resource_root_new(server->opt, server->docroot);
	if (w->root == NULL)
		goto free_space;
	if (source_set_init(&w->sources) == -1)
		goto free_root;
	if (rules_file_applies(server->opt, server->docroot) &&
	    (w->rules = rules_file_new(&server->shared->rules_said)) == NULL)
		goto free_sources;
	worker_begin(w);
	timer_wheel_init(&w->wheel, w->now_ns);
	return 0;

free_sources:
	source_set_free(&w->sources);
free_root:
	resource_root_free(w->root);
free_space:
	free(space);
	return -1;
}

void
worker_free(struct worker *w)
{
	for (size_t i = 0; i < POOL_SIZES; i++) {
		struct pool_buffer *b = w->spare[i], *next;

		for (; b != NULL; b = next) {
			next = b->next;
			free(b);
		}
	}
	if (w->rules != NULL)
		rules_file_free(w->rules);
	source_set_free(&w->sources);
	resource_root_free(w->root);
	free(w->input);
}

int64_t
worker_clock(void)
{
	return clock_monotonic();
}

static void
make_date(struct worker *w)
{
	struct buf b = buf_over(w->date, sizeof(w->date));
	char text[DATE_LEN + 1];

	if (fields_replaced(w->server, FIELDS_DATE))
		return;
	date_format(w->date_second, text);
	buf_lit(&b, "Date: ");
	buf_add(&b, text, DATE_LEN);
	buf_lit(&b, "\r\n");
	w->date_line = buf_slice(&b);
}

void
worker_begin(struct worker *w)
{
	int64_t second;

	w->now_ns = worker_clock();
	w->wall_ns = clock_realtime();
	second = w->wall_ns / 1000000000;
	if (second != w->date_second) {
		w->date_second = second;
		make_date(w);
	}
}

void
worker_forget(struct worker *w)
{
	resource_expire(w->root);
	if (w->rules != NULL)
		rules_file_forget(w->rules);
	listing_forget(&w->entries);
	w->input_n = 0;
}

void
worker_end(struct worker *w)
{
	worker_forget(w);
	if (resource_folder_lost(w->root))
		log_error(w->log, LOG_FOLDER_GONE,
		    "folder '%s' is gone, waiting for a new one",
		    w->server->docroot->reopen_path);
	log_flush(w->log);
}

char *
pool_get(struct worker *w, size_t n)
{
	struct pool_buffer *b;
	size_t kind = 0;

	while (buffer_size[kind] < n)
		kind++;
	b = w->spare[kind];
	if (b != NULL) {
		w->spare[kind] = b->next;
		w->spares[kind]--;
		return b->bytes;
	}
	b = malloc(sizeof(*b) + buffer_size[kind]);
	if (b == NULL)
		return NULL;
	b->kind = kind;
	return b->bytes;
}

void
pool_put(struct worker *w, char *p)
{
	struct pool_buffer *b = (struct pool_buffer *)(void *)(p -
	    offsetof(struct pool_buffer, bytes));

	if (w->spares[b->kind] == SPARES_MAX) {
		free(b);
		return;
	}
	b->next = w->spare[b->kind];
	w->spare[b->kind] = b;
	w->spares[b->kind]++;
}
