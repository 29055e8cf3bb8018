#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/buf.h"
#include "server/child.h"

enum {
	URL_MAX = 256,		/* "http://[address]:port/" */
	WORDS_MAX = 64,		/* of one command in $BROWSER */
	/* What runs for so long is a browser, whatever it ends with. */
	BROWSER_FAILS_S = 10,
	NOT_FOUND = 127,	/* as a shell has it */
	CANNOT_RUN = 126,
};

enum message_kind { MESSAGE_START, MESSAGE_SIGNAL, MESSAGE_ENDED };

struct message {
	enum message_kind kind;
	int value;		/* port, signal or exit status */
	char url[URL_MAX];	/* MESSAGE_START */
};

struct helper {
	const struct options *opt;
	int fd;			/* to serve */
	int ended;		/* signalfd: a child has */
	sigset_t mask;		/* as it was for serve */
	struct sigaction on_child;
	pid_t command;		/* 0: does not run */
	pid_t browser;		/* it tries browsers; 0: none does */
	char *url;		/* for the browser */
};

static int
tell(int fd, enum message_kind kind, int value, const char *url)
{
	struct message m = { .kind = kind, .value = value };

	if (strlen(url) >= sizeof(m.url)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(m.url, url, strlen(url));
	return send(fd, &m, sizeof(m), MSG_NOSIGNAL) == -1 ? -1 : 0;
}

static ssize_t
hear(int fd, struct message *m)
{
	ssize_t n;

	/* ECONNRESET comes before what the other side said at last. */
	do {
		n = recv(fd, m, sizeof(*m), 0);
	} while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	return n;
}

/* In a new process: be as serve was when it was started. */
static void
restore_signals(const struct helper *h)
{
	sigaction(SIGCHLD, &h->on_child, NULL);
	/* Last: a signal that came for the new process is still there. */
	sigprocmask(SIG_SETMASK, &h->mask, NULL);
}

static _Noreturn void
run_command(const struct helper *h, const char *url, int port)
{
	char **argv = h->opt->command;
	char number[16];
	int error;

	restore_signals(h);
	snprintf(number, sizeof(number), "%d", port);
	if (setenv("SERVE_URL", url, 1) == 0 && setenv("PORT", number, 1) == 0)
		execvp(argv[0], argv);
	error = errno;
	options_warn(h->opt, "cannot run '%s': %s", argv[0], strerror(error));
	_exit(error == ENOENT ? NOT_FOUND : CANNOT_RUN);
}

/*
 * Run one browser.  False if it cannot be run or fails at once; it goes on by
 * itself, and its parent does not wait for its end.
 */
static bool
try_browser(const struct helper *h, char **argv)
{
	struct timespec limit = { .tv_sec = BROWSER_FAILS_S };
	sigset_t child;
	int status, sig;
	pid_t pid;

	pid = fork();
	if (pid == -1)
		return false;
	if (pid == 0) {
		restore_signals(h);
		execvp(argv[0], argv);
		_exit(NOT_FOUND);
	}
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	do {
		sig = sigtimedwait(&child, NULL, &limit);
	} while (sig == -1 && errno == EINTR);
	if (waitpid(pid, &status, WNOHANG) != pid)
		return true;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/*
 * The next word of a command, cut out in place, with the quotes and backslashes
 * of a shell, as Python's webbrowser reads $BROWSER.  NULL at the end.
 */
static char *
next_word(char **rest)
{
	char *s = *rest + strspn(*rest, " \t");
	char *word = s, *to = s;
	char quote = '\0';

	if (*s == '\0')
		return NULL;
	for (; *s != '\0' && (quote != '\0' || !strchr(" \t", *s)); s++) {
		if (*s == quote) {
			quote = '\0';
		} else if (quote == '\0' && (*s == '"' || *s == '\'')) {
			quote = *s;
		} else {
			if (*s == '\\' && quote != '\'' && s[1] != '\0')
				s++;
			*to++ = *s;
		}
	}
	*rest = *s != '\0' ? s + 1 : s;
	*to = '\0';
	return word;
}

/* The word with the URL for each %s: a new one if it has any, or NULL. */
static char *
put_url(const char *word, const char *url)
{
	size_t cap = strlen(word) * (strlen(url) + 1) + 1;
	char *p = malloc(cap);
	struct buf b;

	if (p == NULL)
		return NULL;
	b = buf_over(p, cap);
	while (*word != '\0') {
		if (word[0] == '%' && word[1] == 's') {
			buf_text(&b, url);
			word += 2;
		} else {
			buf_byte(&b, *word++);
		}
	}
	buf_byte(&b, '\0');
	return p;
}

/* One command of $BROWSER.  What it allocates ends with this process. */
static bool
try_command(const struct helper *h, char *command)
{
	char *words[WORDS_MAX + 2] = { command, h->url };
	bool named = false;
	size_t n = 0;

	/* "/mnt/c/Program Files/..." is one word if there is such a file. */
	if (strchr(command, '/') != NULL && access(command, X_OK) == 0)
		return try_browser(h, words);
	while (n < WORDS_MAX && (words[n] = next_word(&command)) != NULL)
		n++;
	/* Some ask for the background, where it is started anyway. */
	if (n > 0 && strcmp(words[n - 1], "&") == 0)
		n--;
	if (n == 0)
		return false;
	for (size_t i = 1; i < n; i++) {
		if (strstr(words[i], "%s") == NULL)
			continue;
		named = true;
		words[i] = put_url(words[i], h->url);
		if (words[i] == NULL)
			return false;
	}
	if (!named)
		words[n++] = h->url;
	words[n] = NULL;
	return try_browser(h, words);
}

static bool
try_variable(const struct helper *h)
{
	const char *value = getenv("BROWSER");
	char *list = strdup(value != NULL ? value : "");
	char *rest = list, *command;
	bool opened = false;

	while (!opened && (command = strsep(&rest, ":")) != NULL)
		opened = try_command(h, command);
	free(list);
	return opened;
}

static bool
has_variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0';
}

/* Is Windows around us? */
static bool
is_wsl(void)
{
	char version[256] = "";
	ssize_t n;
	int fd;

	if (has_variable("WSL_DISTRO_NAME"))
		return true;
	fd = open("/proc/version", O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, version, sizeof(version) - 1);
	close(fd);
	/* "Microsoft" in version 1, "microsoft" in version 2 */
	return n > 0 && strstr(version, "icrosoft") != NULL;
}

static bool
try_all(const struct helper *h)
{
	char *xdg[] = { (char[]){ "xdg-open" }, h->url, NULL };
	char *wslview[] = { (char[]){ "wslview" }, h->url, NULL };
	/* explorer.exe fails on a query, cmd.exe reads & and % itself. */
	char *rundll[] = { (char[]){ "rundll32.exe" },
		(char[]){ "url.dll,FileProtocolHandler" }, h->url, NULL };

	if (try_variable(h))
		return true;
	/* Without a display it would look for one in text. */
	if ((has_variable("DISPLAY") || has_variable("WAYLAND_DISPLAY")) &&
	    try_browser(h, xdg))
		return true;
	return is_wsl() && (try_browser(h, wslview) || try_browser(h, rundll));
}

/*
 * Let go of all that is serve's: no terminal, no pipe, no lock of the shell
 * that started it is kept open by a browser.
 */
static void
detach(void)
{
	setsid();
	/* Before Linux 5.9: what is likely to be open. */
	if (syscall(SYS_close_range, 0u, ~0u, 0u) == -1)
		for (int fd = 0; fd < 1024; fd++)
			close(fd);
	for (int fd = 0; fd < 3; fd++)
		open("/dev/null", O_RDWR);
}

static void
end_browser(struct helper *h, int status)
{
	h->browser = 0;
	if (status != 0)
		options_warn(h->opt, "no browser found, open %s yourself",
		    h->url);
}

static void
start_browser(struct helper *h)
{
	h->browser = fork();
	if (h->browser == 0) {
		detach();
		_exit(try_all(h) ? 0 : 1);
	}
	if (h->browser == -1)
		end_browser(h, -1);
}

/* Base ends in '/', and path starts with one. */
static char *
join_url(const char *base, const char *path)
{
	size_t cap = strlen(base) + 3 * strlen(path) + 1;
	char *p = malloc(cap);
	struct buf b;

	if (p == NULL)
		return NULL;
	b = buf_over(p, cap);
	buf_add(&b, base, strlen(base) - 1);
	for (; *path != '\0'; path++) {
		unsigned char c = (unsigned char)*path;

		/* What no URI may hold; the rest is as the user wants it. */
		if (c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}", c) == NULL) {
			buf_byte(&b, *path);
			continue;
		}
		buf_byte(&b, '%');
		buf_byte(&b, "0123456789ABCDEF"[c >> 4]);
		buf_byte(&b, "0123456789ABCDEF"[c & 15]);
	}
	buf_byte(&b, '\0');
	return p;
}

