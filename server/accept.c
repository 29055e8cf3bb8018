#include "server/accept.h"

#include "server/ascii.h"
#include "server/list.h"

/* A weight in thousandths, section 12.4.2. */
enum { WEIGHT_ONE = 1000, WEIGHT_BAD = -1 };

/* No client sends more elements; ignore the rest of a longer list. */
enum { ELEMENTS_MAX = 128 };

/* An element of a list, with its weight. */
struct element {
	struct slice name;
	int weight;
	bool parameters;	/* has parameters other than the weight */
};

/* Accept more than three digits: some clients print floats. */
static int
parse_weight(struct slice s)
{
	int weight, unit = 100;

	if (s.n == 0 || (s.p[0] != '0' && s.p[0] != '1') ||
	    (s.n > 1 && s.p[1] != '.'))
		return WEIGHT_BAD;
	weight = s.p[0] == '1' ? WEIGHT_ONE : 0;
	for (size_t i = 2; i < s.n; i++, unit /= 10) {
		if (!ascii_is_digit(s.p[i]) || (s.p[0] == '1' &&
		    s.p[i] != '0'))
			return WEIGHT_BAD;
		weight += (s.p[i] - '0') * unit;
	}
	return weight;
}

/* The next element with a well-formed weight; skip the others. */
static bool
next_element(struct slice *rest, struct element *e)
{
	struct slice s, part;

	while (list_next(rest, &s)) {
		*e = (struct element){ .weight = WEIGHT_ONE };
		e->name = list_take_part(&s);
		while (s.n > 0) {
			part = list_take_part(&s);
			if (slice_starts_nocase(part, SLICE("q=")))
				e->weight = parse_weight(slice_skip(part, 2));
			else if (part.n > 0)
				e->parameters = true;
		}
		if (e->weight != WEIGHT_BAD)
			return true;
	}
	return false;
}

/* The weight of a type, from the most specific range that includes it. */
struct want {
	enum specificity {
		ABSENT,
		ALL,
		TYPE,
		WITH_PARAMETERS,
		EXACT,
	} specificity;
	int weight;
};

enum { FORMATS = ACCEPT_JSON + 1 };

static bool
names(const struct element *e, struct slice what)
{
	return slice_equal_nocase(e->name, what);
}

/* Section 12.5.1.  Our types have no parameters that a range could name. */
static enum specificity
specificity_of(const struct element *e, enum accept_format format)
{
	static const struct slice exact[FORMATS] = {
		[ACCEPT_TEXT] = SLICE("text/plain"),
		[ACCEPT_HTML] = SLICE("text/html"),
		[ACCEPT_JSON] = SLICE("application/json"),
	};
	static const struct slice range[FORMATS] = {
		[ACCEPT_TEXT] = SLICE("text/*"),
		[ACCEPT_HTML] = SLICE("text/*"),
		[ACCEPT_JSON] = SLICE("application/*"),
	};

	if (names(e, exact[format]))
		return e->parameters ? WITH_PARAMETERS : EXACT;
	if (names(e, range[format]))
		return TYPE;
	return names(e, SLICE("*/*")) ? ALL : ABSENT;
}

static void
parse_accept(struct slice accept, struct want want[FORMATS])
{
	struct element e;

	for (int f = 0; f < FORMATS; f++)
		want[f] = (struct want){ ABSENT, 0 };
	for (int i = 0; i < ELEMENTS_MAX && next_element(&accept, &e); i++) {
		for (unsigned f = 0; f < FORMATS; f++) {
			enum specificity p = specificity_of(&e, f);

			if (p > want[f].specificity ||
			    (p != ABSENT && p == want[f].specificity &&
			    e.weight > want[f].weight))
				want[f] = (struct want){ p, e.weight };
		}
	}
}

/* By weight; with equal weights, a named type comes before a wildcard.  0 if
 * the client refuses the type. */
