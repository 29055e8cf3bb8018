/*
 * argv -> struct options.  The table is our own, not getopt_long's: long
 * options are never abbreviated, and a mistake gets a suggestion.
 */
#include "server/options.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/advice.h"
#include "server/buf.h"
#include "server/head.h"
#include "server/http_path.h"
#include "server/key.h"
#include "server/suggest.h"
#include "server/syntax.h"
#include "server/terminal.h"

enum {
	MESSAGE_MAX = 8 << 10,	/* bytes of an error message: the rest is cut */
	TIMEOUT_MAX = 24 * 60 * 60,	/* seconds */
	COUNT_MAX = 1 << 30,
};

static const char help_text[] =
"Usage: serve [OPTION]... [DIR | FILE] [-- COMMAND [ARG]...]\n"
"Serve DIR, or the current directory, over HTTP; with COMMAND, while it runs.\n"
"\n"
"  serve                       this folder, at http://localhost:8000/\n"
"  serve -p 8080 -o dist       a build, in the browser\n"
"  serve --public              for the phone on the same network too\n"
"  serve dist -- npm test      the tests find it at $SERVE_URL\n"
"  serve | goaccess --log-format=COMBINED -\n"
"\n"
"Where:\n"
"  -p, --port PORT             port; 0 for any free one\n"
"                              (default 8000, or the next free one)\n"
"  -b, --bind ADDR             address (default 127.0.0.1 and ::1)\n"
"      --public                every address of this machine\n"
"      --key[=KEY]             only for those who have the key\n"
"      --allow-host NAME       answer to this host name too; repeatable\n"
"  -o, --open[=PATH]           open the browser\n"
"\n"
"What:\n"
"      --hidden                names that start with a dot too\n"
"      --follow-symlinks       links may lead out of DIR\n"
"      --no-listing            no folder listings\n"
"      --spa                   unknown pages get /index.html\n"
"      --base /PREFIX/         serve it under this path\n"
"      --proxy [PREFIX=]URL    pass requests to an application; repeatable\n"
"      --no-rules              ignore _redirects and _headers\n"
"      --live                  reload the page when a file changes\n"
"      --cors[=ORIGIN]         scripts of ORIGIN may read (default *)\n"
"      --isolate               cross-origin isolation (COOP and COEP)\n"
"  -H, --header 'NAME: VALUE'  add a response header; repeatable\n"
"      --max-age SECONDS       browsers may keep files this long\n"
"                              (default: they ask each time)\n"
"\n"
"Log:\n"
"  -q, --quiet                 none\n"
"  -v, --verbose[=STYLE]       requests as received: raw, numbered, curl\n"
"      --log-format FORMAT     pretty, common, combined, json\n"
"                              (default pretty on a terminal, else combined)\n"
"      --color WHEN            auto, always, never\n"
"\n"
"Limits:\n"
"      --timeout SECONDS       idle connections are closed (default 30)\n"
"      --max-conns N           connections\n"
"      --max-conns-per-client N\n"
"  -j, --threads N             event loops\n"
"\n"
"  -h, --help                  this text\n"
"  -V, --version               the version\n"
"\n"
"Access log on stdout, all else on stderr. More: man serve\n";

struct parser {
	struct options *opt;
	char **next;		/* arguments that are not read yet */
	bool path_by_option;	/* the path came with -d */
	const char *valueless;	/* the previous argument, if it was an option
				   without its optional value; else NULL */
};

static int
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w == -1 && errno == EINTR)
			continue;
		if (w == -1)
			return -1;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

bool
options_is_local(const struct options *opt)
{
	for (int i = 0; i < opt->binds; i++)
		if (!address_is_loopback(&opt->bind[i]))
			return false;
	return !opt->bind_public;
}

bool
options_serves_all(const struct options *opt, int family)
{
	for (int i = 0; i < opt->binds; i++)
		if (address_family(&opt->bind[i]) == family &&
		    address_is_any(&opt->bind[i]))
			return true;
	return opt->bind_public;
}

void
options_put_prefix(struct buf *b, bool color)
{
	if (color)
		buf_text(b, terminal_bold_only() ? "\033[1m" :
		    "\033[1;38;5;196m");
	buf_lit(b, "serve:");
	buf_text(b, color ? "\033[0m " : " ");
}

