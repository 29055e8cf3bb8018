#include "server/pattern.h"

#include "server/ascii.h"
#include "server/http_path.h"

/* Stands for '*' in a tail: a decoded path has no NUL. */
enum { ANY = '\0' };

struct pattern {
	struct slice tail;	/* from the segment with the first '*' on */
	unsigned next;		/* index of the next in its list, + 1; or 0 */
};

struct pattern_node {
	struct slice name;	/* of a segment, decoded */
	uint32_t parent;
	uint32_t placeholder;	/* the child for ":name", 0: none */
	uint32_t extensions;	/* its children are the ".ext" of "*.ext" */
	uint32_t keys;		/* its children are the keys of patterns that
				   end here */
	unsigned exact, tails;	/* index of the first in each list, + 1 */
};

size_t
pattern_most(struct slice text)
{
	size_t lines = slice_count(text, '\n') + 1;

	return lines < PATTERN_MAX ? lines : PATTERN_MAX;
}

/* At most one node for each segment, and two for each key or extension. */
static size_t
most_nodes(struct slice text)
{
	return slice_count(text, '/') + 1 + 2 * pattern_most(text);
}

/* At most half of the slots are used, so that lookups stay short. */
static size_t
slot_count(struct slice text)
{
	size_t n = 4;

	while (n < 2 * most_nodes(text))
		n *= 2;
	return n;
}

static size_t
align(size_t n)
{
	return (n + 15) & ~(size_t)15;
}

static size_t
nodes_size(struct slice text)
{
	return align(most_nodes(text) * sizeof(struct pattern_node));
}

static size_t
patterns_size(struct slice text)
{
	return align(pattern_most(text) * sizeof(struct pattern));
}

static size_t
slots_size(struct slice text)
{
	return align(slot_count(text) * sizeof(uint32_t));
}

size_t
pattern_space(struct slice text)
{
	return nodes_size(text) + patterns_size(text) + slots_size(text) +
	    align(text.n);
}

void
pattern_set_init(struct pattern_set *set, struct slice text, char *space)
{
	char *patterns = space + nodes_size(text);
	char *slots = patterns + patterns_size(text);

	*set = (struct pattern_set){
		.node = (struct pattern_node *)(void *)space,
		.nodes = 1,
		.pattern = (struct pattern *)(void *)patterns,
		.slot = (uint32_t *)(void *)slots,
		.slot_mask = (uint32_t)slot_count(text) - 1,
		.text = slots + slots_size(text),
	};
	memset(set->slot, 0, slots_size(text));
	set->node[0] = (struct pattern_node){ 0 };
}

/* ---- segments ---- */

size_t
pattern_name_length(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!ascii_is_letter(c) && c != '_' &&
		    (i == 0 || !ascii_is_digit(c)))
			break;
	}
	return i;
}

/* The placeholder at the start of a segment, or empty. */
static struct slice
placeholder_name(struct slice segment)
{
	struct slice name = slice_skip(segment, 1);

	name.n = segment.p[0] == ':' ? pattern_name_length(name) : 0;
	return name;
}

static bool
has_star(struct slice s)
{
	return memchr(s.p, '*', s.n) != NULL;
}

/* ---- adding ---- */

/* Decode a segment into the set's text.  Returns NULL or an error message. */
static const char *
put_decoded(struct pattern_set *set, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		int c = (unsigned char)s.p[i];

		if (c == '*') {
			c = ANY;
		} else if (c == '%') {
			c = http_decode_escape(slice_skip(s, i));
			i += 2;
			if (c <= 0)
				return "bad escape in";
			if (c == '/')
				return "no file has a slash in its name:";
		}
		set->text[set->text_n++] = (char)c;
	}
	return NULL;
}

static uint32_t
hash_name(uint32_t parent, struct slice name)
{
	uint64_t h = slice_hash(SLICE_HASH ^ parent * UINT64_C(2654435761),
	    name);

	return (uint32_t)(h ^ h >> 32);
}

/* The slot of this child, or the free one where it goes. */
static uint32_t *
find_slot(const struct pattern_set *set, uint32_t parent, struct slice name)
{
	for (uint32_t i = hash_name(parent, name);; i++) {
		uint32_t *slot = &set->slot[i & set->slot_mask];
		const struct pattern_node *node = &set->node[*slot];

		if (*slot == 0 || (node->parent == parent &&
		    slice_equal(node->name, name)))
			return slot;
	}
}

static uint32_t
add_node(struct pattern_set *set, uint32_t parent, struct slice name)
{
	set->node[set->nodes] = (struct pattern_node){
		.name = name, .parent = parent,
	};
	return set->nodes++;
}

/* *child is a child without a name. */
static uint32_t
nameless_child(struct pattern_set *set, uint32_t parent, uint32_t *child)
{
	if (*child == 0)
		*child = add_node(set, parent, SLICE(""));
	return *child;
}

