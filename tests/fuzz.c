/*
 * Fuzz targets for libFuzzer, all in one program:
 *
 *	build/tests/fuzz --target=head FOUND tests/corpus/head
 *
 * The input ends at an inaccessible page.  Besides crashes, each target checks
 * the guarantees of its function.
 */
#include <stdio.h>

#include "server/mime.h"
#include "server/accept.h"
#include "server/ascii.h"
#include "server/authority.h"
#include "server/buf.h"
#include "server/condition.h"
#include "server/crc32.h"
#include "server/date.h"
#include "server/head.h"
#include "server/http_body.h"
#include "server/http_path.h"
#include "server/http_response.h"
#include "server/key.h"
#include "server/list.h"
#include "server/proxy_head.h"
#include "server/qr.h"
#include "server/range.h"
#include "server/site.h"
#include "server/rules.h"
#include "server/tar.h"
#include "server/zip.h"
#include "tests/guard.h"

#define CHECK(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
			    __LINE__, #what); \
			abort(); \
		} \
	} while (0)

enum { INPUT_MAX = 64 << 10, OUTPUT_MAX = 128 * INPUT_MAX };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* libFuzzer's callbacks have no user argument, so these are global. */
static struct {
	void (*target)(struct slice in);
	char *input, *other, *output;	/* ends of buffers, see guard_end() */
} fuzz;

/* A copy of s, outside the input, that ends at an inaccessible page. */
static struct slice
other(struct slice s)
{
	if (s.n > 0)
		memmove(fuzz.other - s.n, s.p, s.n);
	return (struct slice){ fuzz.other - s.n, s.n };
}

/* Take bytes from the input as parameters; zeros after its end. */
static uint64_t
take(struct slice *in, size_t bytes)
{
	uint64_t v = 0;

	for (; bytes > 0 && in->n > 0; bytes--, in->p++, in->n--)
		v = v << 8 | (unsigned char)in->p[0];
	return v;
}

static bool
is_inside(struct slice s, struct slice whole)
{
	return s.n == 0 ||
	    (s.p >= whole.p && s.p + s.n <= whole.p + whole.n);
}

static bool
is_trimmed(struct slice s)
{
	return slice_equal(s, slice_trim(s));
}

/* A byte at a time, unlike head.c. */
static bool
is_one_line(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') ||
		    s.p[i] == 0x7f)
			return false;
	return true;
}

static void
check_refused(const struct http_request *req, ssize_t r)
{
	CHECK(r == 0 || r == -400 || r == -414 || r == -431 || r == -501 ||
	    r == -505);
	for (int f = 0; f < HTTP_FIELD_COUNT; f++)
		CHECK(req->field[f].p == NULL);
	CHECK(req->path.n == 0 && req->host.n == 0 && req->head.n == 0);
}

static void
check_fields(const struct http_request *req, struct slice in)
{
	for (int f = 0; f < HTTP_FIELD_COUNT; f++) {
		struct slice value = req->field[f];

		CHECK(is_inside(value, in) && is_trimmed(value) &&
		    is_one_line(value));
		CHECK(value.p != NULL || (req->repeated >> f & 1) == 0);
	}
}

static void
check_request(const struct http_request *req, struct slice in)
{
	CHECK(is_inside(req->head, in) && is_inside(req->target, in));
	CHECK(is_inside(req->path, in) && is_inside(req->query, in));
	CHECK(is_inside(req->host, in));
	CHECK(req->head.n >= 2 && req->head.p[req->head.n - 1] == '\n');
	CHECK(req->head.p == req->method_name.p);
	CHECK(head_is_token(req->method_name) && req->target.n > 0);
	CHECK(is_one_line(req->target) && req->version.n == 8);
	CHECK(memchr(req->target.p, '#', req->target.n) == NULL);
	CHECK(req->path.n > 0 ? req->path.p[0] == '/' ||
	    (req->method == HTTP_OPTIONS && slice_equal(req->path, SLICE("*")))
	    : slice_equal(req->method_name, SLICE("CONNECT")));
	CHECK(req->query.n == 0 || req->query.p[0] == '?');
	CHECK(req->minor == 1 || (req->minor == 0 && !req->chunked));
	CHECK(req->minor == 0 || req->field[HTTP_HOST].p != NULL);
	CHECK(!req->chunked || (req->content_length == 0 &&
	    req->field[HTTP_CONTENT_LENGTH].p == NULL));
	CHECK(req->expect != HTTP_EXPECT_CONTINUE || req->chunked ||
	    req->content_length > 0);
	check_fields(req, in);
}

/* A truncated valid head is incomplete: neither refused nor accepted. */
static void
check_cuts(struct slice in, size_t head_n)
{
	struct http_request req;

	for (size_t n = head_n < 600 ? 0 : head_n - 600; n < head_n; n++) {
		struct slice cut = other((struct slice){ in.p, n });

		CHECK(http_parse_request(cut.p, cut.n, &req) == 0);
	}
}

/*
 * The origin of a page is in the head.  Without --cors only loopback pages are
 * let in.
 */
static void
check_site(const struct http_request *req, struct slice in)
{
	static const char *const all[] = { "*" };
	struct slice origin;

	CHECK(site_check(req, all, 1, &origin) == SITE_LET_IN);
	CHECK(is_inside(origin, in));
	if (site_check(req, NULL, 0, &origin) == SITE_LET_IN)
		CHECK(authority_is_loopback(req->host) && origin.n > 0);
	site_may_be_kept_out(req, origin);
}

/* Parsing only the head gives the same result as with bytes after it. */
static void
check_alone(const struct http_request *req)
{
	struct slice alone = other(req->head);
	struct http_request again;

	CHECK(http_parse_request(alone.p, alone.n, &again) ==
	    (ssize_t)alone.n);
	CHECK(slice_equal(again.path, req->path) &&
	    slice_equal(again.query, req->query) &&
	    slice_equal(again.host, req->host) &&
	    again.keep_alive == req->keep_alive &&
	    again.chunked == req->chunked && again.expect == req->expect &&
	    again.content_length == req->content_length);
}

