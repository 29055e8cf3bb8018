/*
 * The lines of a head, both of requests and responses: RFC 9112 sections 2.2
 * and 5.  Pure.
 */
#ifndef HEAD_H
#define HEAD_H

#include "server/slice.h"

/*
 * A head that is being parsed.  Each head_take_...() returns 1 if it took its
 * element, 0 if the input ends before that, or -400 for anything else.
 */
struct head_reader {
	const char *p, *end;
	char first_end;		/* of the first line: '\r', '\n', or 0 */
	int fields;		/* taken so far */
	/* Found by head_read_connection(): */
	bool close, keep_alive, upgrade;
	bool names_fields;	/* another option, the name of a field */
};

/* The end of the token, or of the text without blanks and controls, at p. */
const char *head_skip_token(const char *p, const char *end);
const char *head_skip_visible(const char *p, const char *end);

/*
 * CR LF; or LF, if the first line ended so too: section 2.2 allows it, and
 * people type it.  A head that mixes both may be two heads joined together, or
 * the next recipient may parse it as two.
 */
int head_take_line_end(struct head_reader *in);

/* The bytes up to the end of the line, untrimmed, and the line end. */
int head_take_text(struct head_reader *in, struct slice *text);

/*
 * A field line, section 5; value is trimmed.  Returns HEAD_FIELD if it took
 * one, and 1 if it took the empty line that ends the head.  -431 after
 * HEAD_FIELDS_MAX lines.
 */
enum { HEAD_FIELD = 2, HEAD_FIELDS_MAX = 100 };
int head_take_field(struct head_reader *in, struct slice *name,
    struct slice *value);

/*
 * The field lines of a parsed head.  Iterate over them with head_next_field(),
 * which moves *rest and returns false after the last one.
 */
struct slice head_fields(struct slice head);
bool head_next_field(struct slice *rest, struct slice *name,
    struct slice *value);

/*
 * Record the options of Connection: "close" and "keep-alive" (section 9.3),
 * "upgrade", or the names of fields (RFC 9110 section 7.6.1).
 */
void head_read_connection(struct head_reader *in, struct slice value);

/*
 * Parse decimal digits and nothing else (RFC 9110 section 8.6).  False also for
 * a number above UINT64_MAX.
 */
bool head_parse_length(struct slice value, uint64_t *out);

/*
 * Is s a token, such as a field name?  Is s a field value, which has no control
 * byte but tab (RFC 9110 section 5.5)?
 */
bool head_is_token(struct slice s);
bool head_is_field_value(struct slice s);

#endif
