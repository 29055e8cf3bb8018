#include "server/zip.h"

#include "server/calendar.h"

enum {
	LOCAL = 0x04034b50,
	DESCRIPTOR = 0x08074b50,
	CENTRAL = 0x02014b50,
	END64 = 0x06064b50,
	LOCATOR64 = 0x07064b50,
	END = 0x06054b50,

	VERSION = 20,		/* needed to extract folders */
	VERSION_64 = 45,
	UNIX = 3 << 8,		/* "version made by": the attributes hold a
				   mode */

	CRC_FOLLOWS = 1 << 3,	/* flags */
	NAME_IS_UTF8 = 1 << 11,

	EXTRA_64 = 0x0001,
	EXTRA_TIME = 0x5455,	/* Info-ZIP's extended timestamp */
	EXTRA_HEAD = 4,		/* bytes: its identifier and its size */

	DOS_FOLDER = 0x10,
};

/* A field with all bits set refers to its zip64 form. */
static const uint32_t MORE32 = 0xffffffff;
static const uint16_t MORE16 = 0xffff;

static void
put16(struct buf *b, uint32_t v)
{
	const char bytes[] = { (char)(v & 0xff), (char)(v >> 8 & 0xff) };

	buf_add(b, bytes, sizeof(bytes));
}

static void
put32(struct buf *b, uint32_t v)
{
	put16(b, v);
	put16(b, v >> 16);
}

static void
put64(struct buf *b, uint64_t v)
{
	put32(b, (uint32_t)v);
	put32(b, (uint32_t)(v >> 32));
}

static uint32_t
at_most(uint64_t v, uint32_t most)
{
	return v < most ? (uint32_t)v : most;
}

static bool
needs_64(uint64_t v)
{
	return v >= MORE32;
}

static bool
is_folder(const struct zip_entry *e)
{
	return e->name.n > 0 && e->name.p[e->name.n - 1] == '/';
}

/* Seconds since 1970, in local time, as clock and date of DOS (4.4.6). */
static void
put_dos(struct buf *b, uint64_t t)
{
	uint32_t second = (uint32_t)(t % CALENDAR_DAY_SECONDS);
	struct calendar_date date = calendar_date_of(
	    (uint32_t)(t / CALENDAR_DAY_SECONDS) + CALENDAR_1970);

	put16(b, second / 3600 << 11 | second / 60 % 60 << 5 | second % 60 / 2);
	put16(b, (uint32_t)(date.year - 1980) << 9 |
	    (uint32_t)(date.month + 1) << 5 | (uint32_t)date.day);
}

/* DOS dates cover the years 1980 to 2107. */
static void
put_dos_time(struct buf *b, const struct zip_entry *e)
{
	const int64_t first = 315532800, last = 4354819199;
	int64_t t = e->mtime + e->zone;

	put_dos(b, (uint64_t)(t < first ? first : t > last ? last : t));
}

/*
 * The field has 32 bits.  They are signed, but not all readers know that, so
 * times outside of 1970 to 2038 are given only as local time.
 */
static bool
has_time(const struct zip_entry *e)
{
	return e->mtime >= 0 && e->mtime <= INT32_MAX;
}

static size_t
time_size(const struct zip_entry *e)
{
	return has_time(e) ? EXTRA_HEAD + 5 : 0;
}

static void
put_time(struct buf *b, const struct zip_entry *e)
{
	if (!has_time(e))
		return;
	put16(b, EXTRA_TIME);
	put16(b, 5);
	buf_byte(b, 1);		/* mtime only */
	put32(b, (uint32_t)e->mtime);
}

/* The fields from the version to the time, the same in both headers. */
static void
put_common(struct buf *b, const struct zip_entry *e, bool is_64)
{
	put16(b, is_64 ? VERSION_64 : VERSION);
	put16(b, (e->crc_follows ? CRC_FOLLOWS : 0u) |
	    (slice_is_utf8(e->name) ? NAME_IS_UTF8 : 0u));
	put16(b, 0);		/* stored */
	put_dos_time(b, e);
}

