#include "server/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/buf.h"
#include "server/child_message.h"

/* Linux 5.9; new calls have the same number on all architectures. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum {
	WORDS_MAX = 64,		/* of one command in $BROWSER */
	BROWSER_FAILS_S = 10,	/* one that runs longer has opened the URL */
	COMMAND_GRACE_S = 5,	/* from SIGTERM to SIGKILL, after serve has
				   ended */
	NOT_FOUND = 127,	/* as in a shell */
	CANNOT_RUN = 126,
};

enum helper_state { AWAITS_START, AWAITS_GO, STARTED };

struct helper {
	const struct options *opt;
	int fd;			/* socket to serve */
	int child_fd;		/* signalfd for SIGCHLD */
	sigset_t mask;		/* that serve had at its start */
	struct sigaction on_child;
	enum helper_state state;
	struct message start;	/* MESSAGE_START, once received */
	pid_t command;		/* 0: not running */
	pid_t browser;		/* the process that tries browsers, or 0 */
	char *open_url;		/* for the browser */
};

const int child_signals[CHILD_SIGNAL_COUNT] = {
	SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH,
};

static int
send_message(int fd, enum message_kind kind, int value)
{
	struct message m = { .kind = kind, .value = value };

	return send(fd, &m, sizeof(m), MSG_NOSIGNAL) == -1 ? -1 : 0;
}

/* Receive a message.  Returns its length, 0 at the end, or -1 with errno. */
static ssize_t
receive_message(int fd, struct message *m)
{
	ssize_t n;

	/* ECONNRESET may come before the last messages of the other side. */
	do {
		n = recv(fd, m, sizeof(*m), 0);
	} while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	return n;
}

/* In a new process: restore the signals that serve had at its start. */
static void
restore_signals(const struct helper *h)
{
	sigaction(SIGCHLD, &h->on_child, NULL);
	/* Unblock last: this delivers signals sent to the new process. */
	sigprocmask(SIG_SETMASK, &h->mask, NULL);
}

/* End COMMAND with its parent, even if serve is killed too. */
static void
end_with_parent(pid_t parent)
{
	pid_t now;

	prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	now = getppid();
	/* The parent has ended already.  Refused calls return less than 0. */
	if (now != parent && now >= 0 && parent >= 0)
		_exit(0);
}

static _Noreturn void
run_command(const struct helper *h, pid_t parent)
{
	char **argv = h->opt->command;
	char port[16];
	int error;

	end_with_parent(parent);
	restore_signals(h);
	snprintf(port, sizeof(port), "%d", h->start.value);
	if (setenv("SERVE_URL", h->start.url, 1) == 0 &&
	    setenv("SERVE_PORT", port, 1) == 0 &&
	    (h->start.key[0] == '\0' ||
	    setenv("SERVE_KEY", h->start.key, 1) == 0))
		execvp(argv[0], argv);
	error = errno;
	options_warn(h->opt, "cannot run '%s': %s", argv[0], strerror(error));
	_exit(error == ENOENT ? NOT_FOUND : CANNOT_RUN);
}

/*
 * Run one browser.  False if it cannot be run or fails within BROWSER_FAILS_S.
 * Its status does not matter after that.
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
 * Take the next word of a command in place, with the quotes and backslashes of
 * a shell, as Python's webbrowser parses $BROWSER.  NULL at the end.
 */
