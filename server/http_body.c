#include "server/http_body.h"

#include "server/ascii.h"
#include "server/head.h"

/* States: the byte that comes next. */
enum {
	ENDED,
	LENGTH,		/* a body of known length */
	UNTIL_CLOSE,
	SIZE_START,
	SIZE,
	SIZE_BLANK,
	EXTENSION,
	SIZE_LF,
	DATA,		/* of a chunk */
	DATA_CR,
	DATA_LF,
	TRAILER_START,	/* from here on left counts the bytes of trailers */
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	END_LF,
};

enum {
	BODY_LINE_MAX = 4 << 10,	/* bytes of a chunk-size or trailer
					   line */
	BODY_TRAILERS_MAX = 16 << 10,	/* bytes of all trailer lines */
};

void
http_body_start(struct http_body *body, enum http_framing framing,
    uint64_t length)
{
	static const uint8_t states[] = {
		[HTTP_FRAMING_NONE] = ENDED,
		[HTTP_FRAMING_LENGTH] = LENGTH,
		[HTTP_FRAMING_CHUNKED] = SIZE_START,
		[HTTP_FRAMING_CLOSE] = UNTIL_CLOSE,
	};

	*body = (struct http_body){ .state = states[framing] };
	if (body->state == LENGTH) {
		body->left = length;
		if (length == 0)
			body->state = ENDED;
	}
}

bool
http_body_may_close(const struct http_body *body)
{
	return body->state == ENDED || body->state == UNTIL_CLOSE;
}

uint64_t
http_body_left(const struct http_body *body)
{
	return body->state == LENGTH ? body->left : 0;
}

/* Enter a state, and return ok: was the byte before it valid? */
static bool
enter(struct http_body *body, uint8_t state, bool ok)
{
	body->state = state;
	return ok;
}

static bool
enter_line(struct http_body *body, uint8_t state, bool ok)
{
	body->line = 0;
	return enter(body, state, ok);
}

static bool
take_digit(struct http_body *body, int digit)
{
	if (body->left >> 60 != 0)	/* one more digit would overflow */
		return false;
	body->left = body->left << 4 | (unsigned)digit;
	return enter(body, SIZE, true);
}

/* After the size: blanks are allowed only before an extension. */
static bool
take_after_size(struct http_body *body, char c)
{
	if (c == '\r' && body->state == SIZE)
		return enter(body, SIZE_LF, true);
	if (c == ';')
		return enter(body, EXTENSION, true);
	return enter(body, SIZE_BLANK, ascii_is_blank(c));
}

/* A byte of a line, or the CR at its end. */
static bool
take_text(struct http_body *body, char c, uint8_t at_cr)
{
	if (c == '\r')
		return enter(body, at_cr, true);
	return head_is_field_value((struct slice){ &c, 1 });
}

/*
 * A byte of framing.  Section 2.2 allows a bare LF in heads, but not here: if
 * two recipients disagreed about the end of an extension or a chunk, a body
 * could be made to look like a request.
 */
static bool
take_byte(struct http_body *body, char c)
{
	bool token = head_is_token((struct slice){ &c, 1 });
	int digit = ascii_hex_value(c);

	switch (body->state) {
	case SIZE_START:
		return digit >= 0 && take_digit(body, digit);
	case SIZE:
		return digit >= 0 ? take_digit(body, digit) :
		    take_after_size(body, c);
	case SIZE_BLANK:
		return take_after_size(body, c);
	case EXTENSION:
		return take_text(body, c, SIZE_LF);
	case SIZE_LF:
		return enter_line(body, body->left > 0 ? DATA : TRAILER_START,
		    c == '\n');
	case DATA_CR:
		return enter(body, DATA_LF, c == '\r');
	case DATA_LF:
		return enter_line(body, SIZE_START, c == '\n');
	case TRAILER_START:
		return c == '\r' ? enter(body, END_LF, true) :
		    enter(body, TRAILER_NAME, token);
	case TRAILER_NAME:
		return c == ':' ? enter(body, TRAILER_VALUE, true) : token;
	case TRAILER_VALUE:
		return take_text(body, c, TRAILER_LF);
	case TRAILER_LF:
		return enter_line(body, TRAILER_START, c == '\n');
	case END_LF:
		return enter(body, ENDED, c == '\n');
	}
	return false;
}

/* Count one more byte of a line, and of the trailer section. */
static bool
within_limits(struct http_body *body)
{
	if (++body->line > BODY_LINE_MAX)
		return false;
	return body->state < TRAILER_START || ++body->left <= BODY_TRAILERS_MAX;
}

static bool
is_data(const struct http_body *body)
{
	return body->state == LENGTH || body->state == DATA ||
	    body->state == UNTIL_CLOSE;
}

/* Take up to n bytes of data.  Returns how many were taken. */
static size_t
take_data(struct http_body *body, size_t n)
{
	if (body->state == UNTIL_CLOSE)
		return n;
	if (n > body->left)
		n = (size_t)body->left;
	body->left -= n;
	if (body->left == 0)
		body->state = body->state == LENGTH ? ENDED : DATA_CR;
	return n;
}

ssize_t
http_body_next(struct http_body *body, const char *p, size_t n,
    struct slice *data)
{
	size_t i = 0;

	*data = (struct slice){ p, 0 };
	while (i < n && body->state != ENDED && !is_data(body)) {
		if (!within_limits(body) || !take_byte(body, p[i++]))
			return -400;
	}
	if (i < n && is_data(body)) {
		*data = (struct slice){ p + i, take_data(body, n - i) };
		i += data->n;
	}
	return (ssize_t)i;
}

ssize_t
http_body_skip(struct http_body *body, const char *p, size_t n)
{
	size_t at = 0;

	while (at < n && !http_body_ended(body)) {
		struct slice data;
		ssize_t taken = http_body_next(body, p + at, n - at, &data);

		if (taken < 0)
			return taken;
		at += (size_t)taken;
	}
	return (ssize_t)at;
}
