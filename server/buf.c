#include "server/buf.h"

#include "server/ascii.h"
#include "server/http_path.h"

void
buf_add(struct buf *b, const char *p, size_t n)
{
	if (n > b->cap - b->n) {
		b->full = true;
		return;
	}
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

void
buf_put(struct buf *b, struct slice s)
{
	buf_add(b, s.p, s.n);
}

void
buf_byte(struct buf *b, char c)
{
	if (b->n == b->cap)
		b->full = true;
	else
		b->p[b->n++] = c;
}

/* Contexts in which a byte needs no escape. */
enum {
	SEGMENT = 1,		/* one segment of a URL path */
	SEGMENTS = 2,		/* several, with their slashes */
	PATH = 4,		/* a path in Location */
	QUERY = 8,
	HTML = 16,		/* between tags */
	JSON = 32,		/* in a string */
};

/* Abbreviations for the table below. */
enum {
	H = HTML | JSON,
	Q = QUERY | H,
	P = PATH | Q,
	L = SEGMENTS | P,		/* the slash */
	S = SEGMENT | L,
	A = PATH | QUERY | JSON,	/* the ampersand */
	T = HTML,			/* quotation mark, backslash */
	J = JSON,
};

static const unsigned char unescaped[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* sp ! " # $ % & '   ( ) * + , - . / */
	H, P, T, H, P, Q, A, P, P, P, P, P, P, S, S, L,
	/* 0 to 9 : ; < = > ? */
	S, S, S, S, S, S, S, S, S, S, P, P, J, P, J, Q,
	/* @ A to O */
	P, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S,
	/* P to Z [ \ ] ^ _ */
	S, S, S, S, S, S, S, S, S, S, S, H, T, H, H, S,
	/* ` a to o */
	H, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S,
	/* p to z { | } ~ DEL; the rest is not ASCII */
	S, S, S, S, S, S, S, S, S, S, S, H, H, H, S, 0,
};

static const char replacement[] = "\xef\xbf\xbd";	/* U+FFFD */

/* Append the allowed bytes at the start of s, and move s past them. */
static void
put_span(struct buf *b, struct slice *s, unsigned allowed)
{
	size_t n = 0;

	while (n < s->n && (unescaped[(unsigned char)s->p[n]] & allowed))
		n++;
	if (n == 0)
		return;
	buf_add(b, s->p, n);
	*s = slice_skip(*s, n);
}

void
buf_text(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static const char pairs[] =
	"00010203040506070809101112131415161718192021222324"
	"25262728293031323334353637383940414243444546474849"
	"50515253545556575859606162636465666768697071727374"
	"75767778798081828384858687888990919293949596979899";

enum { NUMBER_MAX = 20 };	/* digits of UINT64_MAX */

/* Decimal digits, right-aligned in out[0..NUMBER_MAX).  Returns how many. */
static size_t
format_number(uint64_t v, char out[NUMBER_MAX])
{
	char *p = out + NUMBER_MAX;

	while (v >= 10) {
		p -= 2;
		memcpy(p, pairs + v % 100 * 2, 2);
		v /= 100;
	}
	if (v > 0 || p == out + NUMBER_MAX)
		*--p = (char)('0' + v);
	return (size_t)(out + NUMBER_MAX - p);
}

void
buf_number(struct buf *b, uint64_t v)
{
	char digits[NUMBER_MAX];
	size_t n = format_number(v, digits);

	buf_add(b, digits + NUMBER_MAX - n, n);
}

void
buf_digits(struct buf *b, uint64_t v, int width)
{
	char digits[NUMBER_MAX];
	size_t n = format_number(v, digits);

	for (size_t zeros = n; zeros < (size_t)width; zeros++)
		buf_byte(b, '0');
	buf_add(b, digits + NUMBER_MAX - n, n);
}

void
buf_hex(struct buf *b, uint64_t v)
{
	char out[16], *p = out + sizeof(out);

	do
		*--p = ascii_hex((unsigned)v);
	while (v >>= 4);
	buf_add(b, p, (size_t)(out + sizeof(out) - p));
}

void
buf_hex_bytes(struct buf *b, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char pair[] = { ascii_hex(p[i] >> 4), ascii_hex(p[i]) };

		buf_add(b, pair, sizeof(pair));
	}
}

void
buf_escape(struct buf *b, const char *before, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";
	char pair[] = { digits[c >> 4], digits[c & 15] };

	buf_text(b, before);
	buf_add(b, pair, sizeof(pair));
}

struct code_points {
	uint32_t first, last;
};

static bool
is_among(uint32_t cp, const struct code_points *ranges, size_t n)
{
	for (size_t i = 0; i < n && ranges[i].first <= cp; i++)
		if (cp <= ranges[i].last)
			return true;
	return false;
}

/*
 * Control characters, and those that a terminal does not show or that change
 * its layout: Unicode's Default_Ignorable_Code_Point and Bidi_Control, line and
 * paragraph separators, annotation marks.
 */
static bool
is_invisible(uint32_t cp)
{
	static const struct code_points invisible[] = {
		{ 0x00, 0x1f },		{ 0x7f, 0x9f },
		{ 0xad, 0xad },		{ 0x34f, 0x34f },
		{ 0x61c, 0x61c },	{ 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 },	{ 0x180b, 0x180f },
		{ 0x200b, 0x200f },	{ 0x2028, 0x202e },
		{ 0x2060, 0x206f },	{ 0x3164, 0x3164 },
		{ 0xfe00, 0xfe0f },	{ 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 },	{ 0xfff0, 0xfffb },
		{ 0x1bca0, 0x1bca3 },	{ 0x1d173, 0x1d17a },
		{ 0xe0000, 0xe0fff },
	};

	return is_among(cp, invisible, LENGTH_OF(invisible));
}

static void
put_hex_bytes(struct buf *b, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		buf_lit(b, "\\x");
		buf_hex_bytes(b, (const unsigned char *)s.p + i, 1);
	}
}