static void
check_joined(struct http_request *req)
{
	struct slice space = { fuzz.output - req->head.n, req->head.n };
	uint32_t repeated = req->repeated;

	http_join_fields(req, fuzz.output - req->head.n);
	CHECK(req->repeated == 0);
	for (int f = 0; f < HTTP_FIELD_COUNT; f++) {
		if ((repeated >> f & 1) == 0)
			continue;
		CHECK(req->field[f].p != NULL);
		CHECK(is_inside(req->field[f], space));
		CHECK(is_one_line(req->field[f]));
	}
}

static void
fuzz_head(struct slice in)
{
	struct http_request req, half;
	ssize_t r = http_parse_request(in.p, in.n, &req);
	struct slice cut = other((struct slice){ in.p, in.n / 2 });

	/* A refused head stays refused, whatever follows. */
	if (http_parse_request(cut.p, cut.n, &half) < 0)
		CHECK(r < 0);
	if (r <= 0) {
		check_refused(&req, r);
		return;
	}
	CHECK(r <= HTTP_HEAD_MAX && (size_t)r <= in.n);
	CHECK(req.head.p + req.head.n == in.p + r);
	check_request(&req, in);
	check_alone(&req);
	check_site(&req, in);
	check_joined(&req);
	check_cuts(in, (size_t)r);
}

/* The line at the start of *in; *in moves past its CRLF. */
static bool
next_line(struct slice *in, struct slice *line)
{
	const char *end = memmem(in->p, in->n, "\r\n", 2);

	if (end == NULL)
		return false;
	*line = (struct slice){ in->p, (size_t)(end - in->p) };
	in->p += line->n + 2;
	in->n -= line->n + 2;
	return true;
}

static bool
read_size(struct slice line, uint64_t *size)
{
	size_t digits = 0;

	*size = 0;
	for (; digits < line.n; digits++) {
		int digit = ascii_hex_value(line.p[digits]);

		if (digit < 0)
			break;
		if (*size > UINT64_MAX / 16)
			return false;
		*size = *size * 16 + (uint64_t)digit;
	}
	if (digits == 0 || !is_one_line(line))
		return false;
	if (digits == line.n)
		return true;
	line = slice_trim((struct slice){ line.p + digits, line.n - digits });
	return line.n > 0 && line.p[0] == ';';
}

static bool
is_field_line(struct slice line)
{
	const char *colon = memchr(line.p, ':', line.n);

	return colon != NULL && is_one_line(line) &&
	    head_is_token((struct slice){ line.p, (size_t)(colon - line.p) });
}

/*
 * Parse chunks by whole lines, unlike http_body_skip().  Returns the length of
 * the body, 0 if a line is cut, -400 if one is malformed.
 */
static ssize_t
chunked_length(struct slice in)
{
	struct slice rest = in, line;
	uint64_t size;

	do {
		if (!next_line(&rest, &line))
			return 0;
		if (!read_size(line, &size))
			return -400;
		if (size == 0)
			break;
		if (rest.n < 2 || size > rest.n - 2)
			return 0;
		rest.p += size;
		rest.n -= (size_t)size;
		if (memcmp(rest.p, "\r\n", 2) != 0)
			return -400;
		rest.p += 2;
		rest.n -= 2;
	} while (size > 0);
	do {
		if (!next_line(&rest, &line))
			return 0;
		if (line.n > 0 && !is_field_line(line))
			return -400;
	} while (line.n > 0);
	return rest.p - in.p;
}

/* Feed pieces of step bytes.  Returns -400, or how many bytes it took. */
static ssize_t
skip_in_pieces(struct http_body *body, struct slice in, size_t step)
{
	size_t at = 0;

	while (at < in.n && !http_body_ended(body)) {
		size_t n = in.n - at < step ? in.n - at : step;
		struct slice piece = other((struct slice){ in.p + at, n });
		ssize_t r = http_body_skip(body, piece.p, n);

		if (r < 0)
			return r;
		CHECK((size_t)r == n || http_body_ended(body));
		at += (size_t)r;
	}
	return (ssize_t)at;
}

/* The pieces of data are the bytes between the framing. */
static void
check_data(struct http_body body, struct slice in, ssize_t length)
{
	size_t at = 0;

	while (at < in.n && !http_body_ended(&body)) {
		struct slice data;
		ssize_t r = http_body_next(&body, in.p + at, in.n - at, &data);

		if (r < 0) {
			CHECK(length < 0);
			return;
		}
		CHECK(r > 0 && is_inside(data, in));
		at += (size_t)r;
		if (data.n > 0)
			CHECK(data.p + data.n == in.p + at);
	}
	CHECK((ssize_t)at == length);
}

static void
fuzz_body(struct slice in)
{
	size_t step = 1 + (size_t)take(&in, 1) % 9;
	struct http_request req = { .chunked = step % 3 != 0 };
	struct http_body whole, pieces;
	ssize_t r;

	if (!req.chunked)
		req.content_length = take(&in, 1 + step % 8);
	http_body_start(&whole, http_request_framing(&req),
	    req.content_length);
	pieces = whole;
	r = http_body_skip(&whole, in.p, in.n);
	CHECK(r == -400 || (r >= 0 && (size_t)r <= in.n));
	check_data(pieces, in, r);
	CHECK(skip_in_pieces(&pieces, in, step) == r);
	if (r >= 0)
		CHECK(whole.state == pieces.state && whole.left == pieces.left);
	if (r >= 0 && http_body_ended(&whole))
		CHECK(http_body_skip(&whole, in.p, in.n) == 0);
	else if (r >= 0)
		CHECK((size_t)r == in.n);
	if (!req.chunked) {
		CHECK((uint64_t)r == (req.content_length < in.n
		    ? req.content_length : in.n));
	} else if (in.n < 4096) {	/* within all limits */
		ssize_t length = chunked_length(in);

		CHECK(length == 0 ? r < 0 || !http_body_ended(&whole)
		    : length == r);
	}
}

