/*
 * Rules for the driver; stdin is the file:
 *   redirects [TARGET]...      errors; then for each TARGET the line that
 *                              applies, its status, and its target
 *   headers [PATH]...          errors; then for each PATH its fields
 *   redirects-time TARGET      nanoseconds per lookup
 *   headers-time PATH
 */
#include <time.h>

#include "server/http_path.h"
#include "server/rules.h"
#include "tests/driver.h"

enum { ROUNDS = 100000 };

static char *
space_of(size_t n)
{
	return guard_end((n + 15) & ~(size_t)15) - ((n + 15) & ~(size_t)15);
}

static struct buf
message_space(void)
{
	return buf_over(guard_end(RULES_MESSAGES) - RULES_MESSAGES,
	    RULES_MESSAGES);
}

/* The one application that --proxy would name. */
static struct proxy_app
application(void)
{
	struct proxy_app app;

	proxy_parse(slice_of("/app=http://127.0.0.1:5000/v1"), &app);
	return app;
}

static struct rules_redirects
parse_redirects(struct slice in)
{
	struct buf messages = message_space();
	static struct proxy_app app;
	struct rules_redirects r;

	app = application();
	rules_parse_redirects(&r, in, space_of(rules_redirects_space(in)),
	    (struct rules_apps){ &app, 1 }, &messages);
	fwrite(messages.p, 1, messages.n, stdout);
	return r;
}

static struct rules_headers
parse_headers(struct slice in)
{
	struct buf messages = message_space();
	struct rules_headers h;

	rules_parse_headers(&h, in, space_of(rules_headers_space(in)),
	    &messages);
	fwrite(messages.p, 1, messages.n, stdout);
	return h;
}

/* The decoded path; *query becomes the rest of the target. */
static struct slice
split_target(const char *target, struct slice *query)
{
	size_t n = strcspn(target, "?");
	char *out = space_of(n + 2);
	ssize_t length = http_decode_path((struct slice){ target, n }, out);

	*query = (struct slice){ target + n, strlen(target) - n };
	return (struct slice){ out, length > 0 ? (size_t)length : 0 };
}

static void
print_redirect(const struct rules_redirects *r, const char *target)
{
	struct slice query, path = split_target(target, &query);
	const struct rules_redirect *forced, *line;
	char text[RULES_TARGET_MAX + 1];
	struct buf b = buf_over(text, sizeof(text));

	forced = rules_find_redirect(r, path, query, true);
	line = rules_find_redirect(r, path, query, false);
	if (line == NULL) {
		puts("nothing");
		return;
	}
	rules_put_target(line, path, query, &b);
	printf("%d: %d%s ", line->line, line->status,
	    line->forced && forced == line ? "!" : "");
	driver_print(buf_slice(&b));
	puts(b.full ? " (full)" : "");
}

static void
print_changes(const struct rules_headers *h, const char *target)
{
	struct slice query, path = split_target(target, &query);
	struct rules_change change[RULES_SAME_FIELDS];
	struct buf space = buf_over(space_of(RULES_FIELDS_MAX),
	    RULES_FIELDS_MAX);
	bool cut;
	unsigned n = rules_find_changes(h, path, change, &space, &cut);

	for (unsigned i = 0; i < n; i++) {
		fputs(change[i].value.n > 0 ? "" : "! ", stdout);
		driver_print(change[i].name);
		if (change[i].value.n > 0)
			fputs(": ", stdout);
		driver_print(change[i].value);
		puts("");
	}
	puts(cut ? "(cut)" : n == 0 ? "nothing" : "-");
}

static long
elapsed_ns(struct timespec start)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	return (long)(end.tv_sec - start.tv_sec) * 1000000000 +
	    end.tv_nsec - start.tv_nsec;
}

static void
time_redirects(struct slice in, const char *target)
{
	struct rules_redirects r = parse_redirects(in);
	struct slice query, path = split_target(target, &query);
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < ROUNDS; i++)
		rules_find_redirect(&r, path, query, false);
	printf("%ld\n", elapsed_ns(start) / ROUNDS);
}

static void
time_headers(struct slice in, const char *target)
{
	struct rules_headers h = parse_headers(in);
	struct slice query, path = split_target(target, &query);
	struct rules_change change[RULES_SAME_FIELDS];
	char text[RULES_FIELDS_MAX];
	struct timespec start;
	bool cut;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < ROUNDS; i++) {
		struct buf space = buf_over(text, sizeof(text));

		rules_find_changes(&h, path, change, &space, &cut);
	}
	printf("%ld\n", elapsed_ns(start) / ROUNDS);
}

int
driver_rules(int argc, char **argv, struct slice in)
{
	const char *what = argv[0];

	if (strcmp(what, "redirects") == 0) {
		struct rules_redirects r = parse_redirects(in);

		for (int i = 1; i < argc; i++)
			print_redirect(&r, argv[i]);
	} else if (strcmp(what, "headers") == 0) {
		struct rules_headers h = parse_headers(in);

		for (int i = 1; i < argc; i++)
			print_changes(&h, argv[i]);
	} else if (strcmp(what, "redirects-time") == 0 && argc == 2) {
		time_redirects(in, argv[1]);
	} else if (strcmp(what, "headers-time") == 0 && argc == 2) {
		time_headers(in, argv[1]);
	} else {
		return 2;
	}
	return 0;
}
