/*
 * Try denied operations from inside serve, and write each result to stderr:
 * "probe WHEN WHAT: denied" or "probe WHEN WHAT: done".  It is linked with the
 * objects of the release and -Wl,--wrap=sandbox_enter,--wrap=sandbox_filter.
 * WHEN is "landlock" (before the filter), "filter", or "thread": a thread that
 * started before the filter.
 *
 * PROBE_END=abort, x32 or i386 ends the process by one more call.
 * PROBE_HELPER=1 sends messages that the helper (for the browser and COMMAND)
 * must ignore, then a signal that it must pass on: SIGUSR1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/child_message.h"
#include "server/sandbox.h"

int __real_sandbox_enter(struct sandbox *s, const struct options *opt,
    const struct docroot *docroot);
int __wrap_sandbox_enter(struct sandbox *s, const struct options *opt,
    const struct docroot *docroot);
void __real_sandbox_filter(struct sandbox *s, const struct options *opt);
void __wrap_sandbox_filter(struct sandbox *s, const struct options *opt);

/* The probes' descriptors: one process, one sandbox. */
static int root_fd, tcp_fd, unix_fd, watch_fd, helper_fd;
static pthread_t thread;
static pthread_mutex_t filtered = PTHREAD_MUTEX_INITIALIZER;

struct how {
	uint64_t flags, mode, resolve;
};

static int
read_passwd(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static int
read_etc(void)
{
	return open("/etc", O_RDONLY | O_DIRECTORY);
}

/* Neither Landlock nor a filter can deny it: a filter cannot see paths. */
static int
look_at_passwd(void)
{
	struct stat st;

	return stat("/etc/passwd", &st);
}

static int
read_memory(void)
{
	return open("/proc/self/mem", O_RDONLY);
}

static int
read_root(void)
{
	return openat(root_fd, ".", O_RDONLY | O_DIRECTORY);
}

static int
read_file(void)
{
	return openat(root_fd, "file", O_RDONLY);
}

static int
read_beside(void)
{
	return openat(root_fd, "../beside", O_RDONLY);
}

/* The flags are in memory, where a filter cannot see them. */
static int
open2(uint64_t flags, uint64_t mode, const char *name)
{
	struct how how = { flags, mode, 0 };

	return (int)syscall(SYS_openat2, root_fd, name, &how, sizeof(how));
}

static int
write_file(void)
{
	return open2(O_WRONLY, 0, "file");
}

static int
create_file(void)
{
	return open2(O_WRONLY | O_CREAT, 0666, "created");
}

static int
create_file_openat(void)
{
	return openat(root_fd, "created", O_WRONLY | O_CREAT, 0666);
}

static int
cut_file(void)
{
	return open2(O_RDONLY | O_TRUNC, 0, "file");
}

static int
make_folder(void)
{
	return mkdirat(root_fd, "created", 0777);
}

static int
remove_file(void)
{
	return unlinkat(root_fd, "file", 0);
}

static int
rename_file(void)
{
	return renameat(root_fd, "file", root_fd, "created");
}

static int
link_file(void)
{
	return symlinkat("/etc", root_fd, "created");
}

static int
change_mode(void)
{
	return fchmodat(root_fd, "file", 0777, 0);
}

static int
connect_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(1), .sin_addr = { htonl(INADDR_LOOPBACK) } };

	if (connect(tcp_fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return 0;
	/* Nothing listens there: the call was allowed. */
	return errno == ECONNREFUSED ? 0 : -1;
}

/* Landlock does not check this way to connect: only the filter refuses it. */
static int
connect_by_sending(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(1), .sin_addr = { htonl(INADDR_LOOPBACK) } };

	if (sendto(tcp_fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL,
	    (struct sockaddr *)&to, sizeof(to)) != -1)
		return 0;
	return errno == ENOSYS ? -1 : 0;
}

static int
connect_by_message(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(1), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct iovec v = { .iov_base = (char[]){ "x" }, .iov_len = 1 };
	struct msghdr m = { .msg_name = &to, .msg_namelen = sizeof(to),
		.msg_iov = &v, .msg_iovlen = 1 };

	if (sendmsg(tcp_fd, &m, MSG_FASTOPEN | MSG_NOSIGNAL) != -1)
		return 0;
	return errno == ENOSYS ? -1 : 0;
}

static int
watch_etc(void)
{
	return inotify_add_watch(watch_fd, "/etc", IN_MODIFY);
}

static int
own_descriptor(void)
{
	return fcntl(tcp_fd, F_SETOWN, getppid());
}

static int
map_program(void)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, root_fd, 0);

	return p == MAP_FAILED && errno == ENOSYS ? -1 : 0;
}

static int
bind_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };

	return bind(tcp_fd, (struct sockaddr *)&to, sizeof(to));
}

static struct sockaddr_un
abstract(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "probe%d",
	    (int)getpid());
	return name;
}

/* Listen before the sandbox is in force, on a socket of another domain. */
static void
listen_abstract(void)
{
	struct sockaddr_un name = abstract();
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) == -1 ||
	    listen(fd, 1) == -1)
		abort();
}

static int
connect_abstract(void)
{
	struct sockaddr_un name = abstract();

	return connect(unix_fd, (struct sockaddr *)&name, sizeof(name));
}

static int
make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int
run_program(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };
	char *const none[] = { NULL };

	return execve("/bin/true", argv, none);
}

static int
fork_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static int
signal_parent(void)
{
	return kill(getppid(), 0);
}

