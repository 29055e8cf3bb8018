#include "server/netlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/slice.h"

/* The part of rtnetlink that is used: musl-gcc has no <linux/...> headers. */
enum {
	NETLINK_ROUTE = 0,
	NLMSG_ERROR = 2,
	NLMSG_DONE = 3,
	NLM_F_REQUEST = 0x1,
	NLM_F_DUMP = 0x300,
	RTM_NEWLINK = 16,
	RTM_GETLINK = 18,
	RTM_NEWADDR = 20,
	RTM_GETADDR = 22,
	IFLA_IFNAME = 3,
	IFLA_LINK = 5,
	IFLA_MASTER = 10,
	IFLA_LINKINFO = 18,
	IFLA_LINK_NETNSID = 37,
	IFLA_INFO_KIND = 1,
	IFA_ADDRESS = 1,
	IFA_LOCAL = 2,
	IFA_FLAGS = 8,
	NESTED = 0x8000,	/* a flag in an attribute's type */

	MESSAGES = 32 << 10,	/* the most that the kernel puts into one
				   read */
};

struct message {
	uint32_t n;
	uint16_t type, flags;
	uint32_t sequence, port;
};

struct link_message {
	uint8_t family, pad;
	uint16_t type;
	int32_t index;
	uint32_t flags, change;
};

struct address_message {
	uint8_t family, prefix, flags, scope;
	int32_t index;
};

struct attribute {
	uint16_t n, type;
};

/* Messages and attributes are aligned to four bytes. */
static void
skip(struct slice *rest, size_t n)
{
	size_t aligned = (n + 3) & ~(size_t)3;

	*rest = slice_skip(*rest, aligned < rest->n ? aligned : rest->n);
}

/* Take the next attribute of *r.  False at the end. */
static bool
next_attribute(struct slice *r, int *type, struct slice *value)
{
	struct attribute a;

	if (r->n < sizeof(a))
		return false;
	memcpy(&a, r->p, sizeof(a));
	if (a.n < sizeof(a) || a.n > r->n)
		return false;
	*type = a.type & ~NESTED;
	*value = (struct slice){ r->p + sizeof(a), a.n - sizeof(a) };
	skip(r, a.n);
	return true;
}

static void
copy_name(char name[NETLINK_NAME], struct slice value)
{
	size_t n = value.n < NETLINK_NAME ? value.n : NETLINK_NAME - 1;

	memcpy(name, value.p, n);
	name[n] = '\0';
}

static int32_t
number(struct slice value)
{
	int32_t v = 0;

	memcpy(&v, value.p, value.n < sizeof(v) ? value.n : sizeof(v));
	return v;
}

static void
read_kind(char kind[NETLINK_NAME], struct slice info)
{
	struct slice value;
	int type;

	while (next_attribute(&info, &type, &value))
		if (type == IFLA_INFO_KIND)
			copy_name(kind, value);
}

/* Grow an array of n elements by one, all zeros.  NULL with ENOMEM. */
static void *
grow(void *array, int n, size_t size)
{
	char *p = realloc(array, ((size_t)n + 1) * size);

	if (p != NULL)
		memset(p + (size_t)n * size, 0, size);
	return p;
}

static int
read_interface(struct netlink *n, struct slice r)
{
	struct netlink_interface *all = grow(n->interface, n->interfaces,
	    sizeof(*all)), *i;
	struct link_message m = { 0 };
	struct slice value;
	bool elsewhere = false;
	int type;

	if (all == NULL)
		return -1;
	n->interface = all;
	i = &all[n->interfaces];
	memcpy(&m, r.p, r.n < sizeof(m) ? r.n : sizeof(m));
	skip(&r, sizeof(m));
	i->index = m.index;
	i->flags = m.flags;
	while (next_attribute(&r, &type, &value)) {
		if (type == IFLA_IFNAME)
			copy_name(i->name, value);
		else if (type == IFLA_MASTER)
			i->master = number(value);
		else if (type == IFLA_LINK)
			i->lower = number(value);
		else if (type == IFLA_LINK_NETNSID)
			elsewhere = true;
		else if (type == IFLA_LINKINFO)
			read_kind(i->kind, value);
	}
	/* An index of another namespace means nothing in this one. */
	if (elsewhere)
		i->lower = 0;
	n->interfaces++;
	return 0;
}