/*
 * A size that follows after the bytes is 0 here (4.4.4).  The zip64 extra field
 * still tells the reader how wide the descriptor is.
 */
void
zip_put_local(struct buf *b, const struct zip_entry *e)
{
	bool is_64 = needs_64(e->size);
	uint64_t size = e->crc_follows ? 0 : e->size;

	put32(b, LOCAL);
	put_common(b, e, is_64);
	put32(b, e->crc_follows ? 0 : e->crc);
	put32(b, is_64 ? MORE32 : (uint32_t)size);
	put32(b, is_64 ? MORE32 : (uint32_t)size);
	put16(b, (uint32_t)e->name.n);
	put16(b, (uint32_t)(time_size(e) + (is_64 ? EXTRA_HEAD + 16u : 0)));
	buf_put(b, e->name);
	put_time(b, e);
	if (!is_64)
		return;
	put16(b, EXTRA_64);
	put16(b, 16);
	put64(b, size);
	put64(b, size);
}

void
zip_put_descriptor(struct buf *b, const struct zip_entry *e)
{
	put32(b, DESCRIPTOR);
	put32(b, e->crc);
	if (needs_64(e->size)) {
		put64(b, e->size);
		put64(b, e->size);
	} else {
		put32(b, (uint32_t)e->size);
		put32(b, (uint32_t)e->size);
	}
}

void
zip_put_central(struct buf *b, const struct zip_entry *e)
{
	uint32_t type = is_folder(e) ? 0040000 : 0100000;
	uint32_t wide = (needs_64(e->size) ? 16u : 0) +
	    (needs_64(e->offset) ? 8u : 0);

	put32(b, CENTRAL);
	put16(b, UNIX | VERSION_64);
	put_common(b, e, wide > 0);
	put32(b, e->crc);
	put32(b, at_most(e->size, MORE32));
	put32(b, at_most(e->size, MORE32));
	put16(b, (uint32_t)e->name.n);
	put16(b, (uint32_t)time_size(e) + (wide > 0 ? EXTRA_HEAD + wide : 0));
	put16(b, 0);		/* no comment */
	put16(b, 0);		/* on the first disk */
	put16(b, 0);		/* neither marked as text nor as binary */
	put32(b, (type | e->mode) << 16 | (is_folder(e) ? DOS_FOLDER : 0));
	put32(b, at_most(e->offset, MORE32));
	buf_put(b, e->name);
	put_time(b, e);
	if (wide == 0)
		return;
	put16(b, EXTRA_64);
	put16(b, wide);
	if (needs_64(e->size)) {
		put64(b, e->size);
		put64(b, e->size);
	}
	if (needs_64(e->offset))
		put64(b, e->offset);
}

static void
put_end_64(struct buf *b, uint64_t count, uint64_t at, uint64_t size)
{
	put32(b, END64);
	put64(b, 44);		/* bytes of this record that follow */
	put16(b, UNIX | VERSION_64);
	put16(b, VERSION_64);
	put32(b, 0);		/* this disk */
	put32(b, 0);		/* disk with the start of the table */
	put64(b, count);
	put64(b, count);
	put64(b, size);
	put64(b, at);

	put32(b, LOCATOR64);
	put32(b, 0);
	put64(b, at + size);
	put32(b, 1);		/* number of disks */
}

void
zip_put_end(struct buf *b, uint64_t count, uint64_t at, uint64_t size)
{
	if (count >= MORE16 || needs_64(at) || needs_64(size))
		put_end_64(b, count, at, size);
	put32(b, END);
	put16(b, 0);
	put16(b, 0);
	put16(b, at_most(count, MORE16));
	put16(b, at_most(count, MORE16));
	put32(b, at_most(size, MORE32));
	put32(b, at_most(at, MORE32));
	put16(b, 0);		/* no comment */
}