static void
check_response(const struct http_response *res, struct slice in,
    enum http_method method)
{
	struct slice fields = head_fields(res->head), name, value;
	int lines = 0;

	CHECK(is_inside(res->head, in) && is_inside(res->reason, in));
	CHECK(is_one_line(res->reason) && is_trimmed(res->reason));
	CHECK(res->status >= 100 && res->status <= 999);
	if (method == HTTP_HEAD || res->status < 200 || res->status == 204 ||
	    res->status == 304)
		CHECK(res->framing == HTTP_FRAMING_NONE);
	else
		CHECK(res->framing != HTTP_FRAMING_NONE);
	CHECK(res->framing != HTTP_FRAMING_LENGTH || res->has_length);
	CHECK(res->framing != HTTP_FRAMING_CHUNKED || !res->has_length);
	CHECK(!res->keep_alive || (res->framing != HTTP_FRAMING_CLOSE &&
	    res->status != 101));
	for (; head_next_field(&fields, &name, &value); lines++)
		CHECK(head_is_token(name) && is_one_line(value));
	CHECK(lines <= HEAD_FIELDS_MAX);
	CHECK(fields.n == 1 || fields.n == 2);
}

static void
fuzz_response(struct slice in)
{
	enum http_method method = take(&in, 1) % 2 == 0 ? HTTP_GET : HTTP_HEAD;
	struct http_response res, half;
	ssize_t r = http_parse_response(in.p, in.n, method, &res);
	struct slice cut = other((struct slice){ in.p, in.n / 2 });
	ssize_t early = http_parse_response(cut.p, cut.n, method, &half);

	CHECK(r == -502 || (r >= 0 && r <= HTTP_HEAD_MAX));
	CHECK(early == 0 || early == r);
	if (r <= 0)
		return;
	CHECK(res.head.p == in.p && res.head.n == (size_t)r);
	check_response(&res, in, method);
}

/* Decode s with every byte, or with every dot, as %XX. */
static ssize_t
decode_encoded(struct slice s, bool all, char *out)
{
	struct buf b = buf_over(fuzz.other - s.n * 3, s.n * 3);
	struct slice encoded;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '.' || (all && c != '/')) {
			buf_byte(&b, '%');
			buf_byte(&b, "0123456789ABCDEF"[c >> 4]);
			buf_byte(&b, "0123456789abcdef"[c & 15]);
		} else {
			buf_byte(&b, s.p[i]);
		}
	}
	encoded = other(buf_slice(&b));
	return http_decode_path(encoded, out);
}

static void
check_decoded(struct slice s)
{
	CHECK(s.p[0] == '/' && s.p[s.n] == '\0' && strlen(s.p) == s.n);
	CHECK(memmem(s.p, s.n, "//", 2) == NULL);
	CHECK(memmem(s.p, s.n, "/./", 3) == NULL);
	CHECK(memmem(s.p, s.n, "/../", 4) == NULL);
	CHECK(s.n < 2 || memcmp(s.p + s.n - 2, "/.", 2) != 0);
	CHECK(s.n < 3 || memcmp(s.p + s.n - 3, "/..", 3) != 0);
}

static void
fuzz_path(struct slice in)
{
	char *out = fuzz.output - (in.n + 2), *again;
	struct slice decoded;
	ssize_t r;

	if (in.n > INPUT_MAX / 4)
		return;
	r = http_decode_path(in, out);
	if (r < 0) {
		CHECK(r == -400 || r == -404);
		return;
	}
	decoded = (struct slice){ out, (size_t)r };
	CHECK(decoded.n <= in.n + 1);
	check_decoded(decoded);
	again = out - INPUT_MAX;
	CHECK(decode_encoded(decoded, true, again) == r);
	CHECK(memcmp(again, out, decoded.n) == 0);
	CHECK(decode_encoded(in, false, again) == r);
	CHECK(memcmp(again, out, decoded.n) == 0);
}

static void
fuzz_range(struct slice in)
{
	unsigned kind = (unsigned)take(&in, 1);
	off_t size = (off_t)(take(&in, kind % 3 == 0 ? 8 : 1) & INT64_MAX);
	struct range r[RANGE_MAX], again[RANGE_MAX];
	int n = range_parse(in, size, r);
	struct buf b = buf_over(fuzz.other - 4096, 4096);
	struct slice value;

	CHECK(n == -416 || (n >= 0 && n <= RANGE_MAX));
	buf_lit(&b, "Bytes=");
	for (int i = 0; i < n; i++) {
		CHECK(r[i].first >= 0 && r[i].first <= r[i].last);
		CHECK(r[i].last < size);
		for (int j = 0; j < i; j++)
			CHECK(r[i].first > r[j].last + 1 ||
			    r[j].first > r[i].last + 1);
		buf_number(&b, (uint64_t)r[i].first);
		buf_byte(&b, '-');
		buf_number(&b, (uint64_t)r[i].last);
		buf_lit(&b, " , ");
	}
	if (n <= 0)
		return;
	/* Requesting the parsed ranges gives the same ranges. */
	buf_lit(&b, "-0");
	value = other(buf_slice(&b));
	CHECK(!b.full && range_parse(value, size, again) == n);
	CHECK(memcmp(r, again, (size_t)n * sizeof(*r)) == 0);
}

static void
fuzz_date(struct slice in)
{
	int64_t now = (int64_t)take(&in, 8), t = date_parse(in, now);
	char *out = fuzz.output - (DATE_LEN + 1);
	const int64_t first = -62162035200, last = 253402300799;
	int64_t near = now < first ? first : now > last ? last : now;

	date_format(now, out);
	CHECK(strlen(out) == DATE_LEN);
	CHECK(date_parse((struct slice){ out, DATE_LEN }, now) == near);
	if (t == DATE_NONE || t < first || t > last)
		return;
	date_format(t, out);
	CHECK(date_parse((struct slice){ out, DATE_LEN }, 0) == t);
}

