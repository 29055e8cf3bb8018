/*
 * Heads, targets and bodies for the driver:
 *   head                   a request head: the result, then its contents
 *   head-cuts              "0" if each shorter beginning of it is incomplete
 *   join                   its fields, repeated ones joined
 *   body chunked|LENGTH    the length of a body, and whether it ended
 *   body-cuts chunked|LENGTH   the same, for all ways to cut it
 *   body-data chunked|LENGTH|close   each piece of its data on a line, then
 *                          whether it is complete if the connection closes
 *   response METHOD        a response head: the result, then its contents
 *   response-cuts METHOD   "0" if each shorter beginning of it is incomplete
 *   path                   a path decoded, or minus a status
 *   authority              host and port
 *   site [ORIGIN]...       a request head, and the origins that are let in:
 *                          "own", "let in" or "refused", and the origin
 *   reason STATUS...       the reasons
 */
#include <assert.h>

#include "server/authority.h"
#include "server/head.h"
#include "server/http_body.h"
#include "server/http_path.h"
#include "server/http_response.h"
#include "server/site.h"
#include "tests/driver.h"

/* In the order of enum http_field. */
static const char *const field_names[] = {
	"via", "host", "range", "accept", "cookie", "expect", "origin",
	"referer", "if-match",
	"if-range", "connection", "user-agent", "content-type",
	"max-forwards",
	"authorization", "if-none-match", "content-length", "sec-fetch-dest",
	"sec-fetch-mode", "sec-fetch-site", "accept-encoding",
	"x-forwarded-for",
	"if-modified-since", "transfer-encoding", "if-unmodified-since",
	"upgrade-insecure-requests",
	"access-control-request-method", "access-control-request-headers",
	"access-control-request-private-network",
};

static_assert(LENGTH_OF(field_names) == HTTP_FIELD_COUNT, "a name for each");

static void
print_line(const char *name, struct slice s)
{
	printf("%s ", name);
	driver_print(s);
	putchar('\n');
}

static void
print_fields(const struct http_request *req)
{
	for (unsigned f = 0; f < HTTP_FIELD_COUNT; f++) {
		if (req->field[f].p == NULL)
			continue;
		printf("field %s: ", field_names[f]);
		driver_print(req->field[f]);
		puts((req->repeated >> f & 1) != 0 ? " and more" : "");
	}
}

static void
print_meaning(const struct http_request *req)
{
	static const char *const methods[] = { "unknown", "known", "get",
		"head", "options" };
	static const char *const expects[] = { "nothing", "continue", "other" };

	printf("served as %s, 1.%d\n", methods[req->method], req->minor);
	print_line("path", req->path);
	print_line("query", req->query);
	print_line("host", req->host);
	printf("keep-alive %s\n", req->keep_alive ? "yes" : "no");
	if (req->chunked)
		puts("body chunked");
	else
		printf("body %llu\n", (unsigned long long)req->content_length);
	printf("expect %s\n", expects[req->expect]);
	print_fields(req);
}

static void
print_head(struct slice in)
{
	struct http_request req;
	ssize_t r = http_parse_request(in.p, in.n, &req);

	printf("%zd\n", r);
	print_line("method", req.method_name);
	print_line("target", req.target);
	print_line("version", req.version);
	if (r > 0)
		print_meaning(&req);
}

static void
print_cuts(struct slice in)
{
	struct http_request req;
	char *end = guard_end(in.n);

	for (size_t n = 0; n < in.n; n++) {
		ssize_t r;

		memcpy(end - n, in.p, n);
		r = http_parse_request(end - n, n, &req);
		if (r != 0) {
			printf("%zd for %zu bytes of %zu\n", r, n, in.n);
			return;
		}
	}
	puts("0");
}

static void
print_joined(struct slice in)
{
	struct http_request req;

	if (http_parse_request(in.p, in.n, &req) <= 0) {
		puts("refused");
		return;
	}
	http_join_fields(&req, guard_end(req.head.n) - req.head.n);
	print_fields(&req);
}

static struct http_body
start_body(const char *framing)
{
	struct http_body body;

	if (strcmp(framing, "chunked") == 0)
		http_body_start(&body, HTTP_FRAMING_CHUNKED, 0);
	else if (strcmp(framing, "close") == 0)
		http_body_start(&body, HTTP_FRAMING_CLOSE, 0);
	else
		http_body_start(&body, HTTP_FRAMING_LENGTH,
		    strtoull(framing, NULL, 10));
	return body;
}

/*
 * Feed a body in pieces: first bytes, then step bytes each, each piece placed
 * just before end.  Returns -400, or how many bytes it took.
 */
static ssize_t
feed(struct http_body *body, struct slice in, char *end, size_t first,
    size_t step)
{
	size_t at = 0, n = first;

	while (at < in.n && !http_body_ended(body)) {
		ssize_t taken;

		if (n > in.n - at)
			n = in.n - at;
		memcpy(end - n, in.p + at, n);
		taken = http_body_skip(body, end - n, n);
		if (taken < 0)
			return taken;
		at += (size_t)taken;
		n = step;
	}
	return (ssize_t)at;
}

static void
print_body(const char *framing, struct slice in)
{
	struct http_body body = start_body(framing);
	ssize_t r = http_body_skip(&body, in.p, in.n);

	printf("%zd%s\n", r, r < 0 ? "" : http_body_ended(&body) ? " ended"
	    : " more");
}

