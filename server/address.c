#include "server/address.h"

#include <string.h>
#include <sys/socket.h>

static const unsigned char ipv4_mapped[12] = { [10] = 0xff, [11] = 0xff };

void
address_set_ip(struct address *a, int family, const void *bytes)
{
	if (family == AF_INET) {
		memcpy(a->ip, ipv4_mapped, sizeof(ipv4_mapped));
		memcpy(a->ip + sizeof(ipv4_mapped), bytes, 4);
	} else {
		memcpy(a->ip, bytes, sizeof(a->ip));
	}
}

bool
address_parse(struct slice s, struct address *a)
{
	bool brackets = s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']';
	int family = AF_INET;
	char text[INET6_ADDRSTRLEN];
	unsigned char ip[16];

	if (brackets)
		s = (struct slice){ s.p + 1, s.n - 2 };
	if (s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (brackets || inet_pton(AF_INET, text, ip) != 1)
		family = AF_INET6;
	if (family == AF_INET6 && inet_pton(AF_INET6, text, ip) != 1)
		return false;
	address_set_ip(a, family, ip);
	a->port = 0;
	return true;
}

void
address_from_socket(struct address *a, const struct sockaddr_storage *sa)
{
	if (sa->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		address_set_ip(a, AF_INET, &in->sin_addr);
		a->port = ntohs(in->sin_port);
	} else {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		address_set_ip(a, AF_INET6, &in6->sin6_addr);
		a->port = ntohs(in6->sin6_port);
	}
}

socklen_t
address_to_socket(const struct address *a, struct sockaddr_storage *sa)
{
	if (address_family(a) == AF_INET) {
		struct sockaddr_in in = {
			.sin_family = AF_INET,
			.sin_port = htons(a->port),
		};

		memcpy(&in.sin_addr, a->ip + sizeof(ipv4_mapped), 4);
		memcpy(sa, &in, sizeof(in));
		return sizeof(in);
	} else {
		struct sockaddr_in6 in6 = {
			.sin6_family = AF_INET6,
			.sin6_port = htons(a->port),
		};

		memcpy(&in6.sin6_addr, a->ip, sizeof(a->ip));
		memcpy(sa, &in6, sizeof(in6));
		return sizeof(in6);
	}
}

int
address_family(const struct address *a)
{
	return memcmp(a->ip, ipv4_mapped, sizeof(ipv4_mapped)) == 0 ?
	    AF_INET : AF_INET6;
}

bool
address_is_loopback(const struct address *a)
{
	static const unsigned char one[16] = { [15] = 1 };

	return address_family(a) == AF_INET ? a->ip[12] == 127 :
	    memcmp(a->ip, one, sizeof(one)) == 0;
}

bool
address_is_any(const struct address *a)
{
	static const unsigned char zero[16];

	return address_family(a) == AF_INET ?
	    memcmp(a->ip + sizeof(ipv4_mapped), zero, 4) == 0 :
	    memcmp(a->ip, zero, sizeof(zero)) == 0;
}

bool
address_is_unicast(const struct address *a)
{
	static const unsigned char broadcast[] = { 255, 255, 255, 255 };
	const unsigned char *ipv4 = a->ip + 12;

	if (address_family(a) == AF_INET6)
		return a->ip[0] != 0xff;
	return (ipv4[0] & 0xf0) != 0xe0 &&
	    memcmp(ipv4, broadcast, sizeof(broadcast)) != 0;
}

bool
address_is_link_local(const struct address *a)
{
	return a->ip[0] == 0xfe && a->ip[1] >> 6 == 2;
}

/* The decimal number and a dot.  Returns the end of the text. */
static char *
put_octet(char *p, unsigned v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	*p++ = '.';
	return p;
}

void
address_put(struct buf *b, const struct address *a)
{
	char text[INET6_ADDRSTRLEN], *p = text;

	if (address_family(a) == AF_INET6) {
		buf_text(b, inet_ntop(AF_INET6, a->ip, text, sizeof(text)));
		return;
	}
	for (size_t i = sizeof(ipv4_mapped); i < sizeof(a->ip); i++)
		p = put_octet(p, a->ip[i]);
	buf_add(b, text, (size_t)(p - 1 - text));
}