static void
fuzz_accept(struct slice in)
{
	enum accept_coding order[ACCEPT_CODINGS + 1];
	int n = accept_codings(in, order);
	unsigned seen = 0;
	enum accept_format error = accept_error_format(in);

	CHECK(n >= 0 && n <= ACCEPT_CODINGS + 1);
	for (int i = 0; i < n; i++) {
		CHECK(order[i] <= ACCEPT_IDENTITY);
		CHECK((seen >> order[i] & 1) == 0);
		seen |= 1u << order[i];
	}
	CHECK(accept_listing_format(in) <= ACCEPT_JSON && error <= ACCEPT_JSON);
	CHECK(error != ACCEPT_HTML || accept_names_html(in));
}

static void
fuzz_list(struct slice in)
{
	struct slice rest = in, element;
	const char *last = in.p;

	while (list_next(&rest, &element)) {
		CHECK(element.n > 0 && is_trimmed(element));
		CHECK(is_inside(element, in) && element.p >= last);
		CHECK(rest.p >= element.p + element.n);
		last = element.p + element.n;
		CHECK(rest.p + rest.n == in.p + in.n);
	}
	CHECK(rest.n == 0);
}

static bool
has_condition(const struct http_request *req)
{
	return req->field[HTTP_IF_MATCH].p != NULL ||
	    req->field[HTTP_IF_NONE_MATCH].p != NULL ||
	    req->field[HTTP_IF_MODIFIED_SINCE].p != NULL ||
	    req->field[HTTP_IF_UNMODIFIED_SINCE].p != NULL;
}

static void
check_condition(const struct http_request *req, const struct validators *v)
{
	bool reads = req->method == HTTP_GET || req->method == HTTP_HEAD;
	struct slice none_match = req->field[HTTP_IF_NONE_MATCH];
	int64_t now = 784111777;
	int status = condition_check(req, v, now);

	CHECK(status == 0 || status == 304 || status == 412);
	CHECK(status != 304 || reads);
	CHECK(status == 0 || (has_condition(req) &&
	    req->method != HTTP_OPTIONS));
	if (reads && slice_equal(none_match, SLICE("*")))
		CHECK(status != 0);
	if (condition_allows_range(req, v, now) &&
	    req->field[HTTP_IF_RANGE].p != NULL)
		CHECK(v->etag.n > 0 || v->modified < now);
}

static void
fuzz_condition(struct slice in)
{
	static const char *const methods[] = { "GET", "HEAD", "POST",
		"OPTIONS" };
	static const char *const etags[] = { "", "\"a\"", "W/\"a\"",
		"\"\"" };
	uint64_t choice = take(&in, 1);
	const char *etag = etags[choice >> 2 & 3];
	struct validators v = {
		.etag = { etag, strlen(etag) },
		.modified = (choice & 16) != 0 ? 784111776 : DATE_NONE,
	};
	struct buf b = buf_over(fuzz.other - INPUT_MAX - 64, INPUT_MAX + 64);
	struct http_request req;

	buf_text(&b, methods[choice & 3]);
	buf_lit(&b, " / HTTP/1.0\r\n");
	buf_put(&b, in);
	buf_lit(&b, "\r\n\r\n");
	if (http_parse_request(b.p, b.n, &req) <= 0)
		return;
	http_join_fields(&req, fuzz.output - req.head.n);
	check_condition(&req, &v);
}

/* Escape in, first with enough room, then with less. */
static struct slice
escaped(void (*escape)(struct buf *, struct slice), struct slice in)
{
	struct buf b = buf_over(fuzz.output - OUTPUT_MAX, in.n * 8);
	struct buf tight;

	escape(&b, in);
	CHECK(!b.full);
	tight = buf_over(fuzz.output - b.n / 2, b.n / 2);
	escape(&tight, in);
	CHECK(tight.n <= tight.cap && tight.full == (b.n > 0));
	return buf_slice(&b);
}

/* Only visible characters of UTF-8: no C0, DEL, C1. */
static void
check_clean(struct slice s)
{
	uint32_t cp;

	for (size_t i = 0; i < s.n;) {
		size_t n = slice_utf8((struct slice){ s.p + i, s.n - i }, &cp);

		CHECK(n > 0 && cp >= 0x20 && (cp < 0x7f || cp > 0x9f));
		i += n;
	}
}

static void
fuzz_html(struct slice in)
{
	struct slice s = escaped(buf_html, in);

	check_clean(s);
	for (size_t i = 0; i < s.n; i++) {
		CHECK(strchr("<>", s.p[i]) == NULL);
		if (s.p[i] == '&')
			CHECK(memchr(s.p + i, ';', s.n - i) != NULL);
	}
}

static void
fuzz_json(struct slice in)
{
	struct slice s = escaped(buf_json, in);

	check_clean(s);
	CHECK(memmem(s.p, s.n, "\xe2\x80\xa8", 3) == NULL);
	CHECK(memmem(s.p, s.n, "\xe2\x80\xa9", 3) == NULL);
	for (size_t i = 0; i < s.n; i++) {
		CHECK(s.p[i] != '"');
		if (s.p[i] != '\\')
			continue;
		CHECK(++i < s.n && strchr("\"\\/bfnrtu", s.p[i]) != NULL);
		if (s.p[i] != 'u')
			continue;
		for (int digit = 0; digit < 4; digit++)
			CHECK(++i < s.n && ascii_hex_value(s.p[i]) >= 0);
	}
}

static void
check_visible(void (*escape)(struct buf *, struct slice), struct slice in)
{
	struct slice s = escaped(escape, in), once, twice;

	check_clean(s);
	if (s.n > INPUT_MAX)
		return;
	once = other(s);
	twice = escaped(escape, once);
	CHECK(slice_equal(once, twice));
}

