/*
 * addresses IPV4 IPV6: print the addresses of a machine that serve would show.
 * IPV4 and IPV6 are 1 or 0.  A line of the input is one of
 *   link INDEX NAME KIND FLAGS MASTER LOWER    KIND "-": hardware; FLAGS of u
 *                                              (up), r (carrier), p (tunnel),
 *                                              l (loopback), "-"
 *   addr INDEX IP FLAGS                        FLAGS of t (temporary), d
 *                                              (deprecated), "-"
 *   source IP                                  the default route's
 */
#include <arpa/inet.h>
#include <net/if.h>

#include "server/addresses.h"
#include "tests/driver.h"

enum { ITEMS_MAX = 100 };

static int
parse_ip(const char *text, unsigned char ip[16])
{
	int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

	if (inet_pton(family, text, ip) != 1)
		abort();
	return family;
}

static unsigned
flag(const char *flags, char letter, unsigned bit)
{
	return strchr(flags, letter) != NULL ? bit : 0;
}

static void
read_line(const char *line, struct netlink *n)
{
	struct netlink_interface *i = &n->interface[n->interfaces];
	struct netlink_address *a = &n->address[n->addresses];
	unsigned char source[16] = { 0 };
	char flags[16], ip[64];

	if (sscanf(line, " link %d %15s %15s %15s %d %d", &i->index, i->name,
	    i->kind, flags, &i->master, &i->lower) == 6) {
		if (strcmp(i->kind, "-") == 0)
			i->kind[0] = '\0';
		i->flags = flag(flags, 'u', IFF_UP) |
		    flag(flags, 'r', IFF_RUNNING | NETLINK_CARRIER) |
		    flag(flags, 'p', IFF_POINTOPOINT) |
		    flag(flags, 'l', IFF_LOOPBACK);
		n->interfaces++;
	} else if (sscanf(line, " addr %d %63s %15s", &a->interface, ip,
	    flags) == 3) {
		a->family = parse_ip(ip, a->ip);
		a->flags = flag(flags, 't', NETLINK_TEMPORARY) |
		    flag(flags, 'd', NETLINK_DEPRECATED);
		n->addresses++;
	} else if (sscanf(line, " source %63s", ip) == 1) {
		memcpy(n->source[parse_ip(ip, source) == AF_INET6], source,
		    sizeof(source));
	}
}

int
driver_addresses(int argc, char **argv, struct slice in)
{
	static struct netlink_interface interface[ITEMS_MAX];
	static struct netlink_address address[ITEMS_MAX];
	static struct addresses out;
	struct netlink n = { .interface = interface, .address = address };
	char *text, *rest, *line;

	if (strcmp(argv[0], "addresses") != 0 || argc < 3)
		return 2;
	/* strndup(3) may look for a NUL after in, where the memory ends. */
	text = rest = malloc(in.n + 1);
	if (text == NULL)
		abort();
	memcpy(text, in.p, in.n);
	text[in.n] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL)
		read_line(line, &n);
	free(text);
	addresses_choose(&out, &n, argv[1][0] == '1', argv[2][0] == '1');
	for (int i = 0; i < out.count; i++) {
		char ip[INET6_ADDRSTRLEN];

		printf("%s %s\n", inet_ntop(out.list[i].family,
		    out.list[i].ip, ip, sizeof(ip)), out.list[i].interface);
	}
	return 0;
}
