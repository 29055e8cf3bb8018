#include "server/diagnose.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/advice.h"
#include "server/suggest.h"

enum {
	NAMES_MAX = 4096,	/* read from a folder for a suggestion */
	DESCRIPTORS_LEFT = 8,	/* for the sockets and files of clients */
};

/* ---- descriptors ---- */

/* The limit of descriptors is too low.  wanted: one that is enough, or 0. */
static _Noreturn void
die_too_few(const struct options *opt, int wanted)
{
	char loops[32] = "", want[32] = "";
	struct rlimit limit = { 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	if (opt->threads > 1)
		snprintf(loops, sizeof(loops), " for -j %d", opt->threads);
	if (wanted > 0)
		snprintf(want, sizeof(want), ", want %d", wanted);
	options_die(opt, 1, "the limit of %llu open files is too low%s%s "
	    "(see 'ulimit -n')", (unsigned long long)limit.rlim_cur, loops,
	    want);
}

void
diagnose_start(const struct options *opt, const char *attempt, int error)
{
	if (error == EMFILE)
		die_too_few(opt, 0);
	options_die(opt, 1, "cannot %s: %s", attempt, strerror(error));
}

/* Take all that are wanted, for a moment: those that cannot be had are what the
 * limit lacks. */
void
diagnose_descriptors(const struct options *opt)
{
	struct rlimit limit = { 0 };
	int fd[DESCRIPTORS_LEFT], n = 0;

	while (n < DESCRIPTORS_LEFT &&
	    (fd[n] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)) != -1)
		n++;
	for (int i = 0; i < n; i++)
		close(fd[i]);
	if (n < DESCRIPTORS_LEFT && errno == EMFILE &&
	    getrlimit(RLIMIT_NOFILE, &limit) == 0)
		die_too_few(opt, (int)limit.rlim_cur + DESCRIPTORS_LEFT - n);
}

/* ---- the folder ---- */

/* Read the names in the folder of a mistyped path.  Returns how many. */
static size_t
read_names(const char *typed, const char **names)
{
	const char *slash = strrchr(typed, '/');
	char parent[PATH_MAX] = ".";
	DIR *dir;
	struct dirent *e;
	size_t n = 0;

	if (slash != NULL && (size_t)(slash - typed) < sizeof(parent) - 1) {
		memcpy(parent, typed, (size_t)(slash - typed) + 1);
		parent[slash - typed + 1] = '\0';
	}
	if ((dir = opendir(parent)) == NULL)
		return 0;
	while (n < NAMES_MAX && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' &&
		    (names[n] = strdup(e->d_name)) != NULL)
			n++;
	closedir(dir);
	return n;
}

/* Could text be meant as the value of option, which takes one only after
 * "="? */
static bool
is_value_of(const char *option, const char *text)
{
	switch (option[1] == '-' ? option[2] : option[strlen(option) - 1]) {
	case 'c':	/* --cors */
		return strstr(text, "://") != NULL;
	case 'k':	/* --key */
		return strchr(text, '/') == NULL;
	case 'o':	/* -o, --open */
		return text[0] == '/';
	default:	/* -v, --verbose */
		return strcmp(text, "raw") == 0 || strcmp(text, "curl") == 0 ||
		    strcmp(text, "numbered") == 0;
	}
}

static _Noreturn void
die_no_folder(const struct options *opt)
{
	static const char *names[NAMES_MAX];
	const char *typed = opt->path, *slash = strrchr(typed, '/'), *port;
	const char *name = slash != NULL ? slash + 1 : typed, *near;
	int before = (int)(name - typed), n;

	near = suggest(name, names, read_names(typed, names));
	if (opt->before_path != NULL && is_value_of(opt->before_path, typed))
		options_die(opt, 1, "no folder '%s', did you mean '%s=%s'?",
		    typed, opt->before_path, typed);
	port = advice_port(typed, &n);
	if (port != NULL)
		options_die(opt, 1, "no folder '%s', did you mean '-p %.*s'?",
		    typed, n, port);
	if (near != NULL)
		options_die(opt, 1, "no folder '%s', did you mean '%.*s%s'?",
		    typed, before, typed, near);
	options_die(opt, 1, "no folder '%s'", typed);
}

static bool
is_cwd_deleted(void)
{
	char cwd[PATH_MAX];

	return getcwd(cwd, sizeof(cwd)) == NULL && errno == ENOENT;
}

void
diagnose_docroot(const struct options *opt, const struct docroot *docroot,
    int error)
{
	const char *typed = opt->path != NULL ? opt->path : ".";

	if (error == EMFILE)
		die_too_few(opt, 0);
	if (docroot->fd != -1)
		options_die(opt, 1, "cannot open file '%s': %s", typed,
		    strerror(error));
	if (error == EINVAL)
		options_die(opt, 1, "'%s' is neither a folder nor a file",
		    typed);
	if (error == ENOENT && typed[0] != '/' && is_cwd_deleted())
		options_die(opt, 1, "the current folder has been deleted, "
		    "change to another one");
	if ((error == ENOENT || error == ENOTDIR) && opt->path != NULL)
		die_no_folder(opt);
	options_die(opt, 1, "cannot open folder '%s': %s", typed,
	    strerror(error));
}

/* ---- the port ---- */

/* The first port from first on that is free now, or 0. */
static int
find_free_port(const struct options *opt, int first)
{
	struct options other = *opt;
	struct listener l;

	for (other.port = first; other.port <= 65535; other.port++) {
		if (listener_open(&l, &other) == 0) {
			listener_close(&l);
			return other.port;
		}
		if (errno != EADDRINUSE)
			break;
	}
	return 0;
}

static _Noreturn void
die_port_taken(const struct options *opt)
{
	int other;

	if (opt->port == -1)
		options_die(opt, 1, "ports %d to %d are all taken, "
		    "give one with -p", OPTIONS_PORT_FIRST, OPTIONS_PORT_LAST);
	other = find_free_port(opt, opt->port + 1);
	if (other == 0)
		options_die(opt, 1, "port %d is taken, leave out -p",
		    opt->port);
	options_die(opt, 1, "port %d is taken, try '-p %d' or leave out -p",
	    opt->port, other);
}

static _Noreturn void
die_port_for_root(const struct options *opt, int port)
{
	int other = find_free_port(opt, port + (port < 1000 ? 8000 : 7000));

	if (other == 0)
		options_die(opt, 1, "port %d needs root", port);
	options_die(opt, 1, "port %d needs root, try '-p %d'", port, other);
}

void
diagnose_listener(const struct options *opt, const struct listener *l,
    int error)
{
	if (error == EADDRINUSE)
		die_port_taken(opt);
	if (error == EMFILE)
		die_too_few(opt, 0);
	if (error == EACCES && geteuid() != 0 && !l->missing && l->port > 0)
		die_port_for_root(opt, l->port);
	if (error == EADDRNOTAVAIL)
		options_die(opt, 1, "%s is not an address of this machine",
		    l->failed);
	options_die(opt, 1, "cannot listen on %s: %s", l->failed,
	    strerror(error));
}