static void
fuzz_visible(struct slice in)
{
	check_visible(buf_visible, in);
	check_visible(buf_visible_path, in);
}

static void
check_uri_bytes(struct slice s, const char *more)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		CHECK((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr(more, c) != NULL);
		CHECK(c != '\0');
	}
}

static void
fuzz_url(struct slice in)
{
	struct slice s;
	char *out;

	check_uri_bytes(escaped(buf_url_query, in), "-._~!$&'()*+,;=:@/?%");
	check_uri_bytes(escaped(buf_url_path, in), "-._~!$&'()*+,;=:@/%");
	s = escaped(buf_url, in);
	check_uri_bytes(s, "-._~%");
	if (s.n > INPUT_MAX || in.n == 0 || in.n > 4096 ||
	    memchr(in.p, '\0', in.n) != NULL ||
	    memchr(in.p, '/', in.n) != NULL || slice_equal(in, SLICE(".")) ||
	    slice_equal(in, SLICE("..")))
		return;
	/* A name comes back as the same name. */
	s = other(s);
	out = fuzz.output - (s.n + 2);
	CHECK(http_decode_path(s, out) == (ssize_t)in.n + 1);
	CHECK(memcmp(out + 1, in.p, in.n) == 0);
}

static void
fuzz_mime(struct slice in)
{
	size_t name_n = (size_t)take(&in, 1) % 32;
	struct slice name = { in.p, name_n < in.n ? name_n : in.n };
	struct slice head = { in.p + name.n, in.n - name.n };
	struct mime m, other_end;

	CHECK(mime_by_name(name, &m) == (m.type[0] != '\0'));
	other_end = m;
	mime_by_content(&m, head, true);
	CHECK(strchr(m.type, '/') != NULL);
	CHECK(!m.guessed || strncmp(m.type, "text/plain", 10) == 0);
	mime_by_content(&other_end, head, false);
	CHECK(strchr(other_end.type, '/') != NULL);
}

/* The corners of a code are always the same. */
static void
check_corners(const struct qr *q)
{
	int last = q->size - 1;

	CHECK(q->dark[0][0] && q->dark[0][last] && q->dark[last][0]);
	CHECK(!q->dark[7][7] && !q->dark[7][last - 7] && !q->dark[last - 7][7]);
	CHECK(q->dark[last - 7][8]);
}

static void
fuzz_qr(struct slice in)
{
	static struct qr q;
	struct buf b = buf_over(fuzz.output - OUTPUT_MAX, OUTPUT_MAX);

	CHECK(qr_make(&q, in) == (in.n <= QR_TEXT_MAX));
	if (in.n > QR_TEXT_MAX)
		return;
	CHECK(q.size % 4 == 1 && q.size >= 21 && q.size <= QR_SIZE_MAX);
	check_corners(&q);
	qr_draw(&q, &b);
	CHECK(!b.full && qr_width(&q) == q.size + 8);
}

/* The URL is a relative path: text before a colon would be a scheme. */
static void
check_location(struct slice location)
{
	CHECK(location.n > 0 && location.p[0] != '/');
	CHECK(is_one_line(location));
	for (size_t i = 0; i < location.n && location.p[i] != '?'; i++)
		CHECK(location.p[i] != ':' && location.p[i] != '\\');
}

static void
fuzz_key(struct slice in)
{
	static const unsigned char random[KEY_RANDOM];
	struct buf b = buf_over(fuzz.output - OUTPUT_MAX, OUTPUT_MAX);
	struct http_request req;
	struct key_offer o;
	struct key k;
	ssize_t n = http_parse_request(in.p, in.n, &req);

	key_init(&k, SLICE("K2345678"), false, true, 8000, random);
	key_put_masked(&b, &k, in);
	CHECK(!b.full);
	CHECK(memmem(b.p, b.n, "?key=K", 6) == NULL);
	CHECK(memmem(b.p, b.n, "K2345678", 8) == NULL);
	if (n <= 0)
		return;
	key_read(&k, &req, slice_skip(in, (size_t)n), &o);
	CHECK(o.key == (o.in_query || o.in_form || o.in_password));
	CHECK(o.wrongs <= KEY_PLACES);
	b.n = 0;
	key_put_location(&b, &req);
	CHECK(!b.full);
	if (req.path.p[0] == '/')
		check_location(buf_slice(&b));
}

/* Aligned space for rules, which ends at an inaccessible page. */
static char *
rules_space(size_t n)
{
	n = (n + 15) & ~(size_t)15;
	CHECK(n <= OUTPUT_MAX);
	return fuzz.output - n;
}

/* One line each, without control bytes. */
static void
check_messages(const struct buf *b)
{
	CHECK(!b->full);
	CHECK(b->n == 0 || b->p[b->n - 1] == '\n');
	for (size_t i = 0; i < b->n; i++)
		CHECK(b->p[i] == '\n' || (unsigned char)b->p[i] >= 0x20);
}

/* The first line of the input is the request, the rest is the file. */
static struct slice
take_request(struct slice *in, struct slice *query, char *out)
{
	const char *end = memchr(in->p, '\n', in->n);
	size_t n = end != NULL ? (size_t)(end - in->p) : in->n;
	const char *mark = memchr(in->p, '?', n);
	size_t path_n = mark != NULL ? (size_t)(mark - in->p) : n;
	ssize_t length;

	*query = (struct slice){ in->p + path_n, n - path_n };
	if (path_n > 4096 || query->n > 4096)
		path_n = query->n = 0;
	length = http_decode_path((struct slice){ in->p, path_n }, out);
	in->p += n + (end != NULL);
	in->n -= n + (end != NULL);
	return (struct slice){ out, length > 0 ? (size_t)length : 1 };
}

static void
check_target(const struct rules_redirect *r, struct slice path,
    struct slice query)
{
	static char text[4 * RULES_TARGET_MAX];
	struct buf b = buf_over(text, sizeof(text));
	struct slice s;