static int
rank(struct want want)
{
	bool named = want.specificity >= WITH_PARAMETERS && want.weight > 0;

	return 2 * want.weight + named;
}

enum accept_format
accept_listing_format(struct slice accept)
{
	struct want want[FORMATS];
	int html, json, text;

	parse_accept(accept, want);
	html = rank(want[ACCEPT_HTML]);
	json = rank(want[ACCEPT_JSON]);
	text = rank(want[ACCEPT_TEXT]);
	if (html >= json && html >= text)
		return ACCEPT_HTML;
	return json >= text ? ACCEPT_JSON : ACCEPT_TEXT;
}

/* The weight of a type that is named; wildcards do not count. */
static int
weight_if_named(struct want want)
{
	return want.specificity >= WITH_PARAMETERS ? want.weight : 0;
}

enum accept_format
accept_error_format(struct slice accept)
{
	struct want want[FORMATS];
	int html, json, text;

	parse_accept(accept, want);
	html = weight_if_named(want[ACCEPT_HTML]);
	json = weight_if_named(want[ACCEPT_JSON]);
	text = want[ACCEPT_TEXT].weight;
	if (html > 0 && html >= json && html >= text)
		return ACCEPT_HTML;
	return json > 0 && json >= text ? ACCEPT_JSON : ACCEPT_TEXT;
}

bool
accept_names_html(struct slice accept)
{
	struct want want[FORMATS];

	parse_accept(accept, want);
	return weight_if_named(want[ACCEPT_HTML]) > 0;
}

enum { STAR = ACCEPT_CODINGS + 1, CODINGS };

static const struct slice coding_name[CODINGS] = {
	[ACCEPT_BR] = SLICE("br"),
	[ACCEPT_ZSTD] = SLICE("zstd"),
	[ACCEPT_GZIP] = SLICE("gzip"),
	[ACCEPT_IDENTITY] = SLICE("identity"),
	[STAR] = SLICE("*"),
};

struct slice
accept_coding_name(enum accept_coding coding)
{
	return coding_name[coding];
}

/* CODINGS for an unknown coding.  x-gzip: RFC 9110 section 8.4.1.3. */
static unsigned
find_coding(const struct element *e)
{
	unsigned c = 0;

	if (names(e, SLICE("x-gzip")))
		return ACCEPT_GZIP;
	while (c < CODINGS && !names(e, coding_name[c]))
		c++;
	return c;
}

/*
 * Identity is acceptable unless excluded.  If not listed, it takes the weight
 * of "*"; without "*" its weight of -1 puts it after all listed codings.
 */
static bool
is_acceptable(const int weight[CODINGS], enum accept_coding c)
{
	return c == ACCEPT_IDENTITY ? weight[c] != 0 : weight[c] > 0;
}

int
accept_codings(struct slice value, enum accept_coding order[ACCEPT_CODINGS + 1])
{
	enum { UNNAMED = -1 };
	int weight[CODINGS], n = 0;
	struct element e;

	order[0] = ACCEPT_IDENTITY;
	if (value.n == 0)
		return 1;
	for (int c = 0; c < CODINGS; c++)
		weight[c] = UNNAMED;
	for (int i = 0; i < ELEMENTS_MAX && next_element(&value, &e); i++) {
		unsigned c = find_coding(&e);

		if (c < CODINGS && e.weight > weight[c])
			weight[c] = e.weight;
	}
	if (weight[ACCEPT_IDENTITY] == UNNAMED)
		weight[ACCEPT_IDENTITY] = weight[STAR];
	/* Insertion keeps codings of equal weight in our order. */
	for (unsigned c = 0; c <= ACCEPT_IDENTITY; c++) {
		int at = n;

		if (!is_acceptable(weight, c))
			continue;
		for (; at > 0 && weight[order[at - 1]] < weight[c]; at--)
			order[at] = order[at - 1];
		order[at] = c;
		n++;
	}
	return n;
}
