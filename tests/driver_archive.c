/*
 * Parts of archives for the driver, printed unchanged; the input is a name:
 *   zip local|descriptor|central SIZE OFFSET CRC MODE MTIME ZONE FOLLOWS
 *   zip end COUNT AT SIZE
 *   tar file|folder|link SIZE MODE MTIME [TARGET]
 *   tar padding SIZE, tar end
 *   disposition ENDING    Content-Disposition for the name of a folder
 *   query NAME            the value of NAME in a query, undecoded
 *   crc32                 of the input, fed in two pieces, for each cut
 */
#include "server/crc32.h"
#include "server/disposition.h"
#include "server/query.h"
#include "server/tar.h"
#include "server/zip.h"
#include "tests/driver.h"

static uint64_t
number(const char *text)
{
	return strtoull(text, NULL, 0);
}

static void
zip_part(struct buf *b, char **argv, struct slice name)
{
	struct zip_entry e = {
		.name = name,
		.size = number(argv[1]),
		.offset = number(argv[2]),
		.crc = (uint32_t)number(argv[3]),
		.mode = (unsigned)number(argv[4]),
		.mtime = strtoll(argv[5], NULL, 0),
		.zone = (int32_t)strtol(argv[6], NULL, 0),
		.crc_follows = number(argv[7]) == 1,
	};

	if (strcmp(argv[0], "local") == 0)
		zip_put_local(b, &e);
	else if (strcmp(argv[0], "descriptor") == 0)
		zip_put_descriptor(b, &e);
	else
		zip_put_central(b, &e);
}

static int
put_zip(struct buf *b, int argc, char **argv, struct slice name)
{
	if (argc == 8)
		zip_part(b, argv, name);
	else if (argc == 4 && strcmp(argv[0], "end") == 0)
		zip_put_end(b, number(argv[1]), number(argv[2]),
		    number(argv[3]));
	else
		return 2;
	return 0;
}

static int
put_tar(struct buf *b, int argc, char **argv, struct slice name)
{
	static const char *const kinds[] = {
		[TAR_FILE] = "file",
		[TAR_FOLDER] = "folder",
		[TAR_LINK] = "link",
	};
	struct tar_entry e = { .name = name };

	if (argc == 1 && strcmp(argv[0], "end") == 0)
		tar_put_end(b);
	if (argc == 2)
		tar_put_padding(b, number(argv[1]));
	if (argc < 4)
		return argc == 0 ? 2 : 0;
	for (size_t i = 0; i < LENGTH_OF(kinds); i++)
		if (strcmp(argv[0], kinds[i]) == 0)
			e.kind = (enum tar_kind)i;
	e.size = number(argv[1]);
	e.mode = (unsigned)number(argv[2]);
	e.mtime = strtoll(argv[3], NULL, 0);
	if (argc == 5)
		e.target = slice_of(argv[4]);
	tar_put_header(b, &e);
	return 0;
}

/* Print one line if both ways and all cuts agree. */
static void
print_crc(struct slice in)
{
	static struct crc32 fast, by_table;
	uint32_t crc;

	crc32_init(&fast);
	crc32_init(&by_table);
	by_table.folds = false;
	crc = crc32_add(&fast, 0, in.p, in.n);
	printf("%08x\n", crc);
	for (size_t i = 0; i <= in.n; i++) {
		struct slice rest = slice_skip(in, i);
		uint32_t table = crc32_add(&by_table,
		    crc32_add(&by_table, 0, in.p, i), rest.p, rest.n);
		uint32_t added = crc32_add(&fast,
		    crc32_add(&fast, 0, in.p, i), rest.p, rest.n);

		if (table != crc)
			printf("%08x by table, cut at %zu\n", table, i);
		if (added != crc)
			printf("%08x, cut at %zu\n", added, i);
	}
}

int
driver_archive(int argc, char **argv, struct slice in)
{
	static char space[1 << 16];
	struct buf b = buf_over(space, sizeof(space));
	int status = 2;

	if (strcmp(argv[0], "crc32") == 0) {
		print_crc(in);
		status = 0;
	}
	if (strcmp(argv[0], "zip") == 0)
		status = put_zip(&b, argc - 1, argv + 1, in);
	if (strcmp(argv[0], "tar") == 0)
		status = put_tar(&b, argc - 1, argv + 1, in);
	if (strcmp(argv[0], "disposition") == 0 && argc == 2) {
		disposition_put(&b, in, slice_of(argv[1]));
		status = 0;
	}
	if (strcmp(argv[0], "query") == 0 && argc == 2) {
		buf_put(&b, query_find(in, slice_of(argv[1])));
		status = 0;
	}
	fwrite(b.p, 1, b.n, stdout);
	return status;
}
