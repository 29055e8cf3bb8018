/*
 * The values of fields for the driver:
 *   list                   the elements of a list, one per line
 *   date [NOW]             seconds since 1970, or "none"
 *   date-format            of seconds since 1970
 *   range SIZE             the parts, or "whole", or -416
 *   condition METHOD ETAG MODIFIED NOW   field lines: 0, 304 or 412, and
 *                          whether Range counts.  "-" for no ETAG, no MODIFIED
 *   accept                 the formats, and whether HTML is named
 *   accept-encoding        the codings in order, or "none"
 *   accept-encoding absent
 */
#include "server/accept.h"
#include "server/condition.h"
#include "server/date.h"
#include "server/list.h"
#include "server/range.h"
#include "tests/driver.h"

static void
print_list(struct slice in)
{
	struct slice element;

	while (list_next(&in, &element)) {
		putchar('[');
		driver_print(element);
		puts("]");
	}
}

static void
print_date(struct slice in, int64_t now)
{
	int64_t t = date_parse(in, now);

	if (t == DATE_NONE)
		puts("none");
	else
		printf("%lld\n", (long long)t);
}

static void
print_formatted(struct slice in)
{
	char digits[32] = "", *out = guard_end(DATE_LEN + 1);

	out -= DATE_LEN + 1;
	memcpy(digits, in.p, in.n < sizeof(digits) ? in.n : sizeof(digits) - 1);
	date_format(strtoll(digits, NULL, 10), out);
	puts(out);
}

static void
print_ranges(struct slice in, const char *size)
{
	const size_t space = RANGE_MAX * sizeof(struct range);
	struct range *r = (void *)(guard_end(space) - space);
	int n = range_parse(in, (off_t)strtoll(size, NULL, 10), r);

	if (n <= 0) {
		puts(n == 0 ? "whole" : n == -416 ? "-416" : "?");
		return;
	}
	for (int i = 0; i < n; i++)
		printf("%s%lld-%lld", i > 0 ? " " : "", (long long)r[i].first,
		    (long long)r[i].last);
	putchar('\n');
}

/* METHOD ETAG MODIFIED NOW; in has the field lines, each with its CRLF. */
static void
print_condition(struct slice in, char **argv)
{
	const char *method = argv[0], *etag = argv[1];
	struct validators v = { .modified = strcmp(argv[2], "-") == 0 ?
	    DATE_NONE : strtoll(argv[2], NULL, 10) };
	int64_t now = strtoll(argv[3], NULL, 10);
	size_t size = strlen(method) + in.n + 64;
	char *head = guard_end(size) - size, *space = guard_end(size) - size;
	struct http_request req;
	int n;

	n = snprintf(head, size, "%s / HTTP/1.1\r\nHost: a\r\n%.*s\r\n", method,
	    (int)in.n, in.p);
	if (http_parse_request(head, (size_t)n, &req) != n) {
		puts("refused");
		return;
	}
	http_join_fields(&req, space);
	if (strcmp(etag, "-") != 0)
		v.etag = (struct slice){ etag, strlen(etag) };
	printf("%d %s\n", condition_check(&req, &v, now),
	    condition_allows_range(&req, &v, now) ? "range" : "whole");
}

static void
print_accept(struct slice in)
{
	static const char *const formats[] = { "text", "html", "json" };

	printf("listing %s, error %s, html %s\n",
	    formats[accept_listing_format(in)],
	    formats[accept_error_format(in)],
	    accept_names_html(in) ? "yes" : "no");
}

static void
print_codings(struct slice in)
{
	static const char *const codings[] = { "br", "zstd", "gzip",
		"identity" };
	enum accept_coding order[ACCEPT_CODINGS + 1];
	int n = accept_codings(in, order);

	for (int i = 0; i < n; i++)
		printf("%s%s", i > 0 ? " " : "", codings[order[i]]);
	puts(n == 0 ? "none" : "");
}

int
driver_fields(int argc, char **argv, struct slice in)
{
	const char *what = argv[0];

	if (strcmp(what, "list") == 0)
		print_list(in);
	else if (strcmp(what, "date") == 0)
		print_date(in, argc == 2 ? strtoll(argv[1], NULL, 10) : 0);
	else if (strcmp(what, "date-format") == 0)
		print_formatted(in);
	else if (strcmp(what, "range") == 0 && argc == 2)
		print_ranges(in, argv[1]);
	else if (strcmp(what, "condition") == 0 && argc == 5)
		print_condition(in, argv + 1);
	else if (strcmp(what, "accept") == 0)
		print_accept(in);
	else if (strcmp(what, "accept-encoding") == 0)
		print_codings(argc == 2 ? (struct slice){ NULL, 0 } : in);
	else
		return 2;
	return 0;
}
