#include "http.h"

#include "server/ascii.h"
#include "server/authority.h"
#include "server/head.h"
#include "server/list.h"

/* The IANA registry of methods, without the three that serve supports. */
static const char known_methods[][18] = {
	"ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "CONNECT",
	"COPY", "DELETE", "LABEL", "LINK", "LOCK", "MERGE", "MKACTIVITY",
	"MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE",
	"ORDERPATCH", "PATCH", "POST", "PRI", "PROPFIND", "PROPPATCH", "PUT",
	"QUERY", "REBIND", "REPORT", "SEARCH", "TRACE", "UNBIND", "UNCHECKOUT",
	"UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL",
};

static enum http_method
find_method(struct slice name)
{
	if (slice_equal(name, SLICE("GET")))
		return HTTP_GET;
	if (slice_equal(name, SLICE("HEAD")))
		return HTTP_HEAD;
	if (slice_equal(name, SLICE("OPTIONS")))
		return HTTP_OPTIONS;
	for (size_t i = 0; i < LENGTH_OF(known_methods); i++) {
		if (slice_equal(name, slice_of(known_methods[i])))
			return HTTP_NOT_ALLOWED;
	}
	return HTTP_UNKNOWN;
}

/*
 * Versions 1.2 to 1.9 must be answered as 1.1 (RFC 9110 section 2.5).  Another
 * major version has another grammar, so parsing ends here.
 */
static int
check_version(struct slice v, int *minor)
{
	if (v.n != 8 || !slice_starts(v, SLICE("HTTP/")) ||
	    !ascii_is_digit(v.p[5]) || v.p[6] != '.' ||
	    !ascii_is_digit(v.p[7]))
		return -400;
	*minor = v.p[7] == '0' ? 0 : 1;
	return v.p[5] == '1' ? 1 : -505;
}

static int
take_method(struct head_reader *in, struct http_request *req)
{
	const char *start = in->p;

	in->p = head_skip_token(start, in->end);
	if (in->p == in->end)
		return 0;
	if (*in->p != ' ' || in->p == start)
		return -400;
	req->method_name = slice_between(start, in->p++);
	req->method = find_method(req->method_name);
	return 1;
}

/*
 * Refuse only bytes of a target that would break the line, because browsers
 * send |{}" unescaped.
 */
static int
take_target(struct head_reader *in, struct http_request *req)
{
	const char *start = in->p, *end = head_skip_visible(start, in->end);
	int r;

	in->p = end;
	if (end == in->end)
		return 0;
	if (end == start)
		return -400;
	if (*end == ' ') {
		in->p++;
		req->target = slice_between(start, end);
		return 1;
	}
	r = head_take_line_end(in);
	if (r != 1)
		return r;
	req->target = slice_between(start, end);
	return -505;	/* HTTP/0.9 had no version */
}

static int
take_version(struct head_reader *in, struct http_request *req)
{
	const char *start = in->p, *end = head_skip_visible(start, in->end);
	int r;

	in->p = end;
	if (end == in->end)
		return 0;
	r = check_version(slice_between(start, end), &req->minor);
	if (r == 1)
		r = head_take_line_end(in);
	if (r == 1 || r == -505)
		req->version = slice_between(start, end);
	return r;
}

/*
 * method SP target SP version, with exactly one space each: a recipient that
 * accepts more spaces parses another target (RFC 9112 section 3).
 */
static int
take_request_line(struct head_reader *in, struct http_request *req)
{
	const char *start = in->p;
	int r = take_method(in, req);
	ptrdiff_t n;

	if (r == 1)
		r = take_target(in, req);
	if (r == 1)
		r = take_version(in, req);
	if (r < 0)
		return r;
	n = (r == 1 ? req->version.p + req->version.n : in->p) - start;
	/* The last byte of an unfinished line may be the CR that ends it. */
	if (n <= HTTP_LINE_MAX || (r == 0 && n == HTTP_LINE_MAX + 1))
		return r;
	/* No known method is that long, so this is 501, complete or not. */
	return req->method_name.n == 0 || req->method_name.n > HTTP_LINE_MAX ?
	    -501 : -414;
}