static int
signal_parent_thread(void)
{
	return (int)syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static int
trace_parent(void)
{
	return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static int
write_and_run(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static int
write_then_run(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int
type_on_terminal(void)
{
	return ioctl(2, TIOCSTI, "x");
}

static int
become_root(void)
{
	return (int)syscall(SYS_setuid, 0);
}

static int
own_namespace(void)
{
	return (int)syscall(SYS_unshare, 0x10000000 /* of users */);
}

static int
load_bpf(void)
{
	return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static const struct {
	const char *name;
	int (*call)(void);
	bool filter_only;	/* Landlock and capabilities do not deny it */
} probes[] = {
	{ "reads the root", read_root, false },
	{ "reads a file", read_file, false },
	{ "reads beside the root", read_beside, false },
	{ "looks at /etc/passwd", look_at_passwd, false },
	{ "reads /etc/passwd", read_passwd, false },
	{ "reads /etc", read_etc, false },
	{ "reads /proc/self/mem", read_memory, false },
	{ "writes a file", write_file, false },
	{ "creates a file", create_file, false },
	{ "creates a file with openat", create_file_openat, false },
	{ "cuts a file", cut_file, false },
	{ "makes a folder", make_folder, false },
	{ "removes a file", remove_file, false },
	{ "renames a file", rename_file, false },
	{ "links a file", link_file, false },
	{ "changes a mode", change_mode, true },
	{ "connects", connect_tcp, false },
	{ "connects by sending", connect_by_sending, true },
	{ "connects by a message", connect_by_message, true },
	{ "watches /etc", watch_etc, true },
	{ "lets a descriptor signal its parent", own_descriptor, true },
	{ "maps a file", map_program, true },
	{ "binds", bind_tcp, false },
	{ "connects to an abstract socket", connect_abstract, false },
	{ "makes a socket", make_socket, true },
	{ "runs a program", run_program, false },
	{ "forks", fork_process, true },
	{ "signals its parent", signal_parent, false },
	{ "signals its parent's thread", signal_parent_thread, false },
	{ "traces its parent", trace_parent, false },
	{ "runs what it writes", write_and_run, false },
	{ "runs what it wrote", write_then_run, false },
	{ "types on the terminal", type_on_terminal, true },
	{ "becomes root", become_root, true },
	{ "makes a namespace", own_namespace, true },
	{ "loads a BPF program", load_bpf, true },
};

static void
probe(const char *when, bool filter)
{
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		if (probes[i].filter_only && !filter)
			continue;
		errno = 0;
		if (probes[i].call() == -1)
			dprintf(2, "probe %s %s: denied (%d)\n", when,
			    probes[i].name, errno);
		else
			dprintf(2, "probe %s %s: done\n", when,
			    probes[i].name);
	}
}

static void *
probe_thread(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&filtered);
	probe("thread", true);
	pthread_mutex_unlock(&filtered);
	return NULL;
}

/* Find the socket to the helper: the only one of its type. */
static int
find_helper(void)
{
	for (int fd = 0; fd < 64; fd++) {
		int type = 0;
		socklen_t n = sizeof(type);

		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
		    type == SOCK_SEQPACKET)
			return fd;
	}
	return -1;
}

static void
attack_helper(void)
{
	static const int signals[] = { 0, -1, SIGKILL, SIGSTOP, SIGSEGV, 99 };
	struct message m = { .kind = MESSAGE_START, .value = 1 };

	strcpy(m.url, "http://evil.example/");
	send(helper_fd, &m, sizeof(m), 0);
	memset(m.url, 'A', sizeof(m.url));
	memset(m.key, 'A', sizeof(m.key));
	send(helper_fd, &m, sizeof(m), 0);
	send(helper_fd, &m, sizeof(m) - 1, 0);
	send(helper_fd, &m, 1, 0);
	m.kind = MESSAGE_GO;
	for (int i = 0; i < 3; i++)
		send(helper_fd, &m, sizeof(m), 0);
	m.kind = MESSAGE_START;
	send(helper_fd, &m, sizeof(m), 0);
	m.kind = MESSAGE_SIGNAL;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		m.value = signals[i];
		send(helper_fd, &m, sizeof(m), 0);
	}
	for (int kind = -1; kind < 9; kind++) {
		m.kind = (enum message_kind)kind;
		if (kind != MESSAGE_GO && kind != MESSAGE_SIGNAL)
			send(helper_fd, &m, sizeof(m), 0);
	}
	m = (struct message){ .kind = MESSAGE_SIGNAL, .value = SIGUSR1 };
	send(helper_fd, &m, sizeof(m), 0);
}

static void
end(const char *how)
{
	if (strcmp(how, "abort") == 0)
		abort();
#ifdef __x86_64__
	if (strcmp(how, "x32") == 0)
		syscall(0x40000000 | SYS_getpid);
	if (strcmp(how, "i386") == 0)	/* getpid, by its number there */
		__asm__ volatile ("int $0x80" : : "a"(20) : "memory");
#endif
}

int
__wrap_sandbox_enter(struct sandbox *s, const struct options *opt,
    const struct docroot *docroot)
{
	int r;

	tcp_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unix_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	listen_abstract();
	watch_fd = inotify_init1(IN_CLOEXEC);
	helper_fd = find_helper();
	root_fd = docroot->fd;
	r = __real_sandbox_enter(s, opt, docroot);
	probe("landlock", false);
	pthread_mutex_lock(&filtered);
	if (pthread_create(&thread, NULL, probe_thread, NULL) != 0)
		abort();
	return r;
}

void
__wrap_sandbox_filter(struct sandbox *s, const struct options *opt)
{
	__real_sandbox_filter(s, opt);
	probe("filter", true);
	pthread_mutex_unlock(&filtered);
	pthread_join(thread, NULL);
	if (getenv("PROBE_HELPER") != NULL)
		attack_helper();
	if (getenv("PROBE_END") != NULL)
		end(getenv("PROBE_END"));
}