/* Call write(2) once, so that the lines of two processes never mix. */
static void
complain(const struct options *opt, bool usage, const char *fmt, va_list ap)
{
	char text[MESSAGE_MAX];
	char line[4 * MESSAGE_MAX + 64];	/* a byte may become \xHH */
	struct buf b = buf_over(line, sizeof(line));

	vsnprintf(text, sizeof(text), fmt, ap);
	options_put_prefix(&b, terminal_color(opt->color, STDERR_FILENO));
	buf_visible(&b, (struct slice){ text, strlen(text) });
	buf_lit(&b, "\n");
	if (usage)
		buf_lit(&b, "Try 'serve --help'.\n");
	write_all(STDERR_FILENO, b.p, b.n);
}

void
options_warn(const struct options *opt, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(opt, false, fmt, ap);
	va_end(ap);
}

void
options_die(const struct options *opt, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(opt, status == 2, fmt, ap);
	va_end(ap);
	exit(status);
}

static _Noreturn void
show(const struct options *opt, const char *text, size_t n)
{
	if (write_all(STDOUT_FILENO, text, n) == -1)
		options_die(opt, 1, "cannot write: %s", strerror(errno));
	exit(0);
}

static void
show_help(struct parser *p, const char *value)
{
	(void)value;
	show(p->opt, help_text, sizeof(help_text) - 1);
}

static void
show_version(struct parser *p, const char *value)
{
	static const char text[] = "serve " SERVE_VERSION "\n";

	(void)value;
	show(p->opt, text, sizeof(text) - 1);
}

static long
number(struct parser *p, const char *name, const char *value, long least,
    long most)
{
	long v;

	if (!syntax_number(value, least, most, &v))
		options_die(p->opt, 2, "bad value '%s' for --%s, "
		    "want %ld to %ld", value, name, least, most);
	return v;
}

static void
set_port(struct parser *p, const char *value)
{
	const char *port;
	long v;
	int n;

	if (!syntax_number(value, 0, 65535, &v) &&
	    strchr(value, ':') != NULL &&
	    (port = advice_port(value, &n)) != NULL)
		options_die(p->opt, 2, "bad port '%s', did you mean '-p %.*s'?",
		    value, n, port);
	if (!syntax_number(value, 0, 65535, &v))
		options_die(p->opt, 2, "bad port '%s', want 0 to 65535", value);
	p->opt->port = (int)v;
}

static void
set_threads(struct parser *p, const char *value)
{
	p->opt->threads =
	    (int)number(p, "threads", value, 1, OPTIONS_THREADS_MAX);
}