/* Append a control or non-ASCII character as text; s moves past it. */
static void
put_special(struct buf *b, struct slice *s)
{
	unsigned char c = (unsigned char)s->p[0];
	uint32_t cp;
	size_t n = slice_utf8(*s, &cp);

	if (c < 0x20 || c == 0x7f) {
		/* U+2400 + code is E2 90 80 + code, U+2421 its DEL. */
		buf_lit(b, "\xe2\x90");
		buf_byte(b, (char)(c == 0x7f ? 0xa1 : 0x80 + c));
	} else if (n == 0 || (cp >= 0x80 && cp < 0xa0) || cp == 0x2028 ||
	    cp == 0x2029) {
		buf_lit(b, replacement);
	} else if (is_invisible(cp)) {
		put_hex_bytes(b, slice_first(*s, n));
	} else {
		buf_add(b, s->p, n);
	}
	*s = slice_skip(*s, n > 0 ? n : 1);
}

void
buf_html(struct buf *b, struct slice s)
{
	for (;;) {
		put_span(b, &s, HTML);
		if (s.n == 0)
			return;
		switch (s.p[0]) {
		case '&':
			buf_lit(b, "&amp;");
			break;
		case '<':
			buf_lit(b, "&lt;");
			break;
		case '>':
			buf_lit(b, "&gt;");
			break;
		default:
			put_special(b, &s);
			continue;
		}
		s = slice_skip(s, 1);
	}
}

void
buf_plain(struct buf *b, struct slice s)
{
	for (;;) {
		put_span(b, &s, HTML | JSON);
		if (s.n == 0)
			return;
		put_special(b, &s);
	}
}

static void
put_percent(struct buf *b, struct slice s, unsigned allowed)
{
	for (;;) {
		put_span(b, &s, allowed);
		if (s.n == 0)
			return;
		buf_escape(b, "%", (unsigned char)s.p[0]);
		s = slice_skip(s, 1);
	}
}

void
buf_url(struct buf *b, struct slice s)
{
	put_percent(b, s, SEGMENT);
}

void
buf_url_segments(struct buf *b, struct slice s)
{
	put_percent(b, s, SEGMENTS);
}

void
buf_url_path(struct buf *b, struct slice s)
{
	put_percent(b, s, PATH);
}

void
buf_url_query(struct buf *b, struct slice s)
{
	put_percent(b, s, QUERY);
}

static void
put_json_escape(struct buf *b, uint32_t cp)
{
	static const char letter[] = "btn\0fr";	/* of U+0008 to U+000D */

	if (cp > 0xffff) {
		put_json_escape(b, 0xd7c0 + (cp >> 10));
		cp = 0xdc00 + (cp & 0x3ff);
	}
	buf_byte(b, '\\');
	if (cp == '"' || cp == '\\') {
		buf_byte(b, (char)cp);
	} else if (cp >= 8 && cp <= 13 && letter[cp - 8] != '\0') {
		buf_byte(b, letter[cp - 8]);
	} else {
		buf_byte(b, 'u');
		for (int shift = 12; shift >= 0; shift -= 4)
			buf_hex(b, cp >> shift & 15);
	}
}