	rules_put_target(r, path, query, &b);
	s = buf_slice(&b);
	check_uri_bytes(s, "-._~!$&'()*+,;=:@/?%#[]");
	if (r->app != NULL)
		CHECK(proxy_find_url(r->app, 1, rules_path_of(s), &path) ==
		    r->app && (path.n == 0 || path.p[0] == '/'));
	if (r->external)
		CHECK(s.n > 7 && (s.p[0] | 0x20) == 'h');
	else
		CHECK(s.n > 0 && s.p[0] == '/' &&
		    (s.n == 1 || s.p[1] != '/'));
}

static void
fuzz_redirects(struct slice in)
{
	static char path_space[4098], text[RULES_MESSAGES];
	struct buf messages = buf_over(text, sizeof(text));
	struct slice query, path = take_request(&in, &query, path_space);
	struct rules_redirects r;
	const struct rules_redirect *line;
	struct proxy_app app;

	CHECK(proxy_parse(slice_of("/app=http://h/v1"), &app) == PROXY_OK);
	rules_parse_redirects(&r, in, rules_space(rules_redirects_space(in)),
	    (struct rules_apps){ &app, 1 }, &messages);
	check_messages(&messages);
	CHECK(r.count <= RULES_MAX);
	line = rules_find_redirect(&r, path, query, true);
	CHECK(line == NULL || line->forced);
	line = rules_find_redirect(&r, path, query, false);
	if (line != NULL)
		check_target(line, path, query);
}

static void
fuzz_headers(struct slice in)
{
	static char path_space[4098], text[RULES_MESSAGES];
	struct buf messages = buf_over(text, sizeof(text));
	struct slice query, path = take_request(&in, &query, path_space);
	struct rules_change change[RULES_SAME_FIELDS];
	struct rules_headers h;
	struct buf space;
	unsigned n;
	bool cut;

	rules_parse_headers(&h, in, rules_space(rules_headers_space(in)),
	    &messages);
	check_messages(&messages);
	space = buf_over(fuzz.other - RULES_FIELDS_MAX, RULES_FIELDS_MAX);
	n = rules_find_changes(&h, path, change, &space, &cut);
	CHECK(n <= RULES_SAME_FIELDS);
	for (unsigned i = 0; i < n; i++) {
		CHECK(head_is_token(change[i].name));
		CHECK(head_is_field_value(change[i].value));
		CHECK(!slice_equal_nocase(change[i].name,
		    SLICE("content-length")));
	}
}

/* Both ways of computing it agree, wherever the input is cut. */
static void
fuzz_crc32(struct slice in)
{
	static struct crc32 fast, by_table;
	size_t cut = (size_t)take(&in, 2);
	uint32_t crc;
	struct slice rest;

	crc32_init(&fast);
	crc32_init(&by_table);
	by_table.folds = false;
	crc = crc32_add(&by_table, 0, in.p, in.n);
	if (cut > in.n)
		cut = in.n;
	rest = slice_skip(in, cut);
	CHECK(crc32_add(&fast, 0, in.p, in.n) == crc);
	CHECK(crc32_add(&fast, crc32_add(&fast, 0, in.p, cut), rest.p,
	    rest.n) == crc);
	CHECK(crc32_add(&by_table, crc32_add(&by_table, 0, in.p, cut), rest.p,
	    rest.n) == crc);
}

/* The next bytes of *s as a number, least significant first. */
static uint64_t
take_little(struct slice *s, size_t bytes)
{
	uint64_t v = 0;

	CHECK(s->n >= bytes);
	for (size_t i = bytes; i-- > 0;)
		v = v << 8 | (unsigned char)s->p[i];
	*s = slice_skip(*s, bytes);
	return v;
}

/* The extra field with this identifier; empty if it is missing. */
static struct slice
find_extra(struct slice extra, uint64_t identifier)
{
	struct slice found = { 0 };

	while (extra.n > 0) {
		bool is_it = take_little(&extra, 2) == identifier;
		size_t n = (size_t)take_little(&extra, 2);

		CHECK(n <= extra.n);
		if (is_it)
			found = slice_first(extra, n);
		extra = slice_skip(extra, n);
	}
	return found;
}

static void
check_zip_time(struct slice extra, const struct zip_entry *e)
{
	struct slice time = find_extra(extra, 0x5455);

	if (time.n == 0) {
		CHECK(e->mtime < 0 || (int32_t)e->mtime != e->mtime);
		return;
	}
	CHECK(take_little(&time, 1) == 1);
	CHECK((int32_t)take_little(&time, 4) == e->mtime && time.n == 0);
}

static void
check_zip_local(struct slice s, const struct zip_entry *e)
{
	uint64_t shown = e->crc_follows ? 0 : e->size, flags, size;
	struct slice extra, wide;

	CHECK(take_little(&s, 4) == 0x04034b50);
	CHECK(take_little(&s, 2) <= 45);
	flags = take_little(&s, 2);
	CHECK((flags >> 3 & 1) == e->crc_follows);
	CHECK((flags >> 11 & 1) == slice_is_utf8(e->name));
	CHECK(take_little(&s, 2) == 0);
	take_little(&s, 4);
	CHECK(take_little(&s, 4) == (e->crc_follows ? 0 : e->crc));
	size = take_little(&s, 4);
	CHECK(take_little(&s, 4) == size);
	CHECK(take_little(&s, 2) == e->name.n);
	CHECK(take_little(&s, 2) == s.n - e->name.n);
	CHECK(slice_equal(slice_first(s, e->name.n), e->name));
	extra = slice_skip(s, e->name.n);
	check_zip_time(extra, e);
	wide = find_extra(extra, 1);
	CHECK((wide.n > 0) == (e->size >= 0xffffffff));
	CHECK(size == (wide.n > 0 ? 0xffffffff : shown));
	if (wide.n > 0)
		CHECK(wide.n == 16 && take_little(&wide, 8) == shown &&
		    take_little(&wide, 8) == shown);
}

