/*
 * Text for the driver:
 *   html url url-path url-query json visible visible-path   escaped
 *   size grouped number hex    of a number
 *   files                      a number of files, as text
 *   token value                is it a field name, a field value?
 *   utf8                       its characters; "bad" for malformed bytes
 *   trim                       without blanks at its ends
 *   sha256                     its digest
 *   template                   its pieces, each with the name after it
 *   fit N TEXT...              TEXTs appended into N bytes, and whether all fit
 */
#include "server/buf.h"
#include "server/head.h"
#include "server/sha256.h"
#include "server/template.h"
#include "tests/driver.h"

static const struct {
	const char *what;
	void (*escape)(struct buf *b, struct slice s);
} escapes[] = {
	{ "html", buf_html },
	{ "url", buf_url },
	{ "url-path", buf_url_path },
	{ "url-query", buf_url_query },
	{ "json", buf_json },
	{ "visible", buf_visible },
	{ "visible-path", buf_visible_path },
};

static void
count_files(struct buf *b, uint64_t v)
{
	buf_count(b, v, "file");
}

static const struct {
	const char *what;
	void (*format)(struct buf *b, uint64_t v);
} formats[] = {
	{ "size", buf_size },
	{ "grouped", buf_grouped },
	{ "number", buf_number },
	{ "hex", buf_hex },
	{ "files", count_files },
};

/* Print the contents of b unchanged. */
static void
print_buf(const struct buf *b)
{
	fwrite(b->p, 1, b->n, stdout);
	puts(b->full ? " (full)" : "");
}

static bool
print_escaped(const char *what, struct slice in)
{
	size_t cap = in.n * 8 + 16;

	for (size_t i = 0; i < LENGTH_OF(escapes); i++) {
		struct buf b;

		if (strcmp(what, escapes[i].what) != 0)
			continue;
		b = buf_over(guard_end(cap) - cap, cap);
		escapes[i].escape(&b, in);
		print_buf(&b);
		return true;
	}
	return false;
}

static bool
print_number(const char *what, struct slice in)
{
	enum { CAP = 64 };
	char digits[32] = "";

	memcpy(digits, in.p, in.n < sizeof(digits) ? in.n : sizeof(digits) - 1);
	for (size_t i = 0; i < LENGTH_OF(formats); i++) {
		struct buf b;

		if (strcmp(what, formats[i].what) != 0)
			continue;
		b = buf_over(guard_end(CAP) - CAP, CAP);
		formats[i].format(&b, strtoull(digits, NULL, 10));
		print_buf(&b);
		return true;
	}
	return false;
}

static void
print_utf8(struct slice in)
{
	while (in.n > 0) {
		uint32_t cp;
		size_t n = slice_utf8(in, &cp);

		if (n == 0)
			fputs("bad ", stdout);
		else
			printf("U+%04X ", cp);
		in.p += n > 0 ? n : 1;
		in.n -= n > 0 ? n : 1;
	}
	putchar('\n');
}

static void
print_digest(struct slice in)
{
	unsigned char digest[SHA256_BYTES];

	sha256(in, digest);
	for (size_t i = 0; i < SHA256_BYTES; i++)
		printf("%02x", digest[i]);
	putchar('\n');
}

static void
print_template(struct slice in)
{
	struct slice text, name;

	while (template_next(&in, &text, &name))
		printf("[%.*s]%.*s", (int)text.n, text.p, (int)name.n, name.p);
	putchar('\n');
}

static void
print_fit(size_t cap, char **texts, int n)
{
	struct buf b = buf_over(guard_end(cap) - cap, cap);

	for (int i = 0; i < n; i++)
		buf_text(&b, texts[i]);
	print_buf(&b);
}

int
driver_text(int argc, char **argv, struct slice in)
{
	const char *what = argv[0];

	if (print_escaped(what, in) || print_number(what, in))
		return 0;
	if (strcmp(what, "token") == 0)
		puts(head_is_token(in) ? "yes" : "no");
	else if (strcmp(what, "value") == 0)
		puts(head_is_field_value(in) ? "yes" : "no");
	else if (strcmp(what, "utf8") == 0)
		print_utf8(in);
	else if (strcmp(what, "sha256") == 0)
		print_digest(in);
	else if (strcmp(what, "template") == 0)
		print_template(in);
	else if (strcmp(what, "fit") == 0 && argc >= 2)
		print_fit(strtoul(argv[1], NULL, 10), argv + 2, argc - 2);
	else if (strcmp(what, "trim") == 0) {
		putchar('[');
		driver_print(slice_trim(in));
		puts("]");
	} else {
		return 2;
	}
	return 0;
}