static char *
next_word(char **rest)
{
	char *s = *rest + strspn(*rest, " \t");
	char *word = s, *to = s;
	char quote = '\0';

	if (*s == '\0')
		return NULL;
	for (; *s != '\0' && (quote != '\0' || strchr(" \t", *s) == NULL);
	    s++) {
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

/* A copy of word with the URL in place of each %s, or NULL with ENOMEM. */
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

/* Try one command of $BROWSER.  Memory is not freed: this process ends soon. */
static bool
try_command(const struct helper *h, char *command)
{
	char *words[WORDS_MAX + 2] = { command, h->open_url };
	bool named = false;
	size_t n = 0;

	/* "/mnt/c/Program Files/..." is one word if that file exists. */
	if (strchr(command, '/') != NULL && access(command, X_OK) == 0)
		return try_browser(h, words);
	while (n < WORDS_MAX && (words[n] = next_word(&command)) != NULL)
		n++;
	/* Drop a final &: it runs in the background anyway. */
	if (n > 0 && strcmp(words[n - 1], "&") == 0)
		n--;
	if (n == 0)
		return false;
	for (size_t i = 1; i < n; i++) {
		if (strstr(words[i], "%s") == NULL)
			continue;
		named = true;
		words[i] = put_url(words[i], h->open_url);
		if (words[i] == NULL)
			return false;
	}
	if (!named)
		words[n++] = h->open_url;
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

/* Is this the Windows Subsystem for Linux? */
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
	char *xdg[] = { (char[]){ "xdg-open" }, h->open_url, NULL };
	char *wslview[] = { (char[]){ "wslview" }, h->open_url, NULL };
	/* explorer.exe fails on a query, cmd.exe interprets & and %. */
	char *rundll[] = { (char[]){ "rundll32.exe" },
		(char[]){ "url.dll,FileProtocolHandler" }, h->open_url, NULL };

	if (try_variable(h))
		return true;
	/* Without a display xdg-open would start a text browser. */
	if ((has_variable("DISPLAY") || has_variable("WAYLAND_DISPLAY")) &&
	    try_browser(h, xdg))
		return true;
	return is_wsl() && (try_browser(h, wslview) || try_browser(h, rundll));
}

/*
 * Close all inherited descriptors: a browser must not keep open a terminal, a
 * pipe or a lock of the shell that started serve.
 */
static void
detach(void)
{
	setsid();
	/* Before Linux 5.9: close the most likely descriptors. */
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
		    h->open_url);
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

static void
put_escaped(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		/* Escape only the bytes that RFC 3986 never allows. */
		if (c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}", c) == NULL) {
			buf_byte(b, s[i]);
			continue;
		}
		buf_escape(b, "%", c);
	}
}

/*
 * base ends in '/', and path starts with one.  The key, if it is not empty, is
 * appended to the query.
 */
static char *
join_url(const char *base, const char *path, const char *key)
{
	size_t cap = strlen(base) + 3 * strlen(path) + strlen("?key=") +
	    strlen(key) + 1;
	size_t before = strcspn(path, "#");
	char *p = malloc(cap);
	struct buf b;

	if (p == NULL)
		return NULL;
	b = buf_over(p, cap);
	buf_add(&b, base, strlen(base) - 1);
	put_escaped(&b, path, before);
	if (key[0] != '\0') {
		buf_text(&b, strcspn(path, "?") < before ? "&key=" : "?key=");
		buf_text(&b, key);
	}
	put_escaped(&b, path + before, strlen(path + before));
	buf_byte(&b, '\0');
	return p;
}

/* The path of -o beneath --base, typed with --base or without it. */
static const char *
path_to_open(const struct options *opt)
{
	const char *path = opt->open_path != NULL ? opt->open_path : "/";
	size_t n = strlen(opt->base);

	return strncmp(path, opt->base, n) == 0 ? path + n - 1 : path;
}

static void
start(struct helper *h)
{
	pid_t self = getpid();

	if (h->opt->open) {
		h->open_url = join_url(h->start.url, path_to_open(h->opt),
		    h->start.once);
		if (h->open_url != NULL)
			start_browser(h);
	}
	if (h->opt->command == NULL)
		return;
	h->command = fork();
	if (h->command == 0)
		run_command(h, self);
	if (h->command == -1) {
		h->command = 0;
		options_warn(h->opt, "cannot run '%s': %s",
		    h->opt->command[0], strerror(errno));
		send_message(h->fd, MESSAGE_ENDED, CANNOT_RUN);
	}
}

/*
 * A COMMAND with a process group of its own, such as a shell with job control,
 * has stopped itself ("suspend"): serve must stop too, or the shell that
 * started serve would wait forever.  If COMMAND is in serve's own group, the
 * terminal has stopped both.
 */
static void
pass_stop(const struct helper *h)
{
	if (getpgid(h->command) != getpgrp())
		send_message(h->fd, MESSAGE_STOPPED, 0);
}

static void
end_command(struct helper *h, int status)
{
	h->command = 0;
	status = WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
	send_message(h->fd, MESSAGE_ENDED, status);
}

/* Returns whether a COMMAND or a browser still runs. */
static bool
reap(struct helper *h)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	if (read(h->child_fd, &info, sizeof(info)) == -1)
		return true;
	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (WIFSTOPPED(status)) {
			if (pid == h->command)
				pass_stop(h);
			continue;
		}
		if (pid == h->browser)
			end_browser(h, status);
		if (pid == h->command) {
			end_command(h, status);
			return false;
		}
	}
	return h->command != 0 || h->browser != 0;
}

