#include "server/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool
terminal_is_dumb(void)
{
	const char *term = getenv("TERM");

	return term == NULL || *term == '\0' || strcmp(term, "dumb") == 0;
}

bool
terminal_color(enum color_when when, int fd)
{
	const char *no_color = getenv("NO_COLOR");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	if (no_color != NULL && *no_color != '\0')
		return false;
	return !terminal_is_dumb() && isatty(fd) == 1;
}

/*
 * Look only at the name of the locale, as setlocale(3) finds it.  Loading the
 * locale would give the same answer but map 150 KB of tables, which a container
 * lacks.
 */
bool
terminal_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value = NULL;

	for (size_t i = 0; i < 3 && (value == NULL || *value == '\0'); i++)
		value = getenv(names[i]);
	if (value == NULL || (value = strchr(value, '.')) == NULL)
		return false;
	return strncasecmp(value, ".UTF-8", 6) == 0 ||
	    strncasecmp(value, ".utf8", 5) == 0;
}

bool
terminal_bold_only(void)
{
	static const char *const old[] = { "vt", "ansi", "cons" };
	const char *term = getenv("TERM");

	for (size_t i = 0; term != NULL && i < 3; i++)
		if (strncmp(term, old[i], strlen(old[i])) == 0)
			return true;
	return false;
}

int
terminal_columns(void)
{
	struct winsize w;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ?
	    w.ws_col : 80;
}