void
buf_json(struct buf *b, struct slice s)
{
	for (;;) {
		put_span(b, &s, JSON);
		if (s.n == 0)
			return;
		uint32_t cp;
		size_t n = slice_utf8(s, &cp);
		if (n == 0)
			buf_lit(b, replacement);
		else if (cp < 0x80 || is_invisible(cp))
			put_json_escape(b, cp);
		else
			buf_add(b, s.p, n);
		s = slice_skip(s, n > 0 ? n : 1);
	}
}

/* Append the character at the start of s.  Returns its length. */
static size_t
put_visible(struct buf *b, struct slice s)
{
	uint32_t cp;
	size_t n = slice_utf8(s, &cp);

	if (n > 0 && !is_invisible(cp)) {
		buf_add(b, s.p, n);
		return n;
	}
	if (n == 0)
		n = 1;
	put_hex_bytes(b, slice_first(s, n));
	return n;
}

void
buf_visible(struct buf *b, struct slice s)
{
	while (s.n > 0) {
		size_t n = 0;

		while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x7f)
			n++;
		if (n > 0)
			buf_add(b, s.p, n);
		s = slice_skip(s, n);
		if (s.n > 0)
			s = slice_skip(s, put_visible(b, s));
	}
}

/* Decode the %XX at the start of s, up to four of them. */
static struct slice
decode_start(struct slice s, char out[4])
{
	size_t n = 0;

	for (; n < 4 && s.n >= 3 && s.p[0] == '%'; n++, s = slice_skip(s, 3)) {
		int c = http_decode_escape(s);

		if (c < 0)
			break;
		out[n] = (char)c;
	}
	return (struct slice){ out, n };
}

/* Is it visible, above U+009F, and neither private nor a noncharacter? */
static bool
is_printable(uint32_t cp)
{
	static const struct code_points blank_or_private[] = {
		{ 0x00, 0xa0 },		{ 0x1680, 0x1680 },
		{ 0x2000, 0x200a },	{ 0x202f, 0x202f },
		{ 0x205f, 0x205f },	{ 0x3000, 0x3000 },
		{ 0xe000, 0xf8ff },	{ 0xfdd0, 0xfdef },
		{ 0xf0000, 0x10ffff },
	};

	return !is_invisible(cp) && (cp & 0xfffe) != 0xfffe &&
	    !is_among(cp, blank_or_private,
	    LENGTH_OF(blank_or_private));
}

void
buf_visible_path(struct buf *b, struct slice s)
{
	while (s.n > 0) {
		const char *escape = memchr(s.p, '%', s.n);
		size_t n = escape != NULL ? (size_t)(escape - s.p) : s.n;
		char bytes[4];
		uint32_t cp;

		buf_visible(b, slice_first(s, n));
		s = slice_skip(s, n);
		if (s.n == 0)
			return;
		n = slice_utf8(decode_start(s, bytes), &cp);
		if (n > 0 && is_printable(cp)) {
			buf_add(b, bytes, n);
			s = slice_skip(s, 3 * n);
		} else {
			buf_byte(b, '%');
			s = slice_skip(s, 1);
		}
	}
}

/* v / unit, rounded half up; unit is even. */
static uint64_t
divide(uint64_t v, uint64_t unit)
{
	return v / unit + (v % unit >= unit / 2);
}

void
buf_size(struct buf *b, uint64_t bytes)
{
	static const char units[] = "kMGTPE";
	uint64_t unit = 1000;
	size_t i = 0;

	if (bytes < 1000) {
		buf_number(b, bytes);
		buf_lit(b, " B");
		return;
	}
	/* 999,500 would be rounded to 1000 kB. */
	while (divide(bytes, unit) >= 1000) {
		unit *= 1000;
		i++;
	}
	uint64_t tenths = divide(bytes, unit / 10);
	if (tenths < 1000) {
		buf_number(b, tenths / 10);
		buf_byte(b, '.');
		buf_number(b, tenths % 10);
	} else {
		buf_number(b, divide(bytes, unit));
	}
	char suffix[] = { ' ', units[i], 'B' };
	buf_add(b, suffix, sizeof(suffix));
}

void
buf_grouped(struct buf *b, uint64_t v)
{
	char digits[NUMBER_MAX];
	size_t n = format_number(v, digits);
	const char *p = digits + NUMBER_MAX - n;
	size_t group = (n - 1) % 3 + 1;

	buf_add(b, p, group);
	for (p += group, n -= group; n > 0; p += 3, n -= 3) {
		buf_byte(b, ',');
		buf_add(b, p, 3);
	}
}

void
buf_count(struct buf *b, uint64_t n, const char *noun)
{
	buf_number(b, n);
	buf_byte(b, ' ');
	buf_text(b, noun);
	if (n != 1)
		buf_byte(b, 's');
}
