/*
 * The grammar of HTTP/1.1, both ways, and the media types.  Everything here
 * is pure: no descriptor, no clock, no errno, no heap.  What a function needs
 * is an argument.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/* Bytes that belong to somebody else: never freed, never written through. */
struct slice {
	const char *p;
	size_t n;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })

static inline bool
slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII letters compare without case, all other bytes as they are. */
bool slice_equal_nocase(struct slice a, struct slice b);

/* Without the spaces and tabs at both ends (OWS, RFC 9110 section 5.6.3). */
struct slice slice_trim(struct slice s);

/*
 * The well-formed UTF-8 character at the start of s (RFC 3629: no overlong
 * form, no surrogate, at most U+10FFFF).  Returns its length in bytes and
 * stores it in *cp, or returns 0 if s is empty, cut or malformed there.
 */
size_t slice_utf8(struct slice s, uint32_t *cp);

/*
 * The next element of a comma-separated list (RFC 9110 section 5.6.1), from
 * *rest, which moves past it.  Commas inside quoted strings do not count;
 * empty elements are passed over.  False at the end of the list.
 */
bool http_list_next(struct slice *rest, struct slice *element);

enum {
	HTTP_LINE_MAX = 8 << 10,	/* request line, bytes: else 414 */
	HTTP_HEAD_MAX = 32 << 10,	/* whole head, bytes: else 431 */
	HTTP_FIELDS_MAX = 100,		/* field lines: else 431 */
	HTTP_DATE_LEN = 29,		/* "Sun, 06 Nov 1994 08:49:37 GMT" */
};

enum http_method {
	HTTP_UNKNOWN,	/* not registered: 501 */
	HTTP_NOT_ALLOWED,	/* registered, not served: 405 */
	HTTP_GET,
	HTTP_HEAD,
	HTTP_OPTIONS,
};

/* The fields that serve reads.  Sorted by length, for the look-up. */
enum http_field {
	HTTP_HOST,
	HTTP_RANGE,
	HTTP_ACCEPT,
	HTTP_EXPECT,
	HTTP_ORIGIN,
	HTTP_REFERER,
	HTTP_IF_MATCH,
	HTTP_IF_RANGE,
	HTTP_CONNECTION,
	HTTP_USER_AGENT,
	HTTP_IF_NONE_MATCH,
	HTTP_CONTENT_LENGTH,
	HTTP_SEC_FETCH_DEST,
	HTTP_ACCEPT_ENCODING,
	HTTP_IF_MODIFIED_SINCE,
	HTTP_TRANSFER_ENCODING,
	HTTP_IF_UNMODIFIED_SINCE,
	HTTP_CORS_METHOD,		/* Access-Control-Request-Method */
	HTTP_CORS_HEADERS,		/* Access-Control-Request-Headers */
	HTTP_CORS_PRIVATE_NETWORK,	/* ...-Request-Private-Network */
	HTTP_FIELD_COUNT
};

enum http_expect {
	HTTP_EXPECT_NOTHING,
	HTTP_EXPECT_CONTINUE,	/* 100-continue, of a 1.1 client with a body */
	HTTP_EXPECT_OTHER,	/* 417 */
};

struct http_request {
	/* As sent, empty where the request line was not well formed. */
	struct slice method_name;
	struct slice target;
	struct slice version;

	/* Of the target, undecoded: RFC 9112 section 3.2. */
	struct slice path;	/* starts with '/', or is "*" for OPTIONS */
	struct slice query;	/* with its '?', or empty */
	struct slice host;	/* host without port, brackets kept; one
				   trailing dot dropped; from the absolute form
				   if there is one, else from Host.  Empty if
				   Host is, and in 1.0 without Host */

	enum http_method method;
	enum http_expect expect;
	int minor;		/* 0 or 1: HTTP/1.2 is served as 1.1 */
	bool keep_alive;	/* RFC 9112 section 9.3 */
	bool chunked;		/* else content_length counts */
	uint64_t content_length;	/* bytes of body, 0 for none */

	/*
	 * Values, trimmed; .p is NULL for an absent field, and not NULL for
	 * one that is there and empty.  A field of several lines has its first
	 * here and its bit in repeated: http_join_fields() makes one of them.
	 */
	struct slice field[HTTP_FIELD_COUNT];
	uint32_t repeated;
	struct slice head;	/* from the request line on, with the empty
				   line that ends it */
};

