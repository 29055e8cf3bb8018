#include "server/banner.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/addresses.h"
#include "server/log.h"
#include "server/process.h"
#include "server/qr.h"

enum {
	LABEL = sizeof("On the network: ") - 1,
	GAP = 5,		/* between the longest URL and its interface */
};

static bool
is_public(const struct options *opt)
{
	return options_serves_all(opt, AF_INET) ||
	    options_serves_all(opt, AF_INET6);
}

/* The parts that all URLs of the banner have. */
struct url_parts {
	int port;
	const char *base;	/* --base */
	const char *name;	/* of FILE; NULL: a folder */
	const struct key *key;
};

/* The part of the URL after the port. */
static void
put_end(struct buf *b, const struct url_parts *p)
{
	buf_url_path(b, slice_of(p->base));
	if (p->name != NULL)
		buf_url(b, slice_of(p->name));
	if (p->key != NULL) {
		buf_lit(b, "?key=");
		buf_text(b, p->key->text);
	}
}

static void
put_url(struct buf *b, const struct address *a, const struct url_parts *p)
{
	bool ipv6 = address_family(a) == AF_INET6;

	buf_text(b, ipv6 ? "http://[" : "http://");
	address_put(b, a);
	buf_text(b, ipv6 ? "]:" : ":");
	buf_number(b, (uint64_t)p->port);
	put_end(b, p);
}

/* Does the first URL have an address as its host, not localhost? */
static bool
names_address(const struct options *opt)
{
	return opt->binds > 0 && !is_public(opt) &&
	    strcmp(opt->bind_text[0], "localhost") != 0;
}

static void
put_first_url(struct buf *b, const struct options *opt,
    const struct url_parts *p)
{
	if (names_address(opt)) {
		put_url(b, &opt->bind[0], p);
	} else {
		buf_lit(b, "http://localhost:");
		buf_number(b, (uint64_t)p->port);
		put_end(b, p);
	}
}

void
banner_url(const struct options *opt, const struct listener *l,
    char url[BANNER_URL_MAX])
{
	struct buf b = buf_over(url, BANNER_URL_MAX - 1);
	struct url_parts p = { .port = l->port, .base = opt->base };

	put_first_url(&b, opt, &p);
	url[b.n] = '\0';
}

/* The real path of the home folder, "" if unknown.  Returns its length. */
static size_t
find_home(char real[PATH_MAX])
{
	const char *home = getenv("HOME");

	if (home == NULL || realpath(home, real) == NULL)
		real[0] = '\0';
	return strlen(real);
}

/* The real path, with ~ for the home folder. */
static void
put_folder(struct buf *b, const struct docroot *docroot)
{
	char home[PATH_MAX];
	const char *path = docroot->path;
	size_t n = find_home(home);

	if (n > 1 && strncmp(path, home, n) == 0 &&
	    (path[n] == '/' || path[n] == '\0')) {
		buf_byte(b, '~');
		path += n;
	}
	buf_visible(b, slice_of(path));
	if (docroot->single_file == NULL)
		return;
	if (path[0] != '\0' && path[strlen(path) - 1] != '/')
		buf_byte(b, '/');
	buf_visible(b, slice_of(docroot->single_file));
}

static void
put_spaces(struct buf *b, size_t n)
{
	while (n-- > 0)
		buf_byte(b, ' ');
}

/* "On the network: http://192.0.2.17:8000/     wlan0" */
static void
put_line(struct buf *b, const char *label, const struct machine_address *a,
    const struct url_parts *p, size_t width)
{
	size_t from;

	buf_text(b, label);
	put_spaces(b, LABEL - strlen(label));
	from = b->n;
	put_url(b, &a->address, p);
	if (a->interface[0] != '\0') {
		put_spaces(b, width + GAP - (b->n - from));
		buf_text(b, a->interface);
	}
	buf_byte(b, '\n');
}

static size_t
longest_url(const struct addresses *all, int from, const struct url_parts *p)
{
	char space[BANNER_URL_MAX];
	size_t width = 0;

	for (int i = from; i < all->count; i++) {
		struct buf b = buf_over(space, sizeof(space));

		put_url(&b, &all->list[i].address, p);
		if (b.n > width)
			width = b.n;
	}
	return width;
}

/* The option with a wildcard address, which answers as soon as there is a
 * network.  NULL: no option has one. */
static const char *
wildcard(const struct options *opt)
{
	if (opt->bind_public)
		return "--public";
	for (int i = 0; i < opt->binds; i++)
		if (options_serves_all(opt, address_family(&opt->bind[i])))
			return opt->bind_text[i];
	return NULL;
}