static uint32_t
named_child(struct pattern_set *set, uint32_t parent, struct slice name)
{
	uint32_t *slot = find_slot(set, parent, name);

	if (*slot == 0)
		*slot = add_node(set, parent, name);
	return *slot;
}

/* name is at the end of the set's text, and stays there if the child is new. */
static uint32_t
last_child(struct pattern_set *set, uint32_t parent, struct slice name)
{
	uint32_t before = set->nodes;
	uint32_t child = named_child(set, parent, name);

	if (set->nodes == before)
		set->text_n -= name.n;
	return child;
}

static const char *
put_tail(struct pattern_set *set, struct slice segment, struct slice rest,
    bool splat_last)
{
	const char *wrong;

	/* "/a/" and "*" match "/a": the slash belongs to the star. */
	if (!slice_equal(segment, SLICE("*")))
		set->text[set->text_n++] = '/';
	do {
		if (splat_last && memchr(segment.p, '*', segment.n) !=
		    segment.p + segment.n - 1)
			return "'*' is only for the end of a path:";
		if (placeholder_name(segment).n > 0)
			return "a placeholder after '*' in";
		if ((wrong = put_decoded(set, segment)) != NULL)
			return wrong;
		if (rest.n == 0)
			return NULL;
		if (splat_last)
			return "'*' is only for the end of a path:";
		set->text[set->text_n++] = '/';
	} while (http_next_segment(&rest, &segment));
	set->text_n--;		/* the slash at the end */
	return NULL;
}

static void
add_to_list(struct pattern_set *set, unsigned *list, struct slice tail)
{
	while (*list != 0)
		list = &set->pattern[*list - 1].next;
	set->pattern[set->patterns] = (struct pattern){ .tail = tail };
	*list = ++set->patterns;
}

/* The ".ext" of the tail of "*.ext", or empty for any other. */
static struct slice
extension_of(struct slice tail)
{
	struct slice s = slice_skip(tail, tail.n < 3 ? tail.n : 3);

	if (tail.n < 3 || memcmp(tail.p, "/\0.", 3) != 0 ||
	    memchr(s.p, ANY, s.n) != NULL || memchr(s.p, '.', s.n) != NULL ||
	    memchr(s.p, '/', s.n) != NULL)
		return slice_first(tail, 0);
	return slice_skip(tail, 2);
}

static void
add_tail(struct pattern_set *set, uint32_t at, struct slice tail)
{
	struct slice extension = extension_of(tail);
	struct pattern_node *node = &set->node[at];

	if (extension.n == 0) {
		add_to_list(set, &node->tails, tail);
		return;
	}
	at = nameless_child(set, at, &node->extensions);
	at = named_child(set, at, extension);
	add_to_list(set, &set->node[at].exact, tail);
}

static void
add_exact(struct pattern_set *set, uint32_t at, struct slice key)
{
	if (key.n > 0) {
		set->has_keys = true;
		at = nameless_child(set, at, &set->node[at].keys);
		memcpy(set->text + set->text_n, key.p, key.n);
		key.p = set->text + set->text_n;
		set->text_n += key.n;
		at = last_child(set, at, key);
	}
	add_to_list(set, &set->node[at].exact, SLICE(""));
}

const char *
pattern_add(struct pattern_set *set, struct slice from, bool splat_last,
    struct slice key)
{
	struct slice rest = from, segment;
	uint32_t node = 0;
	size_t start;
	const char *wrong = NULL;

	for (int i = 0; http_next_segment(&rest, &segment); i++) {
		if (slice_equal(segment, SLICE(".")))
			continue;
		if (i == PATTERN_SEGMENTS)
			return "too many folders in";
		if (slice_equal(segment, SLICE("..")))
			return "no path has '..' in it:";
		if (has_star(segment)) {
			start = set->text_n;
			wrong = put_tail(set, segment, rest, splat_last);
			if (wrong == NULL)
				add_tail(set, node, (struct slice){
				    set->text + start, set->text_n - start });
			else
				set->text_n = start;
			return wrong;
		}
		if (placeholder_name(segment).n > 0) {
			if (placeholder_name(segment).n + 1 < segment.n)
				return "more than a placeholder between "
				    "slashes:";
			node = nameless_child(set, node,
			    &set->node[node].placeholder);
			continue;
		}
		start = set->text_n;
		if ((wrong = put_decoded(set, segment)) != NULL) {
			set->text_n = start;
			return wrong;
		}
		node = last_child(set, node, (struct slice){
		    set->text + start, set->text_n - start });
	}
	add_exact(set, node, key);
	return NULL;
}

/* ---- matching ---- */

/*
 * Only the most recent star is extended after a mismatch, so the time is at
 * most the product of both lengths.
 */
static bool
glob(struct slice tail, struct slice s)
{
	size_t t = 0, i = 0, star = SIZE_MAX, from = 0;

	while (i < s.n) {
		if (t < tail.n && tail.p[t] == ANY) {
			star = t++;
			from = i;
		} else if (t < tail.n && tail.p[t] == s.p[i]) {
			t++;
			i++;
		} else if (star != SIZE_MAX) {
			t = star + 1;
			i = ++from;
		} else {
			return false;
		}
	}
	while (t < tail.n && tail.p[t] == ANY)
		t++;
	return t == tail.n;
}