static void
check_zip_central(struct slice s, const struct zip_entry *e)
{
	uint64_t size, offset, mode;
	struct slice extra, wide;

	CHECK(take_little(&s, 4) == 0x02014b50);
	take_little(&s, 12);
	CHECK(take_little(&s, 4) == e->crc);
	size = take_little(&s, 4);
	CHECK(take_little(&s, 4) == size);
	CHECK(take_little(&s, 2) == e->name.n);
	CHECK(take_little(&s, 2) == s.n - e->name.n - 14);
	take_little(&s, 8);
	mode = take_little(&s, 2);
	CHECK((mode & 0777) == e->mode);
	offset = take_little(&s, 4);
	CHECK(slice_equal(slice_first(s, e->name.n), e->name));
	extra = slice_skip(s, e->name.n);
	check_zip_time(extra, e);
	wide = find_extra(extra, 1);
	if (size == 0xffffffff) {
		size = take_little(&wide, 8);
		CHECK(take_little(&wide, 8) == size);
	}
	if (offset == 0xffffffff)
		offset = take_little(&wide, 8);
	CHECK(size == e->size && offset == e->offset && wide.n == 0);
}

static void
check_zip_end(struct slice s, uint64_t count, uint64_t at, uint64_t size)
{
	struct slice last = slice_skip(s, s.n - 22), wide;
	uint64_t v[3];

	CHECK(take_little(&last, 4) == 0x06054b50);
	take_little(&last, 6);
	v[0] = take_little(&last, 2);
	v[1] = take_little(&last, 4);
	v[2] = take_little(&last, 4);
	CHECK(s.n == 22 || s.n == 98);
	if (s.n == 98) {
		wide = slice_skip(s, 32);
		v[0] = take_little(&wide, 8);
		v[1] = take_little(&wide, 8);
		v[2] = take_little(&wide, 8);
		take_little(&wide, 8);
		CHECK(take_little(&wide, 8) == at + size);
	}
	CHECK(v[0] == count && v[1] == size && v[2] == at);
}

static void
fuzz_zip(struct slice in)
{
	struct zip_entry e = {
		.size = take(&in, 8),
		.offset = take(&in, 8),
		.crc = (uint32_t)take(&in, 4),
		.mode = (unsigned)take(&in, 2) & 0777,
		.crc_follows = take(&in, 1) & 1,
		.mtime = (int64_t)take(&in, 5) - (1ll << 35),
		.zone = (int16_t)take(&in, 2),
	};
	struct buf b;

	e.name = slice_first(in, in.n < ZIP_NAME_MAX ? in.n : ZIP_NAME_MAX);
	b = buf_over(fuzz.output - e.name.n - ZIP_PART_MAX,
	    e.name.n + ZIP_PART_MAX);
	zip_put_local(&b, &e);
	check_zip_local(buf_slice(&b), &e);
	b.n = 0;
	zip_put_central(&b, &e);
	check_zip_central(buf_slice(&b), &e);
	b.n = 0;
	zip_put_descriptor(&b, &e);
	CHECK(b.n == (e.size >= 0xffffffff ? 24 : 16));
	b = buf_over(fuzz.output - 98, 98);
	zip_put_end(&b, e.crc, e.offset, e.size);
	check_zip_end(buf_slice(&b), e.crc, e.offset, e.size);
	CHECK(!b.full);
}

/* The values that a reader gets from the headers of one entry. */
struct tar_facts {
	struct slice name, target;
	uint64_t size;
	int64_t mtime;
	bool binary;
};

/* The field up to its first NUL. */
static struct slice
tar_field(const char *p, size_t n)
{
	return (struct slice){ p, strnlen(p, n) };
}

static void
check_tar_block(const char *p)
{
	uint64_t sum = 8 * ' ';

	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i < 148 || i >= 156 ? (unsigned char)p[i] : 0;
	CHECK(strtoull(p + 148, NULL, 8) == sum);
	CHECK(memcmp(p + 257, "ustar\0" "00", 8) == 0);
}

static void
read_record(struct slice *s, struct tar_facts *facts)
{
	struct slice record = *s, key;
	const char *equals;
	uint64_t n;

	CHECK(slice_take_number(&record, SIZE_MAX, &n) && n <= s->n);
	record = slice_skip(slice_first(*s, (size_t)n), (size_t)(record.p + 1 -
	    s->p));
	*s = slice_skip(*s, (size_t)n);
	CHECK(record.p[record.n - 1] == '\n');
	record.n--;
	equals = memchr(record.p, '=', record.n);
	CHECK(equals != NULL);
	key = slice_between(record.p, equals);
	record = slice_skip(record, key.n + 1);
	if (slice_equal(key, SLICE("path")))
		facts->name = record;
	else if (slice_equal(key, SLICE("linkpath")))
		facts->target = record;
	else if (slice_equal(key, SLICE("size")))
		facts->size = strtoull(record.p, NULL, 10);
	else if (slice_equal(key, SLICE("mtime")))
		facts->mtime = strtoll(record.p, NULL, 10);
	else
		CHECK(slice_equal(key, SLICE("hdrcharset")));
	facts->binary |= slice_equal(key, SLICE("hdrcharset"));
}

static struct tar_facts
read_tar(struct slice s)
{
	const char *p = s.p + s.n - TAR_BLOCK;
	struct tar_facts facts = {
		.name = tar_field(p, 100),
		.target = tar_field(p + 157, 100),
		.size = strtoull(p + 124, NULL, 8),
		.mtime = strtoll(p + 136, NULL, 8),
	};
	struct slice records = { s.p + TAR_BLOCK, 0 };

	CHECK(s.n % TAR_BLOCK == 0);
	check_tar_block(p);
	if (s.p[156] == 'x') {
		check_tar_block(s.p);
		records.n = (size_t)strtoull(s.p + 124, NULL, 8);
		CHECK(records.n > 0 && records.p + records.n <= p);
	} else {
		CHECK(s.n == TAR_BLOCK);
	}
	while (records.n > 0)
		read_record(&records, &facts);
	return facts;
}