static void
put_addresses(struct buf *b, const struct options *opt,
    const struct addresses *all, const struct url_parts *p)
{
	int first = names_address(opt) ? 1 : 0;
	size_t width = longest_url(all, first, p);
	const char *last = "";

	for (int i = first; i < all->count; i++) {
		const struct machine_address *a = &all->list[i];
		const char *label = address_is_loopback(&a->address) ?
		    "Also at: " : "On the network: ";

		put_line(b, label == last ? "" : label, a, p, width);
		last = label;
	}
	if (all->count > 0 || wildcard(opt) == NULL)
		return;
	buf_lit(b, "No network now; ");
	buf_text(b, opt->bind_public ? "" : "-b ");
	buf_text(b, wildcard(opt));
	buf_lit(b, " answers when there is one.\n");
}

/* A QR code of the first URL that a phone can open, if colours are on: it is
 * unreadable without them. */
static void
put_qr(struct buf *b, const struct options *opt, const struct addresses *all,
    const struct url_parts *p)
{
	char url[BANNER_URL_MAX];
	struct buf text = buf_over(url, sizeof(url));
	struct qr q;
	int i = 0;

	while (i < all->count && address_is_loopback(&all->list[i].address))
		i++;
	if (i == all->count || !terminal_utf8() ||
	    !terminal_color(opt->color, STDERR_FILENO))
		return;
	put_url(&text, &all->list[i].address, p);
	if (qr_make(&q, buf_slice(&text)) && qr_width(&q) <= terminal_columns())
		qr_draw(&q, b);
}

/* List the addresses of -b first, in their order.  False if the kernel does not
 * report the other addresses of the machine. */
static bool
find_addresses(struct addresses *all, const struct options *opt)
{
	struct netlink n;
	bool known = netlink_read(&n) == 0;

	all->count = 0;
	for (int i = 0; i < opt->binds; i++) {
		const struct address *a = &opt->bind[i];

		if (options_serves_all(opt, address_family(a)) ||
		    (!names_address(opt) &&
		    strcmp(opt->bind_text[i], "localhost") == 0))
			continue;
		addresses_add(all, a, address_is_loopback(a) ? "" :
		    addresses_interface(&n, a));
	}
	addresses_choose(all, &n, options_serves_all(opt, AF_INET),
	    options_serves_all(opt, AF_INET6));
	netlink_free(&n);
	return known;
}

static void
put_network(struct buf *b, const struct options *opt, const struct url_parts *p)
{
	struct addresses all;
	bool known = find_addresses(&all, opt);

	if (known || all.count > 0)
		put_addresses(b, opt, &all, p);
	if (options_is_local(opt))
		return;
	put_qr(b, opt, &all, p);
	if (opt->isolate)
		buf_lit(b, "Browsers isolate pages only over https or on "
		    "localhost: not at these addresses.\n");
}

static void
put_warning(struct buf *b, const struct options *opt,
    const struct docroot *docroot)
{
	char home[PATH_MAX];
	const char *what;

	if (docroot->single_file != NULL || !is_public(opt))
		return;
	if (strcmp(docroot->path, "/") == 0)
		what = "the whole file system\n";
	else if (find_home(home) > 0 && strcmp(docroot->path, home) == 0)
		what = "your whole home folder\n";
	else
		return;
	options_put_prefix(b, terminal_color(opt->color, STDERR_FILENO));
	buf_lit(b, "warning: this shares ");
	buf_text(b, what);
}

static void
put_who(struct buf *b, const struct options *opt)
{
	if (!options_is_local(opt) && opt->key)
		buf_lit(b, "Who has the key can read it.");
	else if (!options_is_local(opt))
		buf_lit(b, "Everyone who reaches this machine can read it "
		    "(--key asks for a key).");
	else
		buf_text(b, opt->key ? "Only this machine can reach it, with "
		    "the key (--public shares it)." :
		    "Only this machine can reach it (--public shares it).");
	buf_lit(b, " Ctrl-C stops.\n");
}

/* "Rules: 12 in _redirects, 3 in _headers (--no-rules ignores them)" */
static void
put_rules(struct buf *b, struct rules_counts rules)
{
	const char *before = "Rules: ";

	if (rules.redirects == 0 && rules.headers == 0)
		return;
	if (rules.redirects > 0) {
		buf_text(b, before);
		buf_number(b, rules.redirects);
		buf_lit(b, " in _redirects");
		before = ", ";
	}
	if (rules.headers > 0) {
		buf_text(b, before);
		buf_number(b, rules.headers);
		buf_lit(b, " in _headers");
	}
	buf_lit(b, " (--no-rules ignores them)\n");
}