/* Returns the index of value in words, which end with NULL. */
static unsigned
choice(struct parser *p, const char *name, const char *value,
    const char *const *words)
{
	char want[128];
	struct buf b = buf_over(want, sizeof(want) - 1);

	for (unsigned i = 0; words[i] != NULL; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	for (unsigned i = 0; words[i] != NULL; i++) {
		if (i > 0)
			buf_text(&b, words[i + 1] == NULL ? " or " : ", ");
		buf_text(&b, words[i]);
	}
	want[b.n] = '\0';
	options_die(p->opt, 2, "bad value '%s' for --%s, want %s", value, name,
	    want);
}

static void
set_color(struct parser *p, const char *value)
{
	static const char *const words[] = {
		[COLOR_AUTO] = "auto",
		[COLOR_ALWAYS] = "always",
		[COLOR_NEVER] = "never",
		NULL,
	};

	p->opt->color = choice(p, "color", value, words);
}

static void
set_verbose(struct parser *p, const char *value)
{
	/* In the order of enum log_trace, from TRACE_RAW on. */
	static const char *const words[] = {
		"raw", "numbered", "curl", NULL,
	};

	p->opt->trace = TRACE_RAW;
	if (value != NULL)
		p->opt->trace = TRACE_RAW + choice(p, "verbose", value, words);
}

static void
set_log_format(struct parser *p, const char *value)
{
	/* In the order of enum log_format, from LOG_PRETTY on. */
	static const char *const words[] = {
		"pretty", "common", "combined", "json", NULL,
	};

	p->opt->log_format = LOG_PRETTY + choice(p, "log-format", value, words);
}

/*
 * Other users can read our arguments (ps), so wipe a KEY there.  This must run
 * before any argument is split.
 */
static void
set_key(struct parser *p, const char *value)
{
	struct options *opt = p->opt;
	bool bad = value != NULL && !key_is_valid(slice_of(value));

	opt->key = true;
	free(opt->key_text);
	opt->key_text = NULL;
	if (value == NULL)
		return;
	if ((opt->key_text = strdup(value)) == NULL)
		options_die(opt, 1, "out of memory");
	memset((char *)(uintptr_t)value, '*', strlen(value));
	if (bad)
		options_die(opt, 2, "bad key for --key, want %d to %d letters, "
		    "digits, '-' and '_'", KEY_MIN, KEY_MAX);
}

static void
set_open(struct parser *p, const char *value)
{
	if (value != NULL && *value != '/')
		options_die(p->opt, 2, "bad path '%s' for --open, "
		    "want one that starts with '/'", value);
	p->opt->open = true;
	p->opt->open_path = value;
}

static void
set_base(struct parser *p, const char *value)
{
	char *base = p->opt->base;
	struct slice path = slice_of(value);
	ssize_t n = -1;

	if (path.n > 0 && path.p[0] == '/' && path.n < OPTIONS_BASE_MAX &&
	    strpbrk(value, "?#") == NULL)
		n = http_decode_path(path, base);
	if (n <= 0)
		options_die(p->opt, 2, "bad path '%s' for --base, "
		    "want one such as '/repo/'", value);
	if (base[n - 1] != '/')
		strcpy(base + n, "/");
}

/* "dist 8080", "dist npm test" */
static _Noreturn void
die_second_folder(struct parser *p, const char *path)
{
	const char *first = p->opt->path, *port, *next = *p->next;
	int n;

	port = advice_port(path, &n);
	if (port != NULL)
		options_die(p->opt, 2, "one folder at a time, got '%s' and "
		    "'%s', did you mean '-p %.*s'?", first, path, n, port);
	if (next != NULL && next[0] != '-')
		options_die(p->opt, 2, "one folder at a time, got '%s' and "
		    "'%s', did you mean '-- %s %s'?", first, path, path, next);
	options_die(p->opt, 2, "one folder at a time, got '%s' and '%s'",
	    first, path);
}

static void
name_folder(struct parser *p, const char *path, bool by_option)
{
	if (p->opt->path != NULL && !(by_option && p->path_by_option))
		die_second_folder(p, path);
	p->opt->path = path;
	p->opt->before_path = p->valueless;
	p->path_by_option = by_option;
}

static void
set_directory(struct parser *p, const char *value)
{
	name_folder(p, value, true);
}

/* A wildcard covers all other addresses of its family. */
static void
drop_binds(struct options *opt, int family)
{
	int kept = 0;

	for (int i = 0; i < opt->binds; i++) {
		if (address_family(&opt->bind[i]) == family)
			continue;
		opt->bind[kept] = opt->bind[i];
		opt->bind_text[kept++] = opt->bind_text[i];
	}
	opt->binds = kept;
}

/* Skip duplicates: the second socket would find the port taken. */
static void
add_bind(struct parser *p, const char *address, const char *typed)
{
	struct options *opt = p->opt;
	struct address a;

	if (!address_parse(slice_of(address), &a))
		options_die(opt, 2, "bad address '%s' for --bind, want an "
		    "IP address such as 127.0.0.1 or ::1", typed);
	if (address_is_link_local(&a))
		options_die(opt, 2, "bad address '%s' for --bind, browsers "
		    "cannot open link-local ones", typed);
	if (options_serves_all(opt, address_family(&a)))
		return;
	if (address_is_any(&a))
		drop_binds(opt, address_family(&a));
	for (int i = 0; i < opt->binds; i++)
		if (memcmp(&opt->bind[i], &a, sizeof(a)) == 0)
			return;
	if (opt->binds == OPTIONS_BIND_MAX)
		options_die(opt, 2, "too many addresses for --bind, "
		    "want at most %d", OPTIONS_BIND_MAX);
	opt->bind[opt->binds] = a;
	opt->bind_text[opt->binds++] = typed;
}

static void
set_bind(struct parser *p, const char *value)
{
	if (strcmp(value, "localhost") == 0) {
		add_bind(p, "127.0.0.1", value);
		add_bind(p, "::1", value);
		return;
	}
	add_bind(p, value, value);
}

static void
set_allow_host(struct parser *p, const char *value)
{
	if (!syntax_is_host_name(value + (*value == '.')))
		options_die(p->opt, 2, "bad value '%s' for --allow-host, want "
		    "a name such as www.example.com or .example.com", value);
	p->opt->allow_hosts[p->opt->allow_host_count++] = value;
}

/* Browsers omit the scheme's default port, so such an origin never matches. */
static void
check_scheme_port(struct parser *p, const char *value)
{
	static const char *const scheme_port[][2] = {
		{ "http://", ":80" }, { "https://", ":443" },
	};
	const char *port = strrchr(value, ':');

	for (size_t i = 0; port != NULL && i < 2; i++)
		if (strncmp(value, scheme_port[i][0],
		    strlen(scheme_port[i][0])) == 0 &&
		    strcmp(port, scheme_port[i][1]) == 0)
			options_die(p->opt, 2, "bad origin '%s' for --cors, "
			    "did you mean '%.*s'?", value,
			    (int)(port - value), value);
}

static void
set_proxy(struct parser *p, const char *value)
{
	struct options *opt = p->opt;

	if (opt->proxy_count == OPTIONS_PROXIES_MAX)
		options_die(opt, 2, "too many applications, want at most %d",
		    OPTIONS_PROXIES_MAX);
	switch (proxy_parse(slice_of(value),
	    &opt->proxies[opt->proxy_count])) {
	case PROXY_OK:
		opt->proxy_count++;
		break;
	case PROXY_TLS:
		options_die(opt, 2, "--proxy speaks no TLS, got '%s', want "
		    "http://", value);
	case PROXY_LONG_SOCKET:
		options_die(opt, 2, "--proxy takes paths of sockets up to %d "
		    "bytes, got '%s'", PROXY_SOCKET_MAX, value);
	case PROXY_MALFORMED:
		options_die(opt, 2, "bad value '%s' for --proxy, want "
		    "[PREFIX=]http://HOST[:PORT] or unix:/SOCKET", value);
	}
}

static void
set_cors(struct parser *p, const char *value)
{
	if (value == NULL)
		value = "*";
	check_scheme_port(p, value);
	if (strcmp(value, "*") != 0 && strcmp(value, "null") != 0 &&
	    !syntax_is_origin(value))
		options_die(p->opt, 2, "bad origin '%s' for --cors, "
		    "want one such as http://localhost:3000", value);
	p->opt->cors[p->opt->cors_count++] = value;
}

static size_t
headers_size(const struct options *opt)
{
	size_t n = 0;

	for (int i = 0; i < opt->header_count; i++)
		n += opt->headers[i].name.n + opt->headers[i].value.n +
		    strlen(": \r\n");
	return n;
}

static void
set_header(struct parser *p, const char *value)
{
	struct options *opt = p->opt;
	struct slice name = { value, strcspn(value, ":") };
	struct slice rest = slice_of(value + name.n);
	bool is_field = slice_take_byte(&rest, ':') && head_is_token(name);

	rest = slice_trim(rest);
	if (!is_field || !head_is_field_value(rest))
		options_die(opt, 2, "bad header '%s', want 'Name: value'",
		    value);
	if (syntax_is_framing(name))
		options_die(opt, 2, "header '%.*s' can only be set by "
		    "serve, leave it out", (int)name.n, name.p);
	opt->headers[opt->header_count++] = (struct options_header){ name,
	    rest };
	if (headers_size(opt) > OPTIONS_HEADERS_MAX)
		options_die(opt, 2, "too much for --header, want at most %d "
		    "bytes in all", OPTIONS_HEADERS_MAX);
}

enum takes { NO_VALUE, VALUE, OPTIONAL_VALUE };

struct option {
	char letter;
	const char *name;
	enum takes takes;
	void (*set)(struct parser *p, const char *value);	/* or NULL */
	/* Without set: offset of the bool, or of the long and its range. */
	size_t member;
	long least, most;
};

#define FLAG(member) NO_VALUE, NULL, offsetof(struct options, member), 0, 0
#define NUMBER(member, least, most) VALUE, NULL, \
	offsetof(struct options, member), least, most
#define SET(takes, set) takes, set, 0, 0, 0

static const struct option table[] = {
	{ 0, "allow-host", SET(VALUE, set_allow_host) },
	{ 0, "base", SET(VALUE, set_base) },
	{ 'b', "bind", SET(VALUE, set_bind) },
	{ 0, "color", SET(VALUE, set_color) },
	{ 0, "cors", SET(OPTIONAL_VALUE, set_cors) },
	{ 'd', "directory", SET(VALUE, set_directory) },
	{ 0, "follow-symlinks", FLAG(follow_symlinks) },
	{ 'H', "header", SET(VALUE, set_header) },
	{ 'h', "help", SET(NO_VALUE, show_help) },
	{ 0, "hidden", FLAG(hidden) },
	{ 0, "isolate", FLAG(isolate) },
	{ 0, "key", SET(OPTIONAL_VALUE, set_key) },
	{ 0, "live", FLAG(live) },
	{ 0, "log-format", SET(VALUE, set_log_format) },
	{ 0, "max-age", NUMBER(max_age, 0, INT32_MAX) },
	{ 0, "max-conns", NUMBER(max_conns, 1, COUNT_MAX) },
	{ 0, "max-conns-per-client",
	    NUMBER(max_conns_per_client, 1, COUNT_MAX) },
	{ 0, "no-listing", FLAG(no_listing) },
	{ 0, "no-rules", FLAG(no_rules) },
	{ 'o', "open", SET(OPTIONAL_VALUE, set_open) },
	{ 'p', "port", SET(VALUE, set_port) },
	{ 0, "proxy", SET(VALUE, set_proxy) },
	{ 0, "public", FLAG(bind_public) },
	{ 'q', "quiet", FLAG(quiet) },
	{ 0, "spa", FLAG(spa) },
	{ 'j', "threads", SET(VALUE, set_threads) },
	{ 0, "timeout", NUMBER(timeout, 1, TIMEOUT_MAX) },
	{ 'v', "verbose", SET(OPTIONAL_VALUE, set_verbose) },
	{ 'V', "version", SET(NO_VALUE, show_version) },
};

enum { OPTION_COUNT = LENGTH_OF(table) };

static const struct option *
find_long(const char *name, size_t n)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (strncmp(table[i].name, name, n) == 0 &&
		    table[i].name[n] == '\0')
			return &table[i];
	return NULL;
}

