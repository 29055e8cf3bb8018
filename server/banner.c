#include <arpa/inet.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/banner.h"
#include "server/log.h"

static bool
is_public(const struct options *opt)
{
	return options_serves_all(opt, AF_INET) ||
	    options_serves_all(opt, AF_INET6);
}

static void
put_address(struct buf *b, const struct sockaddr *a, int port)
{
	char text[INET6_ADDRSTRLEN] = "";
	bool ipv6 = a->sa_family == AF_INET6;

	if (ipv6)
		inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
		    text, sizeof(text));
	else
		inet_ntop(AF_INET,
		    &((const struct sockaddr_in *)(const void *)a)->sin_addr,
		    text, sizeof(text));
	buf_lit(b, "http://");
	buf_text(b, ipv6 ? "[" : "");
	buf_text(b, text);
	buf_text(b, ipv6 ? "]:" : ":");
	buf_number(b, (uint64_t)port);
	buf_byte(b, '/');
}

void
banner_url(const struct options *opt, const struct listener *l,
    char url[BANNER_URL_MAX])
{
	struct buf b = buf_over(url, BANNER_URL_MAX - 1);

	if (opt->binds == 0 || is_public(opt) ||
	    strcmp(opt->bind_text[0], "localhost") == 0) {
		buf_lit(&b, "http://localhost:");
		buf_number(&b, (uint64_t)l->port);
		buf_byte(&b, '/');
	} else {
		put_address(&b, (const struct sockaddr *)&opt->bind[0],
		    l->port);
	}
	url[b.n] = '\0';
}

/* The home folder as it is resolved, "" if unknown. */
static size_t
find_home(char real[PATH_MAX])
{
	const char *home = getenv("HOME");

	if (home == NULL || realpath(home, real) == NULL)
		real[0] = '\0';
	return strlen(real);
}

/* The real path, the home folder as ~. */
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
	buf_visible(b, (struct slice){ path, strlen(path) });
	if (docroot->single_file == NULL)
		return;
	if (path[0] != '\0' && path[strlen(path) - 1] != '/')
		buf_byte(b, '/');
	buf_visible(b, (struct slice){ docroot->single_file, strlen(docroot->single_file) });
}

/* Can a browser elsewhere open it?  Link-local ones need a zone; what is up
 * but does not run has no cable, or is a bridge with nothing on it. */
static bool
is_reachable(const struct options *opt, const struct ifaddrs *i)
{
	const struct sockaddr *a = i->ifa_addr;

	if (a == NULL || !options_serves_all(opt, a->sa_family) ||
	    !(i->ifa_flags & IFF_RUNNING) || (i->ifa_flags & IFF_LOOPBACK))
		return false;
	if (a->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)a)->
		    sin_addr.s_addr) >> 16 != 0xa9fe;	/* 169.254/16 */
	return a->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(
	    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

static void
put_network(struct buf *b, const struct options *opt, int port)
{
	const char *label = "On the network: ";
	struct ifaddrs *all;

	if (getifaddrs(&all) == -1)
		return;
	for (struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
		if (!is_reachable(opt, i))
			continue;
		buf_text(b, label);
		put_address(b, i->ifa_addr, port);
		buf_byte(b, '\n');
		label = "                ";
	}
	freeifaddrs(all);
}

static void
put_warning(struct buf *b, const struct options *opt, const struct docroot *docroot)
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
	options_mark(b, options_color(opt->color, STDERR_FILENO));
	buf_lit(b, "warning: this shares ");
	buf_text(b, what);
}

void
banner_start(struct buf *b, const struct options *opt,
    const struct docroot *docroot, const struct listener *l)
{
	char url[BANNER_URL_MAX];
	bool all_lines = isatty(STDERR_FILENO);

	banner_url(opt, l, url);
	buf_lit(b, "Serving ");
	put_folder(b, docroot);
	buf_lit(b, " at ");
	buf_text(b, url);
	buf_byte(b, '\n');
	if (all_lines && is_public(opt))
		put_network(b, opt, l->port);
	if (l->moved) {
		buf_lit(b, "Port ");
		buf_number(b, OPTIONS_PORT_FIRST);
		buf_lit(b, " is taken, ");
		buf_number(b, (uint64_t)l->port);
		buf_lit(b, " was the next free one.\n");
	}
	put_warning(b, opt, docroot);
	if (all_lines && opt->command == NULL) {
		if (options_is_local(opt))
			buf_lit(b, "Only this machine can reach it "
			    "(--public shares it). Ctrl-C stops.\n");
		else
			buf_lit(b, "Everyone who reaches this machine can "
			    "read it. Ctrl-C stops.\n");
		if (isatty(STDOUT_FILENO))
			buf_byte(b, '\n');
	}
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

void
banner_stopped(struct sink *err, const struct banner_totals *totals)
{
	char text[256];
	struct buf b = buf_over(text, sizeof(text));

	buf_lit(&b, "Stopped after ");
	log_duration(&b, totals->ns);
	buf_lit(&b, ": ");
	buf_count(&b, totals->requests, "request");
	buf_lit(&b, ", ");
	buf_size(&b, totals->bytes);
	buf_lit(&b, " sent");
	if (totals->lost > 0) {
		buf_lit(&b, ", ");
		buf_count(&b, totals->lost, "log line");
		buf_lit(&b, " lost");
	}
	buf_lit(&b, ".\n");
	sink_write(err, buf_slice(&b));
}
