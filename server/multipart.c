#include "server/multipart.h"

#include <sys/random.h>

enum { PART_TEXT = 256 };	/* header lines of a part, without its type */

static int
make_boundary(char boundary[MULTIPART_BOUNDARY + 1])
{
	unsigned char bits[MULTIPART_BOUNDARY / 2];
	struct buf b = buf_over(boundary, MULTIPART_BOUNDARY);

	if (getrandom(bits, sizeof(bits), 0) != sizeof(bits))
		return -1;
	buf_hex_bytes(&b, bits, sizeof(bits));
	boundary[MULTIPART_BOUNDARY] = '\0';
	return 0;
}

static void
put_part_head(struct buf *b, struct slice type, struct range range, off_t size)
{
	buf_lit(b, "\r\nContent-Type: ");
	buf_put(b, type);
	buf_lit(b, "\r\n");
	range_put_content(b, range, size);
	buf_lit(b, "\r\n");
}

int
multipart_make(struct body *body, struct budget *budget,
    const struct range *range, int n, off_t size, struct slice type,
    char boundary[MULTIPART_BOUNDARY + 1])
{
	size_t parts = (size_t)n + 1, room = parts * (PART_TEXT + type.n);
	struct part *part = budget_alloc(budget, parts * sizeof(*part) + room);
	off_t length = 0;
	struct buf b;

	if (part == NULL)
		return -1;
	if (make_boundary(boundary) == -1)
		goto free_part;
	b = buf_over((char *)(part + parts), room);
	for (int i = 0; i <= n; i++) {
		size_t from = b.n;

		/* The closing line is a part that has only text. */
		part[i] = (struct part){ .first = 0, .last = -1 };
		/* zsync wants CR LF before the first boundary too, as nginx
		 * and Apache send it (RFC 9110 section 14.6). */
		buf_lit(&b, "\r\n--");
		buf_text(&b, boundary);
		if (i < n) {
			put_part_head(&b, type, range[i], size);
			part[i].first = range[i].first;
			part[i].last = range[i].last;
		} else {
			buf_lit(&b, "--\r\n");
		}
		part[i].text = buf_since(&b, from);
		if (__builtin_add_overflow(length, (off_t)part[i].text.n,
		    &length) || __builtin_add_overflow(length,
		    part_file_bytes(&part[i]), &length))
			goto free_part;
	}
	body->length = length;
	body->parts = part;
	body->part_count = n + 1;
	return 0;

free_part:
	budget_free(budget, part);
	return -1;
}