static void
start(struct helper *h, const struct message *m)
{
	const char *path = h->opt->open_path;

	if (h->opt->open) {
		h->url = join_url(m->url, path != NULL ? path : "/");
		if (h->url != NULL)
			start_browser(h);
	}
	if (h->opt->command == NULL)
		return;
	h->command = fork();
	if (h->command == 0)
		run_command(h, m->url, m->value);
	if (h->command == -1) {
		h->command = 0;
		options_warn(h->opt, "cannot run '%s': %s",
		    h->opt->command[0], strerror(errno));
		tell(h->fd, MESSAGE_ENDED, CANNOT_RUN, "");
	}
}

/* No more to do?  Without COMMAND the browser is all there was. */
static bool
reap(struct helper *h)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	if (read(h->ended, &info, sizeof(info)) == -1)
		return false;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == h->browser)
			end_browser(h, status);
		if (pid != h->command)
			continue;
		status = WIFEXITED(status) ? WEXITSTATUS(status) :
		    128 + WTERMSIG(status);
		tell(h->fd, MESSAGE_ENDED, status, "");
		return true;
	}
	return h->command == 0 && h->browser == 0;
}

/* Is there more to come?  Not if serve is gone: then COMMAND has nothing to
 * wait for. */
static bool
obey(struct helper *h)
{
	struct message m;

	if (hear(h->fd, &m) != sizeof(m)) {
		if (h->command != 0) {
			kill(h->command, SIGTERM);
			kill(h->command, SIGCONT);
		}
		return false;
	}
	if (m.kind == MESSAGE_START)
		start(h, &m);
	else if (h->command != 0)
		kill(h->command, m.value);
	return true;
}

