/*
 * The media types for the driver:
 *   mime-name NAME...     the type of each by its name, or "-"
 *   mime-content [NAME]   the type of a file NAME that holds what stdin has
 *   mime-table            all rows of the table
 */
#include <stdio.h>

#include "mime.h"

int driver_mime(int argc, char **argv, struct slice in);

static void
print_name(const char *name)
{
	char type[MIME_TYPE_MAX];

	puts(mime_by_name((struct slice){ name, strlen(name) }, type) ?
	    type : "-");
}

static void
print_content(const char *name, struct slice in)
{
	char type[MIME_TYPE_MAX] = "";

	if (name != NULL)
		mime_by_name((struct slice){ name, strlen(name) }, type);
	mime_by_content(type, in);
	printf("%s%s\n", type,
	    mime_is_utf8_text(type, in, true) ? "; charset=utf-8" : "");
}

static void
print_table(void)
{
	char type[MIME_TYPE_MAX];
	const char *row = NULL;

	while ((row = mime_next_row(row, type)) != NULL)
		printf("%.*s %s\n", (int)strcspn(row, " "), row, type);
}

/* argv[0] is the subcommand.  Returns 0, or 2 for one that is not ours. */
int
driver_mime(int argc, char **argv, struct slice in)
{
	if (strcmp(argv[0], "mime-name") == 0 && argc >= 2) {
		for (int i = 1; i < argc; i++)
			print_name(argv[i]);
		return 0;
	}
	if (strcmp(argv[0], "mime-content") == 0 && argc <= 2) {
		print_content(argc == 2 ? argv[1] : NULL, in);
		return 0;
	}
	if (strcmp(argv[0], "mime-table") == 0 && argc == 1) {
		print_table();
		return 0;
	}
	return 2;
}