static int
read_address(struct netlink *n, struct slice r)
{
	struct netlink_address *all = grow(n->address, n->addresses,
	    sizeof(*all)), *a;
	struct address_message m = { 0 };
	struct slice value;
	bool local = false;
	int type;

	if (all == NULL)
		return -1;
	n->address = all;
	a = &all[n->addresses];
	memcpy(&m, r.p, r.n < sizeof(m) ? r.n : sizeof(m));
	skip(&r, sizeof(m));
	a->interface = m.index;
	a->flags = m.flags;
	while (next_attribute(&r, &type, &value)) {
		/* With IFA_LOCAL, IFA_ADDRESS is the peer's address. */
		if ((type == IFA_LOCAL || (type == IFA_ADDRESS && !local)) &&
		    value.n == (m.family == AF_INET ? 4 : 16))
			address_set_ip(&a->address, m.family, value.p);
		if (type == IFA_LOCAL)
			local = true;
		else if (type == IFA_FLAGS)
			a->flags = (unsigned)number(value);
	}
	if (m.family == AF_INET || m.family == AF_INET6)
		n->addresses++;
	return 0;
}

/* Returns 1 if more follows, 0 at the end, -1 with errno. */
static int
read_messages(struct netlink *n, struct slice r)
{
	struct message m;

	while (r.n >= sizeof(m)) {
		struct slice body;
		int status = 0;

		memcpy(&m, r.p, sizeof(m));
		if (m.type == NLMSG_DONE)
			return 0;
		errno = EPROTO;
		if (m.type == NLMSG_ERROR || m.n < sizeof(m) || m.n > r.n)
			return -1;
		body = (struct slice){ r.p + sizeof(m), m.n - sizeof(m) };
		if (m.type == RTM_NEWLINK)
			status = read_interface(n, body);
		else if (m.type == RTM_NEWADDR)
			status = read_address(n, body);
		if (status == -1)
			return -1;
		skip(&r, m.n);
	}
	return 1;
}

static int
dump(struct netlink *n, int fd, uint16_t type, char *space)
{
	struct {
		struct message m;
		struct link_message body;	/* the longer of the two */
	} request = {
		.m = { .n = sizeof(request), .type = type,
		    .flags = NLM_F_REQUEST | NLM_F_DUMP },
	};
	int more = 1;

	if (send(fd, &request, sizeof(request), 0) == -1)
		return -1;
	while (more == 1) {
		ssize_t got = recv(fd, space, MESSAGES, 0);

		if (got == -1)
			return -1;
		more = read_messages(n, (struct slice){ space, (size_t)got });
	}
	return more;
}

/*
 * The source address of a packet to this destination.  connect(2) on a UDP
 * socket sends nothing; it only looks up the route.
 */
static void
find_source(struct slice to, struct address *source)
{
	struct sockaddr_storage sa;
	struct address a;
	socklen_t n, size = sizeof(sa);
	int fd;

	address_parse(to, &a);
	a.port = 9;
	n = address_to_socket(&a, &sa);
	fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return;
	if (connect(fd, (struct sockaddr *)&sa, n) == 0 &&
	    getsockname(fd, (struct sockaddr *)&sa, &size) == 0)
		address_from_socket(source, &sa);
	close(fd);
}

int
netlink_read(struct netlink *n)
{
	char *space = malloc(MESSAGES);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int status = -1;

	*n = (struct netlink){ 0 };
	if (space != NULL && fd != -1 &&
	    dump(n, fd, RTM_GETLINK, space) == 0)
		status = dump(n, fd, RTM_GETADDR, space);
	if (fd != -1)
		close(fd);
	free(space);
	/* Reserved for documentation (RFC 5737, RFC 3849), so only a default
	 * route leads to them. */
	find_source(SLICE("203.0.113.1"), &n->source[0]);
	find_source(SLICE("2001:db8::1"), &n->source[1]);
	return status;
}

void
netlink_free(struct netlink *n)
{
	free(n->interface);
	free(n->address);
}