/* The cut after number i of a body of n bytes.  In the middle of a long one
 * only some are made: the time grows with the square of n. */
static size_t
next_cut(size_t i, size_t n)
{
	size_t at = i % n;

	return i + (at > 256 && at + 256 + 97 < n ? 97 : 1);
}

/* Cut the body in two at each position, then into pieces of each length. */
static void
print_body_cuts(const char *framing, struct slice in)
{
	struct http_body whole = start_body(framing);
	ssize_t wanted = http_body_skip(&whole, in.p, in.n);
	char *end = guard_end(in.n);

	for (size_t i = 1; i < 2 * in.n; i = next_cut(i, in.n)) {
		struct http_body body = start_body(framing);
		size_t step = i < in.n ? in.n : i - in.n + 1;
		ssize_t r = feed(&body, in, end, i < in.n ? i : step, step);

		if (r != wanted ||
		    (r >= 0 && (body.left != whole.left ||
		    body.state != whole.state))) {
			printf("%zd for cut %zu\n", r, i);
			return;
		}
	}
	print_body(framing, in);
}

static void
print_data(const char *framing, struct slice in)
{
	struct http_body body = start_body(framing);
	struct slice data;
	size_t at = 0;

	while (at < in.n && !http_body_ended(&body)) {
		ssize_t r = http_body_next(&body, in.p + at, in.n - at, &data);

		if (r < 0) {
			printf("%zd\n", r);
			return;
		}
		at += (size_t)r;
		if (data.n > 0)
			print_line("data", data);
	}
	puts(http_body_may_close(&body) ? "whole" : "cut");
}

static enum http_method
method_of(const char *name)
{
	return strcmp(name, "HEAD") == 0 ? HTTP_HEAD : HTTP_GET;
}

static void
print_response(struct slice in, const char *method)
{
	static const char *const framings[] = { "none", "length", "chunked",
		"close" };
	struct http_response res;
	struct slice fields, name, value;
	ssize_t r = http_parse_response(in.p, in.n, method_of(method), &res);

	printf("%zd\n", r);
	if (r <= 0)
		return;
	printf("%d 1.%d %s", res.status, res.minor,
	    framings[res.framing]);
	if (res.has_length)
		printf(" %llu", (unsigned long long)res.content_length);
	printf(" %s%s\n", res.keep_alive ? "keep" : "close",
	    http_is_interim(&res) ? " interim" : "");
	print_line("reason", res.reason);
	for (fields = head_fields(res.head);
	    head_next_field(&fields, &name, &value);) {
		driver_print(name);
		print_line(":", value);
	}
}

static void
print_response_cuts(struct slice in, const char *method)
{
	struct http_response res;
	char *end = guard_end(in.n);

	for (size_t n = 0; n < in.n; n++) {
		ssize_t r;

		memcpy(end - n, in.p, n);
		r = http_parse_response(end - n, n, method_of(method), &res);
		if (r != 0) {
			printf("%zd for %zu bytes of %zu\n", r, n, in.n);
			return;
		}
	}
	puts("0");
}

static void
print_path(struct slice in)
{
	size_t size = in.n + 2;
	char *out = guard_end(size) - size;
	ssize_t r = http_decode_path(in, out);

	if (r < 0) {
		printf("%zd\n", r);
		return;
	}
	driver_print((struct slice){ out, (size_t)r });
	puts(strlen(out) == (size_t)r ? "" : " with a wrong length");
}

static void
print_authority(struct slice in)
{
	struct slice host, port;

	if (!authority_parse(in, &host, &port)) {
		puts("malformed");
		return;
	}
	driver_print(host);
	if (port.n > 0)
		print_line("", port);
	else
		puts("");
}

static void
print_site(struct slice in, char **origins, int n)
{
	static const char *const accesses[] = { "own", "let in", "refused" };
	struct http_request req;
	struct slice origin;

	if (http_parse_request(in.p, in.n, &req) <= 0) {
		puts("malformed");
		return;
	}
	fputs(accesses[site_check(&req, (const char *const *)origins, n,
	    &origin)], stdout);
	print_line("", origin);
}

int
driver_head(int argc, char **argv, struct slice in)
{
	const char *what = argv[0];

	if (strcmp(what, "head") == 0)
		print_head(in);
	else if (strcmp(what, "head-cuts") == 0)
		print_cuts(in);
	else if (strcmp(what, "join") == 0)
		print_joined(in);
	else if (strcmp(what, "body") == 0 && argc == 2)
		print_body(argv[1], in);
	else if (strcmp(what, "body-cuts") == 0 && argc == 2)
		print_body_cuts(argv[1], in);
	else if (strcmp(what, "body-data") == 0 && argc == 2)
		print_data(argv[1], in);
	else if (strcmp(what, "response") == 0 && argc == 2)
		print_response(in, argv[1]);
	else if (strcmp(what, "response-cuts") == 0 && argc == 2)
		print_response_cuts(in, argv[1]);
	else if (strcmp(what, "path") == 0)
		print_path(in);
	else if (strcmp(what, "authority") == 0)
		print_authority(in);
	else if (strcmp(what, "site") == 0)
		print_site(in, argv + 1, argc - 1);
	else if (strcmp(what, "reason") == 0)
		for (int i = 1; i < argc; i++)
			puts(http_reason(atoi(argv[i])));
	else
		return 2;
	return 0;
}