static const struct option *
find_short(char letter)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (table[i].letter == letter)
			return &table[i];
	return NULL;
}

static void
set(struct parser *p, const struct option *o, const char *value)
{
	void *member = (char *)p->opt + o->member;

	if (o->set != NULL)
		o->set(p, value);
	else if (o->takes == NO_VALUE)
		*(bool *)member = true;
	else
		*(long *)member = number(p, o->name, value, o->least, o->most);
}

/* Returns the argument that follows an option. */
static const char *
next_value(struct parser *p, const char *dashes, const char *name, size_t n)
{
	if (*p->next == NULL)
		options_die(p->opt, 2, "option '%s%.*s' needs a value", dashes,
		    (int)n, name);
	return *p->next++;
}

static _Noreturn void
unknown_long(struct parser *p, const char *name)
{
	const char *names[OPTION_COUNT];
	const char *suggestion;

	for (size_t i = 0; i < OPTION_COUNT; i++)
		names[i] = table[i].name;
	suggestion = suggest(name, names, OPTION_COUNT);
	if (advice_option(name) != NULL)
		options_die(p->opt, 2, "unknown option '--%s', %s", name,
		    advice_option(name));
	if (suggestion == NULL)
		options_die(p->opt, 2, "unknown option '--%s'", name);
	options_die(p->opt, 2, "unknown option '--%s', did you mean '--%s'?",
	    name, suggestion);
}