static void
put_applications(struct buf *b, const struct options *opt)
{
	for (int i = 0; i < opt->proxy_count; i++) {
		const struct proxy_app *app = &opt->proxies[i];

		buf_visible(b, app->prefix.n > 0 ? app->prefix :
		    SLICE("Everything else"));
		buf_lit(b, " goes to ");
		buf_visible(b, app->url);
		buf_byte(b, '\n');
	}
}

void
banner_start(struct buf *b, const struct options *opt,
    const struct docroot *docroot, const struct listener *l,
    const struct key *key, struct rules_counts rules)
{
	struct url_parts parts = {
		.port = l->port, .base = opt->base, .key = key,
		.name = docroot->url_name,
	};
	bool all_lines = isatty(STDERR_FILENO);

	buf_lit(b, "Serving ");
	put_folder(b, docroot);
	buf_lit(b, " at ");
	put_first_url(b, opt, &parts);
	buf_byte(b, '\n');
	if (all_lines && (is_public(opt) || opt->binds > 0))
		put_network(b, opt, &parts);
	if (l->moved) {
		buf_lit(b, "Port ");
		buf_number(b, OPTIONS_PORT_FIRST);
		buf_lit(b, " is taken, ");
		buf_number(b, (uint64_t)l->port);
		buf_lit(b, " was the next free one.\n");
	}
	if (all_lines) {
		put_applications(b, opt);
		put_rules(b, rules);
	}
	put_warning(b, opt, docroot);
	if (all_lines && opt->command == NULL) {
		put_who(b, opt);
		if (isatty(STDOUT_FILENO))
			buf_byte(b, '\n');
	}
}

/* Append the missing layers of the sandbox and what else is missing, with
 * commas. */
static void
put_missing(struct buf *b, const struct options *opt, const struct sandbox *s,
    int loops)
{
	sandbox_describe_missing(s, b);
	if (!process_can_list_folders())
		buf_text(b, b->n > 0 ? ", folder listings" :
		    "folder listings");
	if (loops == opt->threads)
		return;
	if (b->n > 0)
		buf_lit(b, ", ");
	buf_number(b, (uint64_t)(opt->threads - loops));
	buf_lit(b, " of ");
	buf_count(b, (uint64_t)opt->threads, "event loop");
}

void
banner_sandbox(struct buf *b, const struct options *opt,
    const struct sandbox *s, int loops)
{
	char text[512];
	struct buf missing = buf_over(text, sizeof(text));

	if (opt->trace == TRACE_CURL) {
		buf_lit(b, "* ");
		sandbox_describe(s, b);
		buf_byte(b, '\n');
	}
	put_missing(&missing, opt, s, loops);
	if (opt->trace == TRACE_OFF || missing.n == 0)
		return;
	buf_lit(b, "* missing: ");
	buf_put(b, buf_slice(&missing));
	buf_byte(b, '\n');
}

void
banner_finishing(struct sink *err, long transfers)
{
	char text[128];
	struct buf b = buf_over(text, sizeof(text));

	buf_lit(&b, "Finishing ");
	buf_count(&b, (uint64_t)transfers, "transfer");
	buf_lit(&b, ", Ctrl-C again to stop now.\n");
	sink_write(err, buf_slice(&b));
}

/* "; 6 not found, 1 failed" */
static void
put_misses(struct buf *b, const struct totals *totals)
{
	if (totals->not_found > 0) {
		buf_lit(b, "; ");
		buf_number(b, totals->not_found);
		buf_lit(b, " not found");
	}
	if (totals->failed > 0) {
		buf_text(b, totals->not_found > 0 ? ", " : "; ");
		buf_number(b, totals->failed);
		buf_lit(b, " failed");
	}
}

void
banner_stopped(struct sink *err, int64_t ns, const struct totals *totals,
    uint64_t lost)
{
	char text[256];
	struct buf b = buf_over(text, sizeof(text));

	buf_lit(&b, "Stopped after ");
	log_duration(&b, ns);
	buf_lit(&b, ": ");
	buf_count(&b, totals->requests, "request");
	buf_lit(&b, ", ");
	buf_size(&b, totals->bytes);
	buf_lit(&b, " sent");
	put_misses(&b, totals);
	if (lost > 0) {
		buf_lit(&b, ", ");
		buf_count(&b, lost, "log line");
		buf_lit(&b, " lost");
	}
	buf_lit(&b, ".\n");
	sink_write(err, buf_slice(&b));
}