static const char field_names[HTTP_FIELD_COUNT][39] = {
	[HTTP_VIA] = "via",
	[HTTP_HOST] = "host",
	[HTTP_RANGE] = "range",
	[HTTP_ACCEPT] = "accept",
	[HTTP_COOKIE] = "cookie",
	[HTTP_EXPECT] = "expect",
	[HTTP_ORIGIN] = "origin",
	[HTTP_REFERER] = "referer",
	[HTTP_IF_MATCH] = "if-match",
	[HTTP_IF_RANGE] = "if-range",
	[HTTP_CONNECTION] = "connection",
	[HTTP_USER_AGENT] = "user-agent",
	[HTTP_CONTENT_TYPE] = "content-type",
	[HTTP_MAX_FORWARDS] = "max-forwards",
	[HTTP_AUTHORIZATION] = "authorization",
	[HTTP_IF_NONE_MATCH] = "if-none-match",
	[HTTP_CONTENT_LENGTH] = "content-length",
	[HTTP_SEC_FETCH_DEST] = "sec-fetch-dest",
	[HTTP_SEC_FETCH_MODE] = "sec-fetch-mode",
	[HTTP_SEC_FETCH_SITE] = "sec-fetch-site",
	[HTTP_ACCEPT_ENCODING] = "accept-encoding",
	[HTTP_X_FORWARDED_FOR] = "x-forwarded-for",
	[HTTP_IF_MODIFIED_SINCE] = "if-modified-since",
	[HTTP_TRANSFER_ENCODING] = "transfer-encoding",
	[HTTP_IF_UNMODIFIED_SINCE] = "if-unmodified-since",
	[HTTP_UPGRADE_INSECURE] = "upgrade-insecure-requests",
	[HTTP_CORS_METHOD] = "access-control-request-method",
	[HTTP_CORS_HEADERS] = "access-control-request-headers",
	[HTTP_CORS_PRIVATE_NETWORK] = "access-control-request-private-network",
};

/* For each length: the first field name of that length, and how many there
 * are. */
static const struct {
	unsigned char first, count;
} fields_of_length[] = {
	[3] = { HTTP_VIA, 1 },
	[4] = { HTTP_HOST, 1 },
	[5] = { HTTP_RANGE, 1 },
	[6] = { HTTP_ACCEPT, 4 },
	[7] = { HTTP_REFERER, 1 },
	[8] = { HTTP_IF_MATCH, 2 },
	[10] = { HTTP_CONNECTION, 2 },
	[12] = { HTTP_CONTENT_TYPE, 2 },
	[13] = { HTTP_AUTHORIZATION, 2 },
	[14] = { HTTP_CONTENT_LENGTH, 4 },
	[15] = { HTTP_ACCEPT_ENCODING, 2 },
	[17] = { HTTP_IF_MODIFIED_SINCE, 2 },
	[19] = { HTTP_IF_UNMODIFIED_SINCE, 1 },
	[25] = { HTTP_UPGRADE_INSECURE, 1 },
	[29] = { HTTP_CORS_METHOD, 1 },
	[30] = { HTTP_CORS_HEADERS, 1 },
	[38] = { HTTP_CORS_PRIVATE_NETWORK, 1 },
};

/*
 * Compare without case: in a token, setting bit 0x20 makes a letter only from a
 * capital.  Names of one length often start alike, so compare their ends first.
 */
static bool
is_field(const char *p, enum http_field f, size_t n)
{
	const uint64_t small = 0x2020202020202020;
	uint64_t given, known;

	for (; n >= sizeof(given); n -= sizeof(given)) {
		memcpy(&given, p + n - sizeof(given), sizeof(given));
		memcpy(&known, field_names[f] + n - sizeof(known),
		    sizeof(known));
		if ((given | small) != known)
			return false;
	}
	while (n > 0 && (p[n - 1] | 0x20) == field_names[f][n - 1])
		n--;
	return n == 0;
}

/* Returns HTTP_FIELD_COUNT for a field that serve does not read. */
static enum http_field
find_field(struct slice name)
{
	unsigned f, end;

	if (name.n >= LENGTH_OF(fields_of_length))
		return HTTP_FIELD_COUNT;
	f = fields_of_length[name.n].first;
	end = f + fields_of_length[name.n].count;
	while (f < end && !is_field(name.p, f, name.n))
		f++;
	return f < end ? f : HTTP_FIELD_COUNT;
}

static void
record_expect(struct http_request *req, struct slice value)
{
	struct slice member;

	while (list_next(&value, &member)) {
		if (!slice_equal_nocase(member, SLICE("100-continue")))
			req->expect = HTTP_EXPECT_OTHER;
		else if (req->expect == HTTP_EXPECT_NOTHING)
			req->expect = HTTP_EXPECT_CONTINUE;
	}
}