/* arg: without its two dashes, with "=" and the value if given. */
static void
parse_long(struct parser *p, char *arg)
{
	size_t n = strcspn(arg, "=");
	const char *value = arg[n] == '=' ? arg + n + 1 : NULL;
	const struct option *o = find_long(arg, n);

	if (o == NULL) {
		arg[n] = '\0';
		unknown_long(p, arg);
	}
	if (o->takes == NO_VALUE && value != NULL)
		options_die(p->opt, 2, "option '--%s' takes no value",
		    o->name);
	if (o->takes == VALUE && value == NULL)
		value = next_value(p, "--", o->name, strlen(o->name));
	if (o->takes == OPTIONAL_VALUE && value == NULL)
		p->valueless = arg - 2;
	set(p, o, value);
}

/* arg: without its dash; letters, the last perhaps with its value. */
static void
parse_short(struct parser *p, const char *arg)
{
	size_t n = strcspn(arg, "=");
	const char *whole = arg - 1;

	/* "-port" would be -p with the value "ort": suggest --port. */
	if (n > 1 && find_long(arg, n) != NULL)
		options_die(p->opt, 2, "unknown option '-%.*s', did you mean "
		    "'--%.*s'?", (int)n, arg, (int)n, arg);
	while (*arg != '\0') {
		const struct option *o = find_short(*arg);
		const char *value = NULL;

		if (o == NULL && advice_option(arg) != NULL)
			options_die(p->opt, 2, "unknown option '-%s', %s", arg,
			    advice_option(arg));
		if (o == NULL)	/* a multibyte character, and the rest */
			options_die(p->opt, 2, "unknown option '-%.*s'",
			    *arg & 0x80 ? INT_MAX : 1, arg);
		arg++;
		if (o->takes != NO_VALUE && *arg != '\0') {
			value = arg + (*arg == '=');
			arg = "";
		} else if (o->takes == VALUE) {
			value = next_value(p, "-", arg - 1, 1);
		}
		if (o->takes == OPTIONAL_VALUE && value == NULL)
			p->valueless = whole;
		set(p, o, value);
	}
}

