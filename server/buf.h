/*
 * Builds text in a bounded space: appending, escaping, sizes.  Pure.  Text that
 * does not fit is dropped and sets full, so callers check only once, at the
 * end.
 */
#ifndef BUF_H
#define BUF_H

#include "server/slice.h"

struct buf {
	char *p;		/* the caller's */
	size_t n, cap;		/* bytes: used, and in all */
	bool full;		/* some text was dropped */
};

static inline struct buf
buf_over(char *p, size_t cap)
{
	return (struct buf){ .p = p, .cap = cap };
}

static inline struct slice
buf_slice(const struct buf *b)
{
	return (struct slice){ b->p, b->n };
}

/* The bytes from offset from to the end. */
static inline struct slice
buf_since(const struct buf *b, size_t from)
{
	return (struct slice){ b->p + from, b->n - from };
}

/* Append bytes.  Not inline: two hundred copies cost more than the calls. */
void buf_add(struct buf *b, const char *p, size_t n);
void buf_put(struct buf *b, struct slice s);
void buf_byte(struct buf *b, char c);

#define buf_lit(b, literal) buf_add((b), (literal), sizeof(literal) - 1)

void buf_text(struct buf *b, const char *s);	/* up to its NUL */
void buf_number(struct buf *b, uint64_t v);	/* decimal */
void buf_digits(struct buf *b, uint64_t v, int width);	/* zeros in front */
void buf_hex(struct buf *b, uint64_t v);	/* lower case, no padding */

/* Two digits for each byte, lower case. */
void buf_hex_bytes(struct buf *b, const unsigned char *p, size_t n);

/* The text before ("%", "\\x"), then c as two digits in upper case. */
void buf_escape(struct buf *b, const char *before, unsigned char c);

/*
 * As HTML between tags, not in an attribute: & < > escaped, invalid UTF-8 as
 * U+FFFD, control characters as U+2400 + code (U+007F as U+2421).  U+0080 to
 * U+009F and the separators U+2028 and U+2029 have no picture and become U+FFFD
 * too.  Bidirectional and zero-width characters could disguise a name: each of
 * their bytes is shown as \xHH, as in the log.
 */
void buf_html(struct buf *b, struct slice s);

/* The same for text/plain, without the escapes for markup. */
void buf_plain(struct buf *b, struct slice s);

/* One segment of a URL path: all bytes but A-Z a-z 0-9 - . _ ~ become %XX. */
void buf_url(struct buf *b, struct slice s);

/* Several segments: '/' stays too.  Safe in an HTML attribute. */
void buf_url_segments(struct buf *b, struct slice s);

/*
 * A decoded path for Location: pchar of RFC 3986 and '/' stay, the rest is %XX.
 */
void buf_url_path(struct buf *b, struct slice s);

/* A query as sent, for Location: bytes that are illegal in a URI become %XX. */
void buf_url_query(struct buf *b, struct slice s);

/*
 * The inside of a JSON string (RFC 8259 section 7): invalid UTF-8 becomes
 * U+FFFD; control bytes, U+007F to U+009F, U+2028 and U+2029 are escaped.
 */
void buf_json(struct buf *b, struct slice s);

/*
 * For a terminal: bytes below 0x20, 0x7f, invalid UTF-8 and U+0080 to U+009F
 * as \xHH, byte by byte, and bidirectional and zero-width characters too.
 */
void buf_visible(struct buf *b, struct slice s);

/*
 * For the pretty log: as buf_visible(), but %XX is decoded where it is the
 * valid UTF-8 of a printable character above U+009F (not a space, not
 * bidirectional, not of zero width).
 */
void buf_visible_path(struct buf *b, struct slice s);

/* "999 B", "1.2 kB", "350 MB": powers of 1000, one decimal below 100. */
void buf_size(struct buf *b, uint64_t bytes);

/* "1,234,567": for titles in a listing. */
void buf_grouped(struct buf *b, uint64_t v);

/* "1 file", "0 files": noun is in the singular, its plural ends in s. */
void buf_count(struct buf *b, uint64_t n, const char *noun);

#endif
