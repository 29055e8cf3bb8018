/*
 * Requests to applications and their replies, for the driver:
 *   proxy-url                       the parts of a value of --proxy
 *   proxy-find PATH VALUE...        the matching value of --proxy, and the
 *                                   path after its PREFIX; or "none"
 *   proxy-path                      may it be passed on?
 *   proxy-request VALUE FROM [WORD]...   a request's head as it is passed on;
 *                                   FROM is the client's address; words:
 *                                   trusted, upgrade, close, key
 *   proxy-reply VALUE HOST LINES    the fields of a reply; HOST is the
 *                                   request's, LINES are those of -H
 */
#include "server/http_response.h"
#include "server/proxy_head.h"
#include "tests/driver.h"

enum { APPS_MAX = 8, OUTPUT_MAX = 64 << 10 };

static struct proxy_app
app_of(const char *value)
{
	struct proxy_app app;

	if (proxy_parse(slice_of(value), &app) != PROXY_OK)
		exit(3);
	return app;
}

static void
print_part(const char *name, struct slice part)
{
	printf(" %s=", name);
	driver_print(part);
}

static void
print_url(struct slice in)
{
	struct proxy_app app;

	switch (proxy_parse(in, &app)) {
	case PROXY_TLS:
		puts("tls");
		return;
	case PROXY_LONG_SOCKET:
		puts("long socket");
		return;
	case PROXY_MALFORMED:
		puts("malformed");
		return;
	case PROXY_OK:
		break;
	}
	printf("ok");
	print_part("prefix", app.prefix);
	print_part("host", app.host);
	print_part("port", app.port);
	print_part("socket", app.socket);
	print_part("path", app.path);
	putchar('\n');
}

static void
print_found(char **argv, int n)
{
	struct proxy_app apps[APPS_MAX];
	const struct proxy_app *found;
	struct slice rest, path = slice_of(argv[0]), base = { "", 0 };
	size_t count = 0;

	for (int i = 1; i < n && count < APPS_MAX; i++)
		apps[count++] = app_of(argv[i]);
	found = proxy_find(apps, count, base, path, &rest);
	if (found == NULL)
		found = proxy_find_fallback(apps, count, base, path, &rest);
	if (found == NULL) {
		puts("none");
		return;
	}
	printf("%d ", (int)(found - apps) + 1);
	driver_print(rest);
	putchar('\n');
}

static void
print_request(struct slice in, int argc, char **argv)
{
	struct proxy_app app = app_of(argv[0]);
	struct http_request req;
	static char space[OUTPUT_MAX], joined[OUTPUT_MAX];
	struct buf b = buf_over(space, sizeof(space));
	struct proxy_request r = {
		.app = &app, .client = slice_of(argv[1]),
	};

	r.via = SLICE("serve-0123456789abcdef");
	r.own_cookie = SLICE("serve-8000");
	if (http_parse_request(in.p, in.n, &req) <= 0)
		exit(3);
	r.method = req.method_name;
	r.minor = req.minor;
	r.path = req.path;
	r.query = req.query;
	r.head = req.head;
	r.names_fields = req.names_fields;
	r.host = req.field[HTTP_HOST];
	for (int i = 2; i < argc; i++) {
		r.is_trusted |= strcmp(argv[i], "trusted") == 0;
		r.upgrades |= strcmp(argv[i], "upgrade") == 0;
		r.closes |= strcmp(argv[i], "close") == 0;
		r.drops_authorization |= strcmp(argv[i], "key") == 0;
	}
	http_join_fields(&req, joined);
	if (proxy_head_is_loop(req.field[HTTP_VIA], r.via))
		puts("loop");
	if (proxy_head_wants_websocket(r.head))
		puts("websocket");
	if (proxy_find(&app, 1, (struct slice){ "", 0 }, r.path,
	    &r.rest) == NULL)
		proxy_find_fallback(&app, 1, (struct slice){ "", 0 }, r.path,
		    &r.rest);
	proxy_head_put_request(&b, &r);
	fwrite(b.p, 1, b.n, stdout);
}

static void
print_reply(struct slice in, char **argv)
{
	struct proxy_app app = app_of(argv[0]);
	static char space[OUTPUT_MAX];
	struct buf b = buf_over(space, sizeof(space));
	struct http_response res;
	struct proxy_reply r = {
		.app = &app, .host = slice_of(argv[1]),
		.common = slice_of(argv[2]),
		.date = SLICE("Date: now\r\n"),
	};

	if (http_parse_response(in.p, in.n, HTTP_GET, &res) <= 0)
		exit(3);
	r.head = res.head;
	r.names_fields = res.names_fields;
	proxy_head_put_reply(&b, &r);
	fwrite(b.p, 1, b.n, stdout);
}

int
driver_proxy(int argc, char **argv, struct slice in)
{
	const char *what = argv[0];

	if (strcmp(what, "proxy-url") == 0)
		print_url(in);
	else if (strcmp(what, "proxy-find") == 0 && argc > 1)
		print_found(argv + 1, argc - 1);
	else if (strcmp(what, "proxy-path") == 0)
		puts(proxy_accepts_path(in) ? "yes" : "no");
	else if (strcmp(what, "proxy-request") == 0 && argc > 2)
		print_request(in, argc - 1, argv + 1);
	else if (strcmp(what, "proxy-reply") == 0 && argc == 4)
		print_reply(in, argv + 1);
	else
		return 2;
	return 0;
}