/*
 * Parse one request head at the start of p[0..n).  RFC 9112 sections 2 to 7.
 * Returns its length in bytes, 0 while it is incomplete, or minus the status
 * to refuse it with (-400, -414, -431, -501, -505); then the connection must
 * be closed, for where the next request starts is unknown.  The slices in
 * *req point into p and live no longer than it does.  While it is incomplete
 * and when it is refused, *req holds the request line as far as that is well
 * formed, and no more: a version is there if all of the line was.  Up to eight
 * empty lines before the request line are passed over and counted.
 */
ssize_t http_parse_request(const char *p, size_t n, struct http_request *req);

/*
 * Replace each repeated field by its lines joined with ", ", as RFC 9110
 * section 5.3 allows, built in space, which must hold req->head.n bytes and
 * must live as long as *req is used.
 */
void http_join_fields(struct http_request *req, char *space);

/*
 * Percent-decode a path once, then take out its dot segments and doubled
 * slashes (RFC 3986 section 5.2.4; ".." at the top stays there).  out must hold
 * path.n + 2 bytes; it is NUL-terminated, starts with one '/', and ends in '/'
 * if the path names a folder by its form ("/a/", "/a/.", "/a/b/..").  Returns
 * the length without the NUL, -400 for a NUL or a bad escape, -404 for an
 * encoded slash.  Bytes that are not UTF-8 are kept.
 */
ssize_t http_decode_path(struct slice path, char *out);

/*
 * server/http_body.c.  How far the body of a request has been read: 16 bytes of
 * a connection.
 */
struct http_body {
	uint64_t left;		/* bytes of the body or of this chunk; of the
				   trailers so far */
	uint16_t line;		/* bytes of this chunk or trailer line so far */
	uint8_t state;		/* 0: nothing (more) to read */
};

void http_body_start(struct http_body *body, const struct http_request *req);

static inline bool
http_body_ended(const struct http_body *body)
{
	return body->state == 0;
}

/*
 * Take the bytes of a body from the start of p[0..n), up to its end: RFC 9112
 * sections 6 and 7.1 (extensions and trailers are passed over).  Returns how
 * many bytes belong to it, or -400: then the connection must be closed.
 */
ssize_t http_body_skip(struct http_body *body, const char *p, size_t n);

/* Of a hexadecimal digit; -1 if it is none. */
int http_hex_value(char c);

/* The byte that "%XX" at the start of s stands for (RFC 3986 section 2.1); -1
 * if it is none. */
int http_decode_escape(struct slice s);

/* "Not Found" for 404; never NULL.  RFC 9110 section 15. */
const char *http_reason(int status);

/*
 * Is this a field name (token), and is this a field value without a control
 * byte (RFC 9110 section 5.5)?  For what the user adds with -H.
 */
bool http_is_token(struct slice s);
bool http_is_field_value(struct slice s);

/*
 * mime.c.  The media type of a file name by its extension, any case.  False,
 * and type empty, if there is none or it is unknown.
 */
enum { MIME_TYPE_MAX = 80 };	/* bytes of the longest, with its NUL */
bool mime_by_name(struct slice name, char type[MIME_TYPE_MAX]);

/*
 * The media type by the file's first bytes, if type is empty: of a known
 * signature, else "text/plain" if they are text (with "; charset=utf-16le" or
 * be behind a mark of those), else "application/octet-stream".  A type that
 * mime_by_name() found stays as it is, except that a ".ts" is video only if the
 * bytes are no text.  MIME_WINDOW bytes are enough to decide.
 */
enum { MIME_WINDOW = 1024 };
void mime_by_content(char type[MIME_TYPE_MAX], struct slice head);

/*
 * Does "; charset=utf-8" belong behind this type?  For text types whose
 * beginning is valid UTF-8 (the last character may be cut by the window's end:
 * whole says that it is the file's end).
 */
bool mime_is_utf8_text(const char *type, struct slice head, bool whole);

/*
 * The table of extensions: the row behind this one, which starts with the
 * extension and a space, and its type; the first for NULL, NULL after the last.
 */
const char *mime_next_row(const char *row, char type[MIME_TYPE_MAX]);

#endif
