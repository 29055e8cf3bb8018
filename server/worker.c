#include "server/worker.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "server/date.h"
#include "server/entries.h"
#include "server/fields.h"

static void
report_message(void *arg, struct slice message)
{
	log_message(arg, message);
}

int
worker_init(struct worker *w, const struct server *server, struct log *log)
{
	/* malloc() does not touch the pages: they cost memory only once
	 * used. */
	char *space = malloc(WORKER_INPUT + WORKER_OUTPUT + WORKER_SCRATCH);

	*w = (struct worker){
		.server = server, .log = log, .date_second = -1,
		.pool.budget = &server->shared->budget,
	};
	if (space == NULL || log_set_key(log, server->key) == -1) {
		free(space);
		return -1;
	}
	w->input = space;
	w->out = buf_over(space + WORKER_INPUT, WORKER_OUTPUT);
	w->scratch = buf_over(space + WORKER_INPUT + WORKER_OUTPUT,
	    WORKER_SCRATCH);
	w->cache = resource_cache_new(server->opt, server->docroot);
	if (w->cache == NULL)
		goto free_space;
	if (source_set_init(&w->sources) == -1)
		goto free_cache;
	if (rules_file_applies(server->opt, server->docroot) &&
	    (w->rules = rules_file_new(&server->shared->rules_reported,
	    (struct rules_apps){ server->opt->proxies,
	    (size_t)server->opt->proxy_count }, (struct rules_listener){
	    report_message, log })) == NULL)
		goto free_sources;
	worker_begin(w);
	timer_wheel_init(&w->wheel, w->now_ns);
	return 0;

free_sources:
	source_set_free(&w->sources);
free_cache:
	resource_cache_free(w->cache);
free_space:
	free(space);
	return -1;
}

void
worker_free(struct worker *w)
{
	pool_free(&w->pool);
	if (w->rules != NULL)
		rules_file_free(w->rules);
	source_set_free(&w->sources);
	resource_cache_free(w->cache);
	free(w->input);
}

void
worker_trim(struct worker *w)
{
	pool_free(&w->pool);
#ifdef __GLIBC__
	/* glibc keeps blocks below the top of its heap; musl returns them. */
	malloc_trim(0);
#endif
}

static void
make_date(struct worker *w)
{
	struct buf b = buf_over(w->date, sizeof(w->date));
	char text[DATE_LEN + 1];

	if (fields_overridden(w->server, FIELDS_DATE))
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

	w->now_ns = clock_monotonic();
	w->wall_ns = clock_realtime();
	w->produce_end_ns = 0;
	w->turn += !w->turn_goes_on;
	w->turn_went_on = w->turn_goes_on;
	w->turn_goes_on = false;
	second = w->wall_ns / 1000000000;
	if (second != w->date_second) {
		w->date_second = second;
		make_date(w);
	}
}

void
worker_forget(struct worker *w)
{
	resource_expire(w->cache);
	w->rules_checked = false;
	entries_forget(&w->entries);
	w->input_n = 0;
}

static void
report_lost_folder(struct worker *w)
{
	const char *path = w->server->docroot->reopen_path;
	int error = resource_folder_lost(w->cache);

	if (error == EACCES)
		log_error(w->log, LOG_FOLDER_CLOSED,
		    "cannot open the new folder '%s': %s; if it stays so, "
		    "start serve again", path, strerror(error));
	else if (error != 0)
		log_error(w->log, LOG_FOLDER_GONE,
		    "folder '%s' is gone, waiting for a new one", path);
}

void
worker_end(struct worker *w)
{
	worker_forget(w);
	report_lost_folder(w);
	log_flush(w->log);
}