/* Read the lists in which each line counts; only store the other values. */
static void
record_field(struct head_reader *in, struct http_request *req,
    struct slice name, struct slice value)
{
	enum http_field f = find_field(name);

	if (f == HTTP_FIELD_COUNT)
		return;
	if (req->field[f].p != NULL)
		req->repeated |= 1u << f;
	else
		req->field[f] = value;
	if (f == HTTP_CONNECTION)
		head_read_connection(in, value);
	else if (f == HTTP_EXPECT)
		record_expect(req, value);
}

/* Parse the field lines and the empty line that ends them. */
static int
take_fields(struct head_reader *in, struct http_request *req)
{
	struct slice name, value;
	int r;

	while ((r = head_take_field(in, &name, &value)) == HEAD_FIELD)
		record_field(in, req, name, value);
	return r;
}

static void
split_query(struct http_request *req, struct slice s)
{
	req->path = slice_before(s, '?');
	req->query = slice_skip(s, req->path.n);
}

/* http://authority[/path][?query]: the authority overrides Host. */
static bool
parse_absolute(struct http_request *req)
{
	struct slice t = req->target, authority, port;
	size_t start = authority_scheme_length(t);

	authority = slice_before_any(slice_skip(t, start), "/?");
	if (start == 0 || !authority_parse(authority, &req->host, &port))
		return false;
	split_query(req, slice_skip(t, start + authority.n));
	/* No path means "/": take the slash in front of the host. */
	if (req->path.n == 0)
		req->path = (struct slice){ t.p + start - 1, 1 };
	return true;
}

/*
 * The four forms of RFC 9112 section 3.2.  No form has a fragment.  Do not
 * repair a target with one: the section warns that a proxy may have cut it at
 * '#'.
 */
static bool
parse_target(struct http_request *req)
{
	struct slice t = req->target, host, port;

	if (memchr(t.p, '#', t.n) != NULL)
		return false;
	if (slice_equal(req->method_name, SLICE("CONNECT")))
		return authority_parse(t, &host, &port) && port.n > 1;
	if (t.p[0] == '/') {
		split_query(req, t);
		return true;
	}
	if (slice_equal(t, SLICE("*"))) {
		req->path = t;
		return req->method == HTTP_OPTIONS;
	}
	return parse_absolute(req);
}

static inline bool
repeats(const struct http_request *req, enum http_field f)
{
	return (req->repeated >> f & 1) != 0;
}

/*
 * RFC 9112 section 3.2: at most one Host, which must be valid, and exactly one
 * in 1.1.  An empty one is valid: the client's URI had no authority, and
 * section 3.3 lets a server use its default.
 */
static bool
parse_host(struct http_request *req)
{
	struct slice value = req->field[HTTP_HOST], port;

	if (value.p == NULL)
		return req->minor == 0;
	if (repeats(req, HTTP_HOST))
		return false;
	return value.n == 0 || authority_parse(value, &req->host, &port);
}

/*
 * Chunked must be the last coding and occur once, or the end of the body is
 * unknown (RFC 9112 section 6.3); any other coding must be a known one (6.1).
 */
static int
check_codings(struct slice value)
{
	struct slice coding;
	int others = 0;
	bool chunked = false;

	while (list_next(&value, &coding)) {
		if (chunked)
			return -400;
		chunked = slice_equal_nocase(coding, SLICE("chunked"));
		others += !chunked;
	}
	return !chunked ? -400 : others > 0 ? -501 : 1;
}

/*
 * RFC 9112 section 6.  Refuse two lengths, even equal ones, two lines of
 * codings, or one of each: a proxy in front may have used the other one.
 */
static int
parse_framing(struct http_request *req)
{
	struct slice codings = req->field[HTTP_TRANSFER_ENCODING];
	struct slice length = req->field[HTTP_CONTENT_LENGTH];

	if (repeats(req, HTTP_TRANSFER_ENCODING) ||
	    repeats(req, HTTP_CONTENT_LENGTH))
		return -400;
	if (codings.p != NULL) {
		if (length.p != NULL || req->minor == 0)
			return -400;
		req->chunked = true;
		return check_codings(codings);
	}
	if (length.p != NULL &&
	    !head_parse_length(length, &req->content_length))
		return -400;
	return 1;
}

