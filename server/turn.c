#include <stdlib.h>
#include <time.h>

#include "server/date.h"
#include "server/fields.h"
#include "server/listing.h"
#include "server/turn.h"

/* Most heads cut by a segment's end fit the first, a small file the second. */
static const size_t buffer_size[TURN_BUFFERS] = {
	496, 40 << 10, TURN_BORROW_MAX,
};

enum { SPARES_MAX = 64 };	/* kept of each size */

struct turn_buffer {
	struct turn_buffer *next;
	size_t kind;
	char bytes[];
};

int
turn_init(struct turn *t, const struct server *server, struct log *log)
{
	/* Whole pages are touched only as they are used. */
	char *space = malloc(TURN_INPUT + TURN_OUTPUT + TURN_SCRATCH);

	*t = (struct turn){ .server = server, .log = log, .date_second = -1 };
	if (space == NULL)
		return -1;
	t->input = space;
	t->out = buf_over(space + TURN_INPUT, TURN_OUTPUT);
	t->scratch = buf_over(space + TURN_INPUT + TURN_OUTPUT, TURN_SCRATCH);
	t->root = resource_root_new(server->opt, server->place);
	if (t->root == NULL) {
		free(space);
		return -1;
	}
	return 0;
}

void
turn_free(struct turn *t)
{
	for (size_t i = 0; i < TURN_BUFFERS; i++) {
		struct turn_buffer *b = t->spare[i], *next;

		for (; b != NULL; b = next) {
			next = b->next;
			free(b);
		}
	}
	resource_root_free(t->root);
	free(t->input);
}

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
turn_clock(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static void
make_date(struct turn *t)
{
	struct buf b = buf_over(t->date, sizeof(t->date));
	char text[HTTP_DATE_LEN + 1];

	if (fields_replaced(t->server, FIELDS_DATE))
		return;
	date_format(t->date_second, text);
	buf_lit(&b, "Date: ");
	buf_add(&b, text, HTTP_DATE_LEN);
	buf_lit(&b, "\r\n");
	t->date_line = buf_slice(&b);
}

void
turn_begin(struct turn *t)
{
	int64_t second;

	t->now_ns = turn_clock();
	t->wall_ns = read_clock(CLOCK_REALTIME);
	second = t->wall_ns / 1000000000;
	if (second != t->date_second) {
		t->date_second = second;
		make_date(t);
	}
}

void
turn_cut(struct turn *t)
{
	resource_forget(t->root);
	listing_forget(&t->entries);
	t->input_n = 0;
}

void
turn_end(struct turn *t)
{
	turn_cut(t);
	log_flush(t->log);
}

char *
turn_borrow(struct turn *t, size_t n)
{
	struct turn_buffer *b;
	size_t kind = 0;

	while (buffer_size[kind] < n)
		kind++;
	b = t->spare[kind];
	if (b != NULL) {
		t->spare[kind] = b->next;
		t->spares[kind]--;
		return b->bytes;
	}
	b = malloc(sizeof(*b) + buffer_size[kind]);
	if (b == NULL)
		return NULL;
	b->kind = kind;
	return b->bytes;
}

void
turn_return(struct turn *t, char *p)
{
	struct turn_buffer *b = (struct turn_buffer *)(void *)(p -
	    offsetof(struct turn_buffer, bytes));

	if (t->spares[b->kind] == SPARES_MAX) {
		free(b);
		return;
	}
	b->next = t->spare[b->kind];
	t->spare[b->kind] = b;
	t->spares[b->kind]++;
}
