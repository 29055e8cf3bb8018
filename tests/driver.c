#include "tests/driver.h"

enum { INPUT_MAX = 1 << 20 };

void
driver_print(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c >= 0x7f || c == '\\')
			printf("\\x%02x", c);
		else
			putchar(c);
	}
}

static struct slice
read_input(void)
{
	char *bytes = malloc(INPUT_MAX), *end = guard_end(INPUT_MAX);
	size_t n;

	if (bytes == NULL)
		abort();
	n = fread(bytes, 1, INPUT_MAX, stdin);
	if (n > 0)
		memcpy(end - n, bytes, n);
	free(bytes);
	return (struct slice){ end - n, n };
}

int
main(int argc, char **argv)
{
	static int (*const drivers[])(int, char **, struct slice) = {
		driver_head, driver_fields, driver_text, driver_mime,
		driver_qr, driver_addresses, driver_rules, driver_proxy, driver_archive,
		driver_key,
	};
	struct slice in = read_input();

	for (size_t i = 0; argc > 1 && i < LENGTH_OF(drivers);
	    i++) {
		if (drivers[i](argc - 1, argv + 1, in) == 0)
			return 0;
	}
	fputs("usage: driver WHAT [ARG]... <input, see tests/driver*.c\n",
	    stderr);
	return 2;
}
