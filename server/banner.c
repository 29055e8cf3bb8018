#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/banner.h"
#include "server/buf.h"
#include "server/log.h"

enum { TEXT_MAX = 64 << 10 };

/* Written at once, so that nothing comes between the lines. */
static void
write_text(const struct buf *b)
{
	size_t done = 0;

	while (done < b->n) {
		ssize_t n = write(STDERR_FILENO, b->p + done, b->n - done);

		if (n <= 0)	/* nobody reads: serving goes on */
			return;
		done += (size_t)n;
	}
}

static bool
is_any(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		    htonl(INADDR_ANY);
	return IN6_IS_ADDR_UNSPECIFIED(
	    &((const struct sockaddr_in6 *)a)->sin6_addr);
}

static bool
is_loopback(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr)
		    >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(
	    &((const struct sockaddr_in6 *)a)->sin6_addr);
}

/* On all addresses of the machine? */
static bool
is_public(const struct options *opt)
{
	if (opt->bind_public)
		return true;
	for (int i = 0; i < opt->binds; i++)
		if (is_any(&opt->bind[i]))
			return true;
	return false;
}

static bool
is_local(const struct options *opt)
{
	if (opt->bind_public)
		return false;
	for (int i = 0; i < opt->binds; i++)
		if (!is_loopback(&opt->bind[i]))
			return false;
	return true;
}

static void
put_address(struct buf *b, const struct sockaddr *a, int port)
{
	char text[INET6_ADDRSTRLEN] = "";
	bool ipv6 = a->sa_family == AF_INET6;

	if (ipv6)
		inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
		    text, sizeof text);
	else
		inet_ntop(AF_INET,
		    &((const struct sockaddr_in *)(const void *)a)->sin_addr,
		    text, sizeof text);
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

/* The real path, the home folder as ~. */
static void
put_folder(struct buf *b, const struct place *place)
{
	const char *home = getenv("HOME"), *path = place->path;
	size_t n = home != NULL ? strlen(home) : 0;

	if (n > 1 && strncmp(path, home, n) == 0 &&
	    (path[n] == '/' || path[n] == '\0')) {
		buf_byte(b, '~');
		path += n;
	}
	buf_visible(b, (struct slice){ path, strlen(path) });
	if (place->only == NULL)
		return;
	if (path[0] != '\0' && path[strlen(path) - 1] != '/')
		buf_byte(b, '/');
	buf_visible(b, (struct slice){ place->only, strlen(place->only) });
}

/* Can a browser elsewhere open it?  Link-local ones need a zone. */
static bool
is_reachable(const struct ifaddrs *i)
{
	const struct sockaddr *a = i->ifa_addr;

	if (a == NULL || !(i->ifa_flags & IFF_UP) ||
	    (i->ifa_flags & IFF_LOOPBACK))
		return false;
	if (a->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)a)->
		    sin_addr.s_addr) >> 16 != 0xa9fe;	/* 169.254/16 */
	return a->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(
	    &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

static void
put_network(struct buf *b, int port)
{
	const char *label = "On the network: ";
	struct ifaddrs *all;

	if (getifaddrs(&all) == -1)
		return;
	for (struct ifaddrs *i = all; i != NULL; i = i->ifa_next) {
		if (!is_reachable(i))
			continue;
		buf_text(b, label);
		put_address(b, i->ifa_addr, port);
		buf_byte(b, '\n');
		label = "                ";
	}
	freeifaddrs(all);
}

static void
warn_wide(const struct options *opt, const struct place *place)
{
	char real[4096];
	const char *home = getenv("HOME");

	if (place->only != NULL || !is_public(opt))
		return;
	if (strcmp(place->path, "/") == 0)
		options_warn(opt, "warning: this shares the whole file system");
	else if (home != NULL && realpath(home, real) != NULL &&
	    strcmp(place->path, real) == 0)
		options_warn(opt,
		    "warning: this shares your whole home folder");
}

void
banner_start(const struct options *opt, const struct place *place,
    const struct listener *l, bool all_lines)
{
	char text[TEXT_MAX], url[BANNER_URL_MAX];
	struct buf b = buf_over(text, sizeof text);

	banner_url(opt, l, url);
	buf_lit(&b, "Serving ");
	put_folder(&b, place);
	buf_lit(&b, " at ");
	buf_text(&b, url);
	buf_byte(&b, '\n');
	if (all_lines && is_public(opt))
		put_network(&b, l->port);
	if (l->moved) {
		buf_lit(&b, "Port ");
		buf_number(&b, OPTIONS_PORT_FIRST);
		buf_lit(&b, " is taken, ");
		buf_number(&b, (uint64_t)l->port);
		buf_lit(&b, " was the next free one.\n");
	}
	if (all_lines && opt->command == NULL) {
		if (is_local(opt))
			buf_lit(&b, "Only this machine can reach it "
			    "(--public shares it). Ctrl-C stops.\n");
		else
			buf_lit(&b, "Everyone who reaches this machine can "
			    "read it. Ctrl-C stops.\n");
		if (isatty(STDOUT_FILENO))
			buf_byte(&b, '\n');
	}
	write_text(&b);
	warn_wide(opt, place);
}

void
banner_newline(void)
{
	write_text(&(struct buf){ .p = (char[]){ '\n' }, .n = 1 });
}

static void
put_count(struct buf *b, uint64_t n, const char *noun)
{
	buf_number(b, n);
	buf_byte(b, ' ');
	buf_text(b, noun);
	if (n != 1)
		buf_byte(b, 's');
}

void
banner_finishing(long transfers)
{
	char text[128];
	struct buf b = buf_over(text, sizeof text);

	buf_lit(&b, "Finishing ");
	put_count(&b, (uint64_t)transfers, "transfer");
	buf_lit(&b, ", Ctrl-C again to stop now.\n");
	write_text(&b);
}

void
banner_stopped(const struct banner_totals *totals)
{
	char text[256];
	struct buf b = buf_over(text, sizeof text);

	buf_lit(&b, "Stopped after ");
	log_duration(&b, totals->ns);
	buf_lit(&b, ": ");
	put_count(&b, totals->requests, "request");
	buf_lit(&b, ", ");
	buf_size(&b, totals->bytes);
	buf_lit(&b, " sent");
	if (totals->lost > 0) {
		buf_lit(&b, ", ");
		put_count(&b, totals->lost, "log line");
		buf_lit(&b, " lost");
	}
	buf_lit(&b, ".\n");
	write_text(&b);
}