/* Derive the meaning of a complete head from its lines. */
static int
interpret_head(const struct head_reader *in, struct http_request *req)
{
	int r;

	if (!parse_host(req) || !parse_target(req))
		return -400;
	r = parse_framing(req);
	if (r != 1)
		return r;
	req->keep_alive = !in->close && (req->minor == 1 || in->keep_alive);
	req->upgrade = in->upgrade;
	req->names_fields = in->names_fields;
	/* HTTP/1.0 has no Expect, and a client without a body does not wait. */
	if (req->expect == HTTP_EXPECT_CONTINUE &&
	    (req->minor == 0 || !http_has_body(req)))
		req->expect = HTTP_EXPECT_NOTHING;
	return 1;
}

/*
 * Some old clients send an extra CRLF after a body (RFC 9112 section 2.2).
 * More empty lines than this have another cause: they are refused.
 */
enum { EMPTY_LINES_MAX = 8 };

static int
take_empty_lines(struct head_reader *in)
{
	for (int i = 0; i < EMPTY_LINES_MAX; i++) {
		int r;

		if (in->p == in->end || (*in->p != '\r' && *in->p != '\n'))
			break;
		r = head_take_line_end(in);
		if (r != 1)
			return r;
		in->first_end = 0;	/* the request line decides */
	}
	return 1;
}

static int
take_head(struct head_reader *in, struct http_request *req)
{
	int r = take_empty_lines(in);

	req->head.p = in->p;
	if (r == 1)
		r = take_request_line(in, req);
	if (r == 1)
		r = take_fields(in, req);
	if (r != 1)
		return r;
	req->head.n = (size_t)(in->p - req->head.p);
	return interpret_head(in, req);
}

ssize_t
http_parse_request(const char *p, size_t n, struct http_request *req)
{
	struct head_reader in = {
		.p = p,
		.end = p + (n < HTTP_HEAD_MAX ? n : HTTP_HEAD_MAX),
	};
	int r;

	memset(req, 0, sizeof(*req));
	r = take_head(&in, req);
	if (r == 1)
		return in.p - p;
	*req = (struct http_request){
		.method_name = req->method_name,
		.target = req->target,
		.version = req->version,
		.method = req->method,
		.minor = req->minor,
	};
	return r == 0 && n >= HTTP_HEAD_MAX ? -431 : r;
}

/* Join all lines of a head's field f into space.  Returns how many bytes. */
static size_t
join_field(struct slice head, enum http_field f, char *space)
{
	struct slice fields = head_fields(head), name, value;
	size_t n = 0;

	while (head_next_field(&fields, &name, &value)) {
		if (find_field(name) != f)
			continue;
		if (n > 0) {
			memcpy(space + n, ", ", 2);
			n += 2;
		}
		memcpy(space + n, value.p, value.n);
		n += value.n;
	}
	return n;
}

void
http_join_fields(struct http_request *req, char *space)
{
	while (req->repeated != 0) {
		enum http_field f = (unsigned)__builtin_ctz(req->repeated);
		size_t n = join_field(req->head, f, space);

		req->field[f] = (struct slice){ space, n };
		req->repeated &= req->repeated - 1;
		space += n;
	}
}

const char *
http_reason(int status)
{
	switch (status) {
	case 100: return "Continue";
	case 200: return "OK";
	case 204: return "No Content";
	case 206: return "Partial Content";
	case 301: return "Moved Permanently";
	case 302: return "Found";
	case 303: return "See Other";
	case 304: return "Not Modified";
	case 307: return "Temporary Redirect";
	case 308: return "Permanent Redirect";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 406: return "Not Acceptable";
	case 408: return "Request Timeout";
	case 410: return "Gone";
	case 412: return "Precondition Failed";
	case 414: return "URI Too Long";
	case 416: return "Range Not Satisfiable";
	case 417: return "Expectation Failed";
	case 421: return "Misdirected Request";
	case 429: return "Too Many Requests";			/* RFC 6585 */
	case 431: return "Request Header Fields Too Large";	/* RFC 6585 */
	case 451: return "Unavailable For Legal Reasons";	/* RFC 7725 */
	case 500: return "Internal Server Error";
	case 501: return "Not Implemented";
	case 502: return "Bad Gateway";
	case 503: return "Service Unavailable";
	case 504: return "Gateway Timeout";
	case 505: return "HTTP Version Not Supported";
	case 508: return "Loop Detected";			/* RFC 5842 */
	default: return "Unknown";
	}
}
