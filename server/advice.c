#include "server/advice.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "server/slice.h"

static const char no_tls[] = "there is no TLS, see 'man serve' for a proxy";

static const struct {
	const char *name, *advice;
} options[] = {
	{ "address", "use '-b ADDR' or '--public'" },
	{ "c", "use '--max-age SECONDS'" },
	{ "cache", "use '--max-age SECONDS'" },
	{ "cert", no_tls },
	{ "dir", "use 'serve DIR'" },
	{ "document-root", "use 'serve DIR'" },
	{ "host", "use '-b ADDR' or '--public'" },
	{ "hostname", "use '-b ADDR' or '--public'" },
	{ "https", no_tls },
	{ "l", "use '-p PORT'" },
	{ "listen", "use '-p PORT'" },
	{ "root", "use 'serve DIR'" },
	{ "s", "use '--spa'" },
	{ "single", "use '--spa'" },
	{ "ssl", no_tls },
	{ "ssl-cert", no_tls },
	{ "tls", no_tls },
};

const char *
advice_option(const char *name)
{
	for (size_t i = 0; i < LENGTH_OF(options); i++)
		if (strcmp(options[i].name, name) == 0)
			return options[i].advice;
	return NULL;
}

const char *
advice_port(const char *typed, int *n)
{
	const char *colon = strrchr(typed, ':');
	const char *port = colon != NULL ? colon + 1 : typed;
	size_t digits = strspn(port, "0123456789");
	const char *end = port + digits;

	if (colon != NULL && *end == '/')
		end++;
	if (digits == 0 || digits > 5 || *end != '\0' || atoi(port) > 65535)
		return NULL;
	*n = (int)digits;
	return port;
}

const char *
advice_dash(const char *arg)
{
	/* U+2013 and U+2014 */
	if (strncmp(arg, "\xe2\x80\x93", 3) != 0 &&
	    strncmp(arg, "\xe2\x80\x94", 3) != 0)
		return NULL;
	return arg + 3 + strspn(arg + 3, "-");
}
