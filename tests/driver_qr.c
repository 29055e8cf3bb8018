/*
 * QR codes for the driver:
 *   qr        the whole input as a plain PBM image without a margin
 *   qr-draw   the same as text for a terminal
 *   qr-files FOLDER   one image for each line of the input: 1.pbm, 2.pbm ...,
 *             magnified and with a margin
 */
#include "server/qr.h"
#include "tests/driver.h"

static bool
is_dark(const struct qr *q, int row, int column)
{
	return row >= 0 && column >= 0 && row < q->size && column < q->size &&
	    q->dark[row][column];
}

static void
print_image(FILE *f, const struct qr *q, int margin, int scale)
{
	int side = (q->size + 2 * margin) * scale;

	fprintf(f, "P1\n%d %d\n", side, side);
	for (int row = 0; row < side; row++) {
		for (int column = 0; column < side; column++)
			putc(is_dark(q, row / scale - margin,
			    column / scale - margin) ? '1' : '0', f);
		putc('\n', f);
	}
}

static void
write_images(const char *folder, struct slice in)
{
	static struct qr q;

	for (int i = 1; in.n > 0; i++) {
		const char *end = memchr(in.p, '\n', in.n);
		size_t n = end != NULL ? (size_t)(end - in.p) : in.n;
		char name[4096];
		FILE *f;

		snprintf(name, sizeof(name), "%s/%d.pbm", folder, i);
		if (!qr_make(&q, (struct slice){ in.p, n }) ||
		    (f = fopen(name, "w")) == NULL)
			abort();
		print_image(f, &q, QR_QUIET, 3);
		fclose(f);
		in.p += n + (end != NULL);
		in.n -= n + (end != NULL);
	}
}

static void
draw(const struct qr *q)
{
	enum { CAP = 64 << 10 };
	struct buf b = buf_over(guard_end(CAP) - CAP, CAP);

	qr_draw(q, &b);
	fwrite(b.p, 1, b.n, stdout);
}

int
driver_qr(int argc, char **argv, struct slice in)
{
	static struct qr q;

	if (strcmp(argv[0], "qr-files") == 0 && argc >= 2)
		write_images(argv[1], in);
	else if (strcmp(argv[0], "qr") != 0 && strcmp(argv[0], "qr-draw") != 0)
		return 2;
	else if (!qr_make(&q, in))
		puts("too long");
	else if (strcmp(argv[0], "qr") == 0)
		print_image(stdout, &q, 0, 1);
	else
		draw(&q);
	return 0;
}