static void
fuzz_tar(struct slice in)
{
	struct tar_entry e = {
		.kind = (enum tar_kind)(take(&in, 1) % 3),
		.mode = (unsigned)take(&in, 2) & 0777,
		.size = take(&in, 8),
		.mtime = (int64_t)take(&in, 8),
	};
	size_t name_n = (size_t)take(&in, 2), room;
	struct tar_facts facts;
	struct buf b;

	/* Neither may hold a NUL. */
	if (memchr(in.p, '\0', in.n) != NULL)
		return;
	e.name = slice_first(in, name_n < in.n ? name_n : in.n);
	if (e.kind == TAR_LINK)
		e.target = slice_skip(in, e.name.n);
	if (e.kind != TAR_FILE)
		e.size = 0;
	room = e.name.n + e.target.n + TAR_HEADER_MAX;
	b = buf_over(fuzz.output - room, room);
	tar_put_header(&b, &e);
	CHECK(!b.full);
	facts = read_tar(buf_slice(&b));
	CHECK(slice_equal(facts.name, e.name));
	CHECK(slice_equal(facts.target, e.target));
	CHECK(facts.size == e.size && facts.mtime == e.mtime);
	CHECK(facts.binary ==
	    !(slice_is_utf8(e.name) && slice_is_utf8(e.target)));
}

/* Added fields may exceed either limit of a head. */
static bool
fits_limits(struct slice head)
{
	struct slice lines = head_fields(head), name, value;
	unsigned n = 0;

	while (head_next_field(&lines, &name, &value))
		n++;
	return head.n < HTTP_LINE_MAX && n <= HEAD_FIELDS_MAX;
}

/* A head that is passed on is a valid request with the same method, without the
 * fields of the connection. */
static void
fuzz_proxy(struct slice in)
{
	static const struct proxy_app app = {
		.prefix = { "/a", 2 }, .path = { "/b", 2 },
		.authority = { "127.0.0.1", 9 }, .host = { "127.0.0.1", 9 },
	};
	struct http_request req, passed;
	struct buf b = buf_over(fuzz.output - OUTPUT_MAX, OUTPUT_MAX);
	struct proxy_request r = {
		.app = &app, .client = SLICE("::1"), .via = SLICE("serve-1"),
		.is_trusted = take(&in, 1) & 1,
	};
	struct proxy_reply reply = {
		.app = &app, .host = SLICE("x"), .common = SLICE(""),
	};

	if (http_parse_request(in.p, in.n, &req) <= 0 || req.path.n == 0 ||
	    req.path.p[0] != '/' || !proxy_accepts_path(req.path) ||
	    proxy_find(&app, 1, SLICE(""), req.path, &r.rest) == NULL)
		return;
	r.method = req.method_name;
	r.path = req.path;
	r.query = req.query;
	r.head = req.head;
	r.names_fields = req.names_fields;
	r.host = SLICE("localhost");
	proxy_head_put_request(&b, &r);
	buf_lit(&b, "\r\n");
	CHECK(!b.full);
	CHECK(proxy_head_is_loop(buf_slice(&b), r.via));
	if (fits_limits(buf_slice(&b))) {
		CHECK(http_parse_request(b.p, b.n, &passed) == (ssize_t)b.n);
		CHECK(slice_equal(passed.method_name, req.method_name));
		CHECK(passed.field[HTTP_CONNECTION].p == NULL);
		CHECK(passed.field[HTTP_TRANSFER_ENCODING].p == NULL);
		CHECK(passed.field[HTTP_CONTENT_LENGTH].p == NULL);
		CHECK(slice_equal(passed.host, r.host));
	}
	reply.head = req.head;
	reply.names_fields = req.names_fields;
	b.n = 0;
	proxy_head_put_reply(&b, &reply);
	CHECK(!b.full);
}

static const struct {
	const char *name;
	void (*target)(struct slice in);
} targets[] = {
	{ "head", fuzz_head },
	{ "body", fuzz_body },
	{ "response", fuzz_response },
	{ "path", fuzz_path },
	{ "range", fuzz_range },
	{ "date", fuzz_date },
	{ "accept", fuzz_accept },
	{ "proxy", fuzz_proxy },
	{ "list", fuzz_list },
	{ "condition", fuzz_condition },
	{ "html", fuzz_html },
	{ "json", fuzz_json },
	{ "visible", fuzz_visible },
	{ "url", fuzz_url },
	{ "mime", fuzz_mime },
	{ "qr", fuzz_qr },
	{ "key", fuzz_key },
	{ "redirects", fuzz_redirects },
	{ "headers", fuzz_headers },
	{ "crc32", fuzz_crc32 },
	{ "zip", fuzz_zip },
	{ "tar", fuzz_tar },
};

/* libFuzzer leaves options with two hyphens to us. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = NULL;

	for (int i = 1; i < *argc; i++) {
		if (strncmp((*argv)[i], "--target=", 9) == 0)
			name = (*argv)[i] + 9;
	}
	for (size_t i = 0; i < LENGTH_OF(targets); i++) {
		if (name != NULL && strcmp(name, targets[i].name) == 0)
			fuzz.target = targets[i].target;
		else if (name == NULL)
			puts(targets[i].name);
	}
	if (fuzz.target == NULL)
		exit(name != NULL);
	fuzz.input = guard_end(INPUT_MAX);
	fuzz.other = guard_end(2 * INPUT_MAX);
	fuzz.output = guard_end(OUTPUT_MAX);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > INPUT_MAX)
		return -1;
	if (n > 0)
		memcpy(fuzz.input - n, data, n);
	fuzz.target((struct slice){ fuzz.input - n, n });
	return 0;
}