/* serve has ended: terminate COMMAND. */
static void
terminate_command(const struct helper *h)
{
	struct timespec limit = { .tv_sec = COMMAND_GRACE_S };
	sigset_t child;

	if (h->command == 0)
		return;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	kill(h->command, SIGTERM);
	kill(h->command, SIGCONT);
	while (waitpid(h->command, NULL, WNOHANG) == 0)
		if (sigtimedwait(&child, NULL, &limit) == -1 &&
		    errno == EAGAIN) {
			kill(h->command, SIGKILL);
			break;
		}
}

static bool
is_start(const struct message *m)
{
	return m->kind == MESSAGE_START && m->value > 0 && m->value <= 65535 &&
	    memchr(m->url, '\0', sizeof(m->url)) != NULL &&
	    memchr(m->key, '\0', sizeof(m->key)) != NULL &&
	    memchr(m->once, '\0', sizeof(m->once)) != NULL &&
	    strncmp(m->url, "http://", strlen("http://")) == 0;
}

static bool
is_signal(const struct message *m)
{
	if (m->kind != MESSAGE_SIGNAL)
		return false;
	for (size_t i = 0; i < CHILD_SIGNAL_COUNT; i++)
		if (m->value == child_signals[i])
			return true;
	return m->value == SIGCONT;
}

/*
 * Do not trust serve after it is confined: accept START once, as it is sent
 * before that, and then only GO and signals.  Returns false when serve has
 * ended.
 */
static bool
handle_message(struct helper *h)
{
	struct message m;
	ssize_t n = receive_message(h->fd, &m);

	if (n == 0 || n == -1) {
		terminate_command(h);
		return false;
	}
	if (n != sizeof(m))
		return true;
	if (h->state == AWAITS_START && is_start(&m)) {
		h->start = m;
		h->state = AWAITS_GO;
	} else if (h->state == AWAITS_GO && m.kind == MESSAGE_GO) {
		h->state = STARTED;
		start(h);
	} else if (h->command != 0 && is_signal(&m)) {
		kill(h->command, m.value);
	}
	return true;
}

/*
 * Block all signals: Ctrl-C is meant for COMMAND, and this process has to see
 * its end.  Do not ignore them: a signal for a process that was just forked
 * must wait until restore_signals().
 */
static int
block_signals(struct helper *h)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t all;

	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &h->mask) == -1 ||
	    sigaction(SIGCHLD, &standard, &h->on_child) == -1)
		return -1;
	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	h->child_fd = signalfd(-1, &all, SFD_CLOEXEC);
	return h->child_fd;
}

static void
helper_main(const struct options *opt, int fd)
{
	struct helper h = { .opt = opt, .fd = fd };
	bool more = block_signals(&h) != -1;

	while (more) {
		struct pollfd p[] = {
			{ .fd = h.fd, .events = POLLIN },
			{ .fd = h.child_fd, .events = POLLIN },
		};

		poll(p, 2, -1);
		if (p[1].revents != 0)
			more = reap(&h);
		if (more && p[0].revents != 0)
			more = handle_message(&h);
	}
	free(h.open_url);
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
		helper_main(opt, fds[1]);
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
child_prepare(struct child *c, const char *url, int port,
    const struct key *key)
{
	struct message m = { .kind = MESSAGE_START, .value = port };

	if (c->pid == 0)
		return 0;
	if (strlen(url) >= sizeof(m.url)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(m.url, url, strlen(url));
	if (key != NULL) {
		memcpy(m.key, key->text, sizeof(m.key));
		memcpy(m.once, key->once, sizeof(m.once));
	}
	return send(c->fd, &m, sizeof(m), MSG_NOSIGNAL) == -1 ? -1 : 0;
}

int
child_start(struct child *c)
{
	if (c->pid == 0)
		return 0;
	return send_message(c->fd, MESSAGE_GO, 0);
}

void
child_signal(struct child *c, int sig)
{
	if (c->fd != -1 && c->command)
		send_message(c->fd, MESSAGE_SIGNAL, sig);
}

enum child_event
child_read(struct child *c, int *status)
{
	struct message m;

	if (receive_message(c->fd, &m) != sizeof(m))
		return CHILD_GONE;
	if (m.kind == MESSAGE_STOPPED)
		return CHILD_STOPPED;
	*status = m.value;
	return CHILD_ENDED;
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
