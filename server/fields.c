#include <stdlib.h>
#include <string.h>

#include "server/fields.h"

static const struct {
	const char *name;
	enum fields_own own;
} own_field[] = {
	{ "Accept-Ranges", FIELDS_ACCEPT_RANGES },
	{ "Cache-Control", FIELDS_CACHE_CONTROL },
	{ "Content-Security-Policy", FIELDS_CSP },
	{ "Date", FIELDS_DATE },
	{ "ETag", FIELDS_ETAG },
	{ "Last-Modified", FIELDS_LAST_MODIFIED },
	{ "X-Content-Type-Options", FIELDS_NOSNIFF },
	{ "Vary", FIELDS_VARY },
};

static struct slice
field_name(const char *line)
{
	return (struct slice){ line, strcspn(line, ":") };
}

static struct slice
field_value(const char *line)
{
	const char *value = strchr(line, ':') + 1;

	return slice_trim((struct slice){ value, strlen(value) });
}

static unsigned
own_bit(struct slice name)
{
	for (size_t i = 0; i < sizeof(own_field) / sizeof(*own_field); i++) {
		const char *own = own_field[i].name;

		if (slice_equal_nocase(name,
		    (struct slice){ own, strlen(own) }))
			return own_field[i].own;
	}
	return 0;
}

/* A Content-Type is for files alone; all other lines of -H go on everything. */
static void
add_user_lines(struct server *server, struct buf *b)
{
	const struct options *opt = server->opt;

	for (int i = 0; i < opt->header_count; i++) {
		struct slice name = field_name(opt->headers[i]);
		struct slice value = field_value(opt->headers[i]);

		if (slice_equal_nocase(name, SLICE("Content-Type"))) {
			server->content_type = value;
			continue;
		}
		server->replaced |= own_bit(name);
		buf_put(b, name);
		buf_lit(b, ": ");
		buf_put(b, value);
		buf_lit(b, "\r\n");
	}
}

static void
make_cache_line(struct server *server, struct buf *b)
{
	if (fields_replaced(server, FIELDS_CACHE_CONTROL))
		return;
	buf_lit(b, "Cache-Control: ");
	/* What was reloaded must be new. */
	if (server->opt->max_age >= 0 && !server->opt->live) {
		buf_lit(b, "max-age=");
		buf_number(b, (uint64_t)server->opt->max_age);
	} else {
		buf_lit(b, "no-cache");
	}
	buf_lit(b, "\r\n");
}

int
fields_prepare(struct server *server)
{
	size_t room = 1024;
	struct buf b;

	for (int i = 0; i < server->opt->header_count; i++)
		room += strlen(server->opt->headers[i]) + 4;
	b = buf_over(malloc(room), room);
	if (b.p == NULL)
		return -1;
	add_user_lines(server, &b);
	if (!fields_replaced(server, FIELDS_NOSNIFF))
		buf_lit(&b, "X-Content-Type-Options: nosniff\r\n");
	policy_lines(&b, server->opt);
	/* Pages are with the script or without. */
	if (server->opt->live && !fields_replaced(server, FIELDS_VARY))
		buf_lit(&b, "Vary: Sec-Fetch-Dest, Accept\r\n");
	server->every = buf_slice(&b);
	make_cache_line(server, &b);
	server->cache = (struct slice){ b.p + server->every.n,
	    b.n - server->every.n };
	return 0;
}