/* A trailing slash is ignored.  Comparing the last byte first rules out most
 * tails. */
static bool
matches_tail(struct slice tail, struct slice s)
{
	char last = tail.p[tail.n - 1];
	bool slash = s.n > 1 && s.p[s.n - 1] == '/';

	if (last != ANY && (s.n == 0 || (s.p[s.n - 1] != last &&
	    (!slash || s.p[s.n - 2] != last))))
		return false;
	return glob(tail, s) ||
	    (slash && glob(tail, slice_first(s, s.n - 1)));
}

static void
set_bit(struct pattern_matches *m, unsigned i)
{
	m->bit[i / 64] |= (uint64_t)1 << i % 64;
}

static void
set_exact(const struct pattern_set *set, uint32_t at,
    struct pattern_matches *m)
{
	for (unsigned i = set->node[at].exact; i != 0;
	    i = set->pattern[i - 1].next)
		set_bit(m, i - 1);
}

/* Set the bits of the patterns that end at the child with this name. */
static void
match_child(const struct pattern_set *set, uint32_t parent, struct slice name,
    struct pattern_matches *m)
{
	uint32_t child = *find_slot(set, parent, name);

	if (child != 0)
		set_exact(set, child, m);
}

/* s is as for walk().  A trailing slash is ignored. */
static void
match_extension(const struct pattern_set *set, uint32_t parent,
    struct slice s, struct pattern_matches *m)
{
	const char *dot;

	if (s.n > 1 && s.p[s.n - 1] == '/')
		s.n--;
	dot = memrchr(s.p, '.', s.n);
	if (dot == NULL)
		return;
	s = slice_between(dot, s.p + s.n);
	if (memchr(s.p, '/', s.n) == NULL)
		match_child(set, parent, s, m);
}

/* A request, and the patterns of the set that match it. */
struct match {
	const struct pattern_set *set;
	struct pattern_keys keys;
	struct pattern_matches *m;
};

/* s is the part of the path after the node's segments: empty, or it starts with
 * a slash.  The recursion is at most PATTERN_SEGMENTS deep and visits no node
 * twice. */
static void
walk(const struct match *r, uint32_t at, struct slice s)
{
	const struct pattern_set *set = r->set;
	const struct pattern_node *node = &set->node[at];
	struct slice segment, rest = s;

	for (unsigned i = node->tails; i != 0; i = set->pattern[i - 1].next)
		if (matches_tail(set->pattern[i - 1].tail, s))
			set_bit(r->m, i - 1);
	if (node->extensions != 0)
		match_extension(set, node->extensions, s, r->m);
	if (!http_next_segment(&rest, &segment)) {
		set_exact(set, at, r->m);
		for (unsigned i = 0; node->keys != 0 && i < r->keys.n; i++)
			match_child(set, node->keys, r->keys.key[i], r->m);
		return;
	}
	at = *find_slot(set, at, segment);
	if (at != 0)
		walk(r, at, rest);
	if (node->placeholder != 0)
		walk(r, node->placeholder, rest);
}

void
pattern_match(const struct pattern_set *set, struct slice path,
    struct pattern_keys keys, struct pattern_matches *m)
{
	const struct match r = { .set = set, .keys = keys, .m = m };

	*m = (struct pattern_matches){ 0 };
	if (set->patterns > 0)
		walk(&r, 0, path);
}

bool
pattern_has_keys(const struct pattern_set *set)
{
	return set->has_keys;
}

int
pattern_next(const struct pattern_matches *m, int i)
{
	for (size_t word = (size_t)i / 64; word < LENGTH_OF(m->bit); word++) {
		uint64_t bits = m->bit[word];

		if (word == (size_t)i / 64)
			bits &= UINT64_MAX << i % 64;
		if (bits != 0)
			return (int)word * 64 + __builtin_ctzll(bits);
	}
	return -1;
}

/* ---- placeholders ---- */

/* The decoded length of the part of a segment before its star. */
static size_t
decoded_length(struct slice segment)
{
	size_t n = 0;

	for (size_t i = 0; i < segment.n && segment.p[i] != '*'; i++, n++)
		if (segment.p[i] == '%')
			i += 2;
	return n;
}

bool
pattern_capture(struct slice from, struct slice path, struct slice name,
    struct slice *value)
{
	struct slice segment, part;

	while (http_next_segment(&from, &segment)) {
		if (slice_equal(segment, SLICE(".")))
			continue;
		http_next_segment(&path, &part);
		if (slice_equal(placeholder_name(segment), name)) {
			*value = part;
			return true;
		}
		if (!has_star(segment))
			continue;
		*value = slice_between(part.p + decoded_length(segment),
		    path.p + path.n);
		return slice_equal(name, SLICE("splat"));
	}
	return false;
}
