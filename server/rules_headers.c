/* The lines of _headers, declared in rules.h. */
#include "server/rules_lines.h"

#include "server/head.h"
#include "server/syntax.h"

enum { NAME_MAX_LEN = 100 };	/* bytes of a field's name */

/* A line has at most one field. */
static size_t
fields_size(struct slice text)
{
	return (slice_count(text, '\n') + 1) * sizeof(struct rules_field);
}

size_t
rules_headers_space(struct slice text)
{
	return pattern_space(text) + fields_size(text) +
	    (pattern_most(text) + 1) * sizeof(unsigned);
}

/* NULL, or the reason that a file must not set this field. */
static const char *
refuse_field(struct slice name)
{
	static const struct {
		struct slice name;
		const char *why;
	} table[] = {
		{ SLICE("Accept-Ranges"), "only serve sets" },
		{ SLICE("Age"), "only serve sets" },
		{ SLICE("Allow"), "only serve sets" },
		{ SLICE("Basic-Auth"), "serve asks for no password, unlike" },
		{ SLICE("Cross-Origin-Resource-Policy"), "only --cors sets" },
		{ SLICE("Date"), "only serve sets" },
		{ SLICE("Location"), "only _redirects sets" },
		{ SLICE("Set-Cookie"), "no file sets" },
	};
	struct slice cors = SLICE("Access-Control-");

	if (syntax_is_framing(name))
		return "only serve sets";
	if (slice_starts_nocase(name, cors))
		return "only --cors sets";
	for (size_t i = 0; i < LENGTH_OF(table); i++)
		if (slice_equal_nocase(name, table[i].name))
			return table[i].why;
	return NULL;
}

static bool
parse_field(struct rules_reader *f, struct rules_field *field)
{
	struct slice s = f->text;
	const char *colon, *why;

	*field = (struct rules_field){ .remove = s.p[0] == '!' };
	if (field->remove) {
		field->name = slice_trim(slice_skip(s, 1));
	} else if ((colon = memchr(s.p, ':', s.n)) != NULL) {
		field->name = slice_between(s.p, colon);
		field->value = slice_trim(slice_skip(s, field->name.n + 1));
	}
	if (rules_has_control(s) || !head_is_token(field->name) ||
	    field->name.n > NAME_MAX_LEN ||
	    !head_is_field_value(field->value) ||
	    (!field->remove && field->value.n == 0)) {
		rules_fault(f, "bad field", s, ", want 'Name: value'");
		return false;
	}
	why = refuse_field(field->name);
	if (why != NULL)
		rules_fault(f, why, field->name, "");
	return why == NULL;
}

/* Parse the path of a block.  Returns false if it is malformed; then the fields
 * of the block are left out too. */
static bool
add_pattern(struct rules_reader *f, struct rules_headers *h)
{
	const char *wrong = rules_has_scheme(f->text) ? "want a path, not" :
	    rules_has_control(f->text) ? "a control character in" :
	    rules_path_of(f->text).n < f->text.n ?
	    "a path has no query or fragment:" : NULL;

	if (wrong == NULL) {
		if (!rules_take(f))
			return false;
		wrong = pattern_add(&h->paths, f->text, false,
		    SLICE(""));
		if (wrong != NULL)
			f->rules--;
	}
	if (wrong != NULL)
		rules_fault(f, wrong, f->text, " and its fields");
	else
		h->first[h->paths.patterns - 1] = h->field_count;
	return wrong == NULL;
}

void
rules_parse_headers(struct rules_headers *h, struct slice text, char *space,
    struct buf *messages)
{
	char *fields = space + pattern_space(text);
	enum { NO_PATH, BAD_PATH, PATH } block = NO_PATH;
	struct rules_reader f;

	*h = (struct rules_headers){
		.field = (struct rules_field *)(void *)fields,
		.first = (unsigned *)(void *)(fields + fields_size(text)),
	};
	pattern_set_init(&h->paths, text, space);
	rules_begin(&f, "_headers", text, messages);
	while (rules_next_line(&f)) {
		struct rules_field *field = &h->field[h->field_count];

		if (f.text.p[0] == '/' || rules_has_scheme(f.text))
			block = add_pattern(&f, h) ? PATH : BAD_PATH;
		else if (block == NO_PATH)
			rules_fault(&f, "no path above", f.text, "");
		else if (block == PATH && parse_field(&f, field))
			h->field_count++;
	}
	h->first[h->paths.patterns] = h->field_count;
	rules_end(&f);
}

/* The index of the change with this name, or count. */
static unsigned
find_change(const struct rules_change *change, unsigned count,
    struct slice name)
{
	unsigned i = 0;

	while (i < count && !slice_equal_nocase(change[i].name, name))
		i++;
	return i;
}

/* Values to join are copied to the end of the space, where there is room. */
static bool
join_value(struct rules_change *change, struct slice value, struct buf *space)
{
	size_t from = space->n;

	if (change->value.n > 0) {
		buf_put(space, change->value);
		buf_lit(space, ", ");
	}
	buf_put(space, value);
	if (space->full)
		return false;
	change->value = buf_since(space, from);
	return true;
}

/* Returns false if there is no room for the change, which is then left out. */
static bool
add_change(struct rules_change *change, unsigned *count,
    const struct rules_field *field, struct buf *space)
{
	unsigned i = find_change(change, *count, field->name);
	struct rules_change c = { .name = field->name };

	if (i == RULES_SAME_FIELDS)
		return false;
	if (i < *count)
		c = change[i];
	if (field->remove)
		c.value = SLICE("");
	else if (!join_value(&c, field->value, space))
		return false;
	change[i] = c;
	*count += i == *count;
	return true;
}

unsigned
rules_find_changes(const struct rules_headers *h, struct slice path,
    struct rules_change change[RULES_SAME_FIELDS], struct buf *space,
    bool *cut)
{
	struct pattern_matches m;
	unsigned count = 0;

	*cut = false;
	pattern_match(&h->paths, path, (struct pattern_keys){ 0 }, &m);
	for (int i = pattern_next(&m, 0); i != -1;
	    i = pattern_next(&m, i + 1)) {
		for (unsigned k = h->first[i]; k < h->first[i + 1]; k++) {
			if (!add_change(change, &count, &h->field[k], space))
				*cut = true;
		}
	}
	return count;
}