/*
 * All signals are blocked, not ignored: Ctrl-C is for COMMAND, whose end this
 * process has to see, and one that comes for a process just forked waits until
 * restore_signals().
 */
static int
hold_signals(struct helper *h)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t all;

	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &h->mask) == -1 ||
	    sigaction(SIGCHLD, &standard, &h->on_child) == -1)
		return -1;
	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	h->ended = signalfd(-1, &all, SFD_CLOEXEC);
	return h->ended;
}

static void
help(const struct options *opt, int fd)
{
	struct helper h = { .opt = opt, .fd = fd };
	bool more = hold_signals(&h) != -1;

	while (more) {
		struct pollfd p[] = {
			{ .fd = h.fd, .events = POLLIN },
			{ .fd = h.ended, .events = POLLIN },
		};

		poll(p, 2, -1);
		if (p[1].revents != 0)
			more = !reap(&h);
		if (more && p[0].revents != 0)
			more = obey(&h);
	}
	free(h.url);
}

int
child_split(struct child *c, const struct options *opt)
{
	int fds[2];

	*c = (struct child){ .fd = -1, .command = opt->command != NULL };
	if (!opt->open && !c->command)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1)
		return -1;
	c->pid = fork();
	if (c->pid == 0) {
		close(fds[0]);
		help(opt, fds[1]);
		exit(0);
	}
	close(fds[1]);
	if (c->pid == -1) {
		c->pid = 0;
		close(fds[0]);
		return -1;
	}
	c->fd = fds[0];
	return 0;
}

int
child_start(struct child *c, const char *url, int port)
{
	if (c->pid == 0)
		return 0;
	return tell(c->fd, MESSAGE_START, port, url);
}

void
child_signal(struct child *c, int sig)
{
	if (c->fd != -1 && c->command)
		tell(c->fd, MESSAGE_SIGNAL, sig, "");
}

int
child_read(struct child *c, int *status)
{
	struct message m;

	if (hear(c->fd, &m) == sizeof(m)) {
		*status = m.value;
		return 1;
	}
	child_close(c);
	*status = 1;
	return c->command ? 1 : 0;
}

void
child_close(struct child *c)
{
	if (c->pid == 0)
		return;
	close(c->fd);
	c->fd = -1;
	while (waitpid(c->pid, NULL, 0) == -1 && errno == EINTR)
		;
	c->pid = 0;
}
