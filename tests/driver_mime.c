/*
 * The media types for the driver:
 *   mime-name NAME...     the type of each by its name, or "-"
 *   mime-content [NAME]   the type of a file NAME with the bytes of stdin
 *   mime-flags NAME       whether it was guessed, or is gzipped
 *   mime-table            all rows of the table
 */
#include <stdio.h>

#include "server/mime.h"

int driver_mime(int argc, char **argv, struct slice in);

static void
print_name(const char *name)
{
	struct mime m;

	puts(mime_by_name(slice_of(name), &m) ? m.type : "-");
}

static void
print_content(const char *name, struct slice in)
{
	struct mime m;

	mime_by_name(slice_of(name), &m);
	mime_by_content(&m, in, true);
	printf("%s%s\n", m.type, m.utf8 ? "; charset=utf-8" : "");
}

static void
print_flags(const char *name, struct slice in)
{
	struct mime m;

	mime_by_name(slice_of(name), &m);
	mime_by_content(&m, in, true);
	printf("%s%s\n", m.guessed ? "guessed" : "", m.gzip ? "gzip" : "");
}

static void
print_table(void)
{
	struct slice rows = mime_extensions();

	while (rows.n > 0) {
		char name[80];

		snprintf(name, sizeof(name), "x.%.*s",
		    (int)strcspn(rows.p, " "), rows.p);
		printf("%s ", name + 2);
		print_name(name);
		rows = slice_skip(rows, strlen(rows.p) + 1);
	}
}

/* argv[0] is the subcommand.  Returns 0, or 2 for an unknown one. */
int
driver_mime(int argc, char **argv, struct slice in)
{
	if (strcmp(argv[0], "mime-name") == 0 && argc >= 2) {
		for (int i = 1; i < argc; i++)
			print_name(argv[i]);
		return 0;
	}
	if (strcmp(argv[0], "mime-content") == 0 && argc <= 2) {
		print_content(argc == 2 ? argv[1] : "", in);
		return 0;
	}
	if (strcmp(argv[0], "mime-flags") == 0 && argc == 2) {
		print_flags(argv[1], in);
		return 0;
	}
	if (strcmp(argv[0], "mime-table") == 0 && argc == 1) {
		print_table();
		return 0;
	}
	return 2;
}
