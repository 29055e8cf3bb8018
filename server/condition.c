#include "server/condition.h"

#include "server/ascii.h"
#include "server/date.h"

static bool
is_etagc(char c)
{
	unsigned char b = (unsigned char)c;

	return b == 0x21 || (b >= 0x23 && b != 0x7f);
}

/* The length of the entity-tag at the start of s, or 0 (section 8.8.3). */
static size_t
tag_length(struct slice s)
{
	size_t i = slice_starts(s, SLICE("W/")) ? 2 : 0;

	if (i == s.n || s.p[i] != '"')
		return 0;
	do
		i++;
	while (i < s.n && is_etagc(s.p[i]));
	return i < s.n && s.p[i] == '"' ? i + 1 : 0;
}

static bool
is_weak(struct slice tag)
{
	return tag.n > 0 && tag.p[0] == 'W';
}

static struct slice
opaque_tag(struct slice tag)
{
	return is_weak(tag) ? slice_skip(tag, 2) : tag;
}

/* Section 8.8.3.2: a strong comparison needs two strong tags. */
static bool
tags_match(struct slice a, struct slice b, bool strongly)
{
	if (strongly && (is_weak(a) || is_weak(b)))
		return false;
	return slice_equal(opaque_tag(a), opaque_tag(b));
}

static struct slice
skip_blanks(struct slice s, bool commas)
{
	while (s.n > 0 && (ascii_is_blank(s.p[0]) ||
	    (commas && s.p[0] == ',')))
		s = slice_skip(s, 1);
	return s;
}

/*
 * Does the list contain etag?  A malformed list contains nothing, which is safe
 * for both fields: 412, or the whole file.  list_next() cannot be used, because
 * a backslash in a tag is not an escape.
 */
static bool
list_names(struct slice list, struct slice etag, bool strongly)
{
	bool found = false;

	while ((list = skip_blanks(list, true)).n > 0) {
		size_t n = tag_length(list);

		if (n == 0)
			return false;
		if (tags_match(slice_first(list, n), etag, strongly))
			found = true;
		list = skip_blanks(slice_skip(list, n), false);
		if (list.n > 0 && list.p[0] != ',')
			return false;
	}
	return found;
}

/* "*" matches any representation that exists, as this one does. */
static bool
matches(struct slice value, const struct validators *v, bool strongly)
{
	return slice_equal(value, SLICE("*")) ||
	    list_names(value, v->etag, strongly);
}

enum since { UNKNOWN, MODIFIED, UNMODIFIED };

/* Ignore invalid dates, and files without Last-Modified. */
static enum since
since(struct slice value, const struct validators *v, int64_t now)
{
	int64_t date = value.n > 0 ? date_parse(value, now) : DATE_NONE;

	if (date == DATE_NONE || v->modified == DATE_NONE)
		return UNKNOWN;
	return v->modified > date ? MODIFIED : UNMODIFIED;
}

int
condition_check(const struct http_request *req, const struct validators *v,
    int64_t now)
{
	const struct slice *field = req->field;
	bool reads = req->method == HTTP_GET || req->method == HTTP_HEAD;

	if (req->method == HTTP_OPTIONS)	/* section 13.2.1 */
		return 0;
	if (field[HTTP_IF_MATCH].p != NULL) {
		if (!matches(field[HTTP_IF_MATCH], v, true))
			return 412;
	} else if (since(field[HTTP_IF_UNMODIFIED_SINCE], v, now) == MODIFIED) {
		return 412;
	}
	if (field[HTTP_IF_NONE_MATCH].p != NULL) {
		if (!matches(field[HTTP_IF_NONE_MATCH], v, false))
			return 0;
		return reads ? 304 : 412;
	}
	if (reads &&
	    since(field[HTTP_IF_MODIFIED_SINCE], v, now) == UNMODIFIED)
		return 304;
	return 0;
}

/*
 * A date must be equal to Last-Modified, which must be a strong validator: at
 * least one second before Date (section 8.8.2.2).
 */
bool
condition_allows_range(const struct http_request *req,
    const struct validators *v, int64_t now)
{
	struct slice value = req->field[HTTP_IF_RANGE];

	if (value.p == NULL)
		return true;
	if (value.n > 0 && tag_length(value) == value.n)
		return tags_match(value, v->etag, true);
	return v->modified != DATE_NONE && v->modified < now &&
	    date_parse(value, now) == v->modified;
}
