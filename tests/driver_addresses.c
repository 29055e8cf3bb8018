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
#include <net/if.h>

#include "server/addresses.h"
#include "tests/driver.h"

enum { ITEMS_MAX = 100 };

static void
parse_ip(const char *text, struct address *a)
{
	if (!address_parse(slice_of(text), a))
		abort();
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
	struct address source;
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
		parse_ip(ip, &a->address);
		a->flags = flag(flags, 't', NETLINK_TEMPORARY) |
		    flag(flags, 'd', NETLINK_DEPRECATED);
		n->addresses++;
	} else if (sscanf(line, " source %63s", ip) == 1) {
		parse_ip(ip, &source);
		n->source[address_family(&source) == AF_INET6] = source;
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
		struct buf b = buf_over(ip, sizeof(ip));

		address_put(&b, &out.list[i].address);
		printf("%.*s %s\n", (int)b.n, ip, out.list[i].interface);
	}
	return 0;
}
