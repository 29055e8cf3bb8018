#include "server/tar.h"

enum {
	NAME_SIZE = 100,	/* bytes of a name or target in a header */
	OCTAL_MAX_DIGITS = 11,
};

/* A number of 11 octal digits: larger ones go into the extended header. */
static const uint64_t OCTAL_MAX = 077777777777;

static const char zeros[TAR_BLOCK];

static size_t
padding(uint64_t size)
{
	return (size_t)(-size % TAR_BLOCK);
}

void
tar_put_padding(struct buf *b, uint64_t size)
{
	buf_add(b, zeros, padding(size));
}

void
tar_put_end(struct buf *b)
{
	buf_add(b, zeros, TAR_BLOCK);
	buf_add(b, zeros, TAR_BLOCK);
}

/* A field of n bytes: the start of s, then zeros. */
static void
put_field(struct buf *b, struct slice s, size_t n)
{
	size_t used = s.n < n ? s.n : n;

	buf_add(b, s.p, used);
	buf_add(b, zeros, n - used);
}

static void
put_octal(struct buf *b, uint64_t v, int width)
{
	char text[OCTAL_MAX_DIGITS];

	for (int i = width; i-- > 0; v >>= 3)
		text[i] = (char)('0' + (v & 7));
	buf_add(b, text, (size_t)width);
	buf_byte(b, '\0');
}

static bool
fits_octal(int64_t v)
{
	return v >= 0 && (uint64_t)v <= OCTAL_MAX;
}

/* The sum of all bytes; the field of the sum itself counts as spaces. */
static void
fill_checksum(char *block)
{
	char *field = block + 148;
	struct buf b = buf_over(field, 8);
	uint64_t sum = 0;

	memset(field, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	put_octal(&b, sum, 6);
}

static void
put_block(struct buf *b, const struct tar_entry *e, char type)
{
	uint64_t size = type == '0' || type == 'x' ? e->size : 0;
	size_t start = b->n;

	put_field(b, e->name, NAME_SIZE);
	put_octal(b, e->mode, 7);
	put_octal(b, 0, 7);			/* owner: root */
	put_octal(b, 0, 7);			/* group: root */
	put_octal(b, size <= OCTAL_MAX ? size : 0, 11);
	put_octal(b, fits_octal(e->mtime) ? (uint64_t)e->mtime : 0, 11);
	put_field(b, SLICE(""), 8);		/* checksum */
	buf_byte(b, type);
	put_field(b, e->target, NAME_SIZE);
	put_field(b, SLICE("ustar\0" "00"), 8);
	put_field(b, SLICE(""), 32);		/* name of the owner */
	put_field(b, SLICE(""), 32);		/* name of the group */
	put_octal(b, 0, 7);			/* device */
	put_octal(b, 0, 7);
	put_field(b, SLICE(""), 155 + 12);	/* prefix, unused */
	if (!b->full)
		fill_checksum(b->p + start);
}

static int
count_digits(size_t n)
{
	int count = 1;

	while (n >= 10) {
		n /= 10;
		count++;
	}
	return count;
}

/* "30 mtime=1350244992\n": the number is the length of the whole record. */
static void
put_record(struct buf *b, const char *key, struct slice value)
{
	size_t rest = strlen(" =\n") + strlen(key) + value.n;
	size_t n = rest + (size_t)count_digits(rest);

	/* The digits of the number may make it one longer. */
	if (count_digits(n) != count_digits(rest))
		n = rest + (size_t)count_digits(n);
	buf_number(b, n);
	buf_byte(b, ' ');
	buf_text(b, key);
	buf_byte(b, '=');
	buf_put(b, value);
	buf_byte(b, '\n');
}

static void
put_number(struct buf *b, const char *key, uint64_t v, bool negative)
{
	char text[24];
	struct buf number = buf_over(text, sizeof(text));

	if (negative)
		buf_byte(&number, '-');
	buf_number(&number, v);
	put_record(b, key, buf_slice(&number));
}

static bool
is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] & 0x80)
			return false;
	return true;
}

/* Does s fit into the header's field, which is defined only for ASCII? */
static bool
fits_field(struct slice name)
{
	return name.n <= NAME_SIZE && is_ascii(name);
}

static bool
is_binary(const struct tar_entry *e)
{
	return !slice_is_utf8(e->name) || !slice_is_utf8(e->target);
}

/* The records of an extended header; empty if the header is enough. */
static void
put_records(struct buf *b, const struct tar_entry *e)
{
	/* hdrcharset applies to the records after it. */
	if (is_binary(e))
		put_record(b, "hdrcharset", SLICE("BINARY"));
	if (!fits_field(e->name))
		put_record(b, "path", e->name);
	if (!fits_field(e->target))
		put_record(b, "linkpath", e->target);
	if (e->size > OCTAL_MAX)
		put_number(b, "size", e->size, false);
	if (!fits_octal(e->mtime))
		put_number(b, "mtime", e->mtime < 0 ? -(uint64_t)e->mtime :
		    (uint64_t)e->mtime, e->mtime < 0);
}

static const char type_flag[] = {
	[TAR_FILE] = '0',
	[TAR_FOLDER] = '5',
	[TAR_LINK] = '2',
};

void
tar_put_header(struct buf *b, const struct tar_entry *e)
{
	struct tar_entry extended = {
		.name = SLICE("././@PaxHeader"),	/* as in Python */
		.mode = 0644,
	};
	size_t start = b->n, end;

	/* The records follow a header block, which has their length. */
	put_field(b, SLICE(""), TAR_BLOCK);
	put_records(b, e);
	end = b->n;
	if (b->full)
		return;
	b->n = start;
	if (end > start + TAR_BLOCK) {
		extended.size = end - start - TAR_BLOCK;
		put_block(b, &extended, 'x');
		b->n = end;
		tar_put_padding(b, extended.size);
	}
	put_block(b, e, type_flag[e->kind]);
}
