/* A range of bytes with another owner.  Pure. */
#ifndef SLICE_H
#define SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Never freed, never written through. */
struct slice {
	const char *p;
	size_t n;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })

/* How many elements an array has. */
#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A string without its NUL. */
static inline struct slice
slice_of(const char *s)
{
	return (struct slice){ s, strlen(s) };
}

static inline struct slice
slice_between(const char *start, const char *end)
{
	return (struct slice){ start, (size_t)(end - start) };
}

/* The first n bytes of s, which must have n; and s without them. */
static inline struct slice
slice_first(struct slice s, size_t n)
{
	return (struct slice){ s.p, n };
}

static inline struct slice
slice_skip(struct slice s, size_t n)
{
	return (struct slice){ s.p + n, s.n - n };
}

/* The first bytes of s, up to the first c; all if it has no c. */
static inline struct slice
slice_before(struct slice s, char c)
{
	const char *end = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return end != NULL ? slice_between(s.p, end) : s;
}

/* The bytes after the last c; all if it has no c. */
static inline struct slice
slice_after_last(struct slice s, char c)
{
	const char *last = s.n > 0 ? memrchr(s.p, c, s.n) : NULL;

	return last != NULL ? slice_between(last + 1, s.p + s.n) : s;
}

/* The first bytes of s, up to the first of the bytes in stops, a string. */
struct slice slice_before_any(struct slice s, const char *stops);

static inline bool
slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
slice_starts(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n &&
	    slice_equal(slice_first(s, prefix.n), prefix);
}

static inline bool
slice_ends(struct slice s, struct slice suffix)
{
	return s.n >= suffix.n &&
	    slice_equal(slice_skip(s, s.n - suffix.n), suffix);
}

/* ASCII letters compare without case, all other bytes as they are. */
bool slice_equal_nocase(struct slice a, struct slice b);
bool slice_starts_nocase(struct slice s, struct slice prefix);
bool slice_ends_nocase(struct slice s, struct slice suffix);

/* Move s past c if it starts with c, else return false. */
static inline bool
slice_take_byte(struct slice *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = slice_skip(*s, 1);
	return true;
}

/* Take slice_before() from s, and move s past the c too. */
static inline struct slice
slice_take_until(struct slice *s, char c)
{
	struct slice taken = slice_before(*s, c);

	*s = slice_skip(*s, taken.n < s->n ? taken.n + 1 : taken.n);
	return taken;
}

/*
 * Move s past the decimal digits at its start.  A number above most becomes
 * most, however many digits follow.  False if s starts with no digit.
 */
bool slice_take_number(struct slice *s, uint64_t most, uint64_t *out);

/* How many bytes of s are c. */
size_t slice_count(struct slice s, char c);

/*
 * FNV-1a over s, continued from hash, which is SLICE_HASH at first.  A
 * client that wants collisions can make them.
 */
#define SLICE_HASH UINT64_C(0xcbf29ce484222325)
uint64_t slice_hash(uint64_t hash, struct slice s);

/* s without spaces and tabs at both ends (OWS, RFC 9110 section 5.6.3). */
struct slice slice_trim(struct slice s);

/*
 * The well-formed UTF-8 character at the start of s (RFC 3629: no overlong
 * form, no surrogate, at most U+10FFFF).  Returns its length in bytes and
 * stores it in *cp, or returns 0 if s is empty, cut or malformed there.
 */
size_t slice_utf8(struct slice s, uint32_t *cp);

/* At most limit characters of s; a malformed byte counts as a character. */
struct slice slice_first_characters(struct slice s, size_t limit);

/* Is all of s well-formed UTF-8? */
bool slice_is_utf8(struct slice s);

#endif