/* An option pasted from a text may begin with an en dash or the like. */
static void
refuse_typographic_dash(struct parser *p, const char *arg)
{
	const char *name = advice_dash(arg);
	bool is_short = name != NULL && name[0] != '\0' && name[1] == '\0' &&
	    find_short(*name) != NULL;

	if (name != NULL && (is_short || *name == '\0' ||
	    find_long(name, strcspn(name, "=")) != NULL))
		options_die(p->opt, 2, "'%s' starts with a typographic dash, "
		    "did you mean '%s%s'?", arg, is_short ? "-" : "--", name);
}

static void
parse_argument(struct parser *p, char *arg)
{
	if (arg[0] == '-')
		p->valueless = NULL;
	refuse_typographic_dash(p, arg);
	if (strcmp(arg, "--") == 0) {
		if (*p->next == NULL)
			options_die(p->opt, 2, "no command after '--', "
			    "want one such as 'npm test'");
		p->opt->command = p->next;
	} else if (arg[0] == '-' && arg[1] == '-') {
		parse_long(p, arg + 2);
	} else if (arg[0] == '-' && arg[1] != '\0') {
		parse_short(p, arg + 1);
	} else {
		name_folder(p, arg, false);
	}
}

void
options_parse(int argc, char **argv, struct options *opt)
{
	struct parser p = { .opt = opt, .next = argv + (argc > 0) };

	*opt = (struct options){
		.port = -1, .base = "/", .max_age = -1, .timeout = 30,
	};
	opt->allow_hosts = calloc((size_t)argc + 1, sizeof(char *));
	opt->cors = calloc((size_t)argc + 1, sizeof(char *));
	opt->headers = calloc((size_t)argc + 1, sizeof(*opt->headers));
	if (opt->allow_hosts == NULL || opt->cors == NULL ||
	    opt->headers == NULL)
		options_die(opt, 1, "out of memory");
	while (*p.next != NULL && opt->command == NULL)
		parse_argument(&p, *p.next++);
}

void
options_free(struct options *opt)
{
	free(opt->allow_hosts);
	free(opt->cors);
	free(opt->headers);
	free(opt->key_text);
}
