/*
 * Run the filter of server/seccomp.c on calls that it must allow or refuse,
 * without installing it, for the architecture of this build, which may differ
 * from the machine's.  Print each wrong result; exit with 1 if there was one.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/seccomp.h"

#if defined(__x86_64__)
#define ARCH 0xc000003eu
#elif defined(__aarch64__)
#define ARCH 0xc00000b7u
#elif defined(__riscv)
#define ARCH 0xc00000f3u
#elif defined(__i386__)
#define ARCH 0x40000003u
#elif defined(__arm__)
#define ARCH 0x40000028u
#endif

#define OPENAT2 437

/* linux/seccomp.h */
struct seccomp_data {
	int nr;
	uint32_t arch;
	uint64_t instruction_pointer;
	uint64_t args[6];
};

enum { ALLOW = 0x7fff0000, REFUSE = 0x00050000 | ENOSYS };
#define KILL 0x80000000u

static struct sock_filter steps[SECCOMP_STEPS_MAX];
static size_t step_count;

/* Interpret the instructions that the filter may use; others end the test. */
static uint32_t
verdict(const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t i = 0; i < step_count; i++) {
		const struct sock_filter *s = &steps[i];

		switch (s->code) {
		case 0x20:
			if (s->k % 4 != 0 || s->k >= sizeof(*data))
				abort();
			a = ((const uint32_t *)(const void *)data)[s->k / 4];
			break;
		case 0x54:
			a &= s->k;
			break;
		case 0x15:
			i += a == s->k ? s->jt : s->jf;
			break;
		case 0x35:
			i += a >= s->k ? s->jt : s->jf;
			break;
		case 0x06:
			return s->k;
		default:
			abort();
		}
	}
	abort();	/* the program ran past its end */
}

struct attempt {
	const char *what;
	uint32_t verdict;
	int nr;
	uint64_t args[6];
};

#define A(what, nr, ...) { what, ALLOW, SYS_##nr, { __VA_ARGS__ } }
#define R(what, nr, ...) { what, REFUSE, SYS_##nr, { __VA_ARGS__ } }

#ifdef SYS_mmap2
#define SYS_map SYS_mmap2
#else
#define SYS_map SYS_mmap
#endif

enum {
	OWN = MAP_PRIVATE | MAP_ANONYMOUS,
	RW = PROT_READ | PROT_WRITE,
	QUIET = MSG_NOSIGNAL | MSG_DONTWAIT,
};

static const struct attempt attempts[] = {
	A("reads", read, 3),
	A("writes", write, 1),
	A("accepts", accept4, 3),
	A("ends", exit_group, 0),
	{ "opens by openat2", ALLOW, OPENAT2, { 0 } },
	A("opens to read", openat, 3, 1, O_RDONLY | O_CLOEXEC | O_DIRECTORY),
	R("opens to write", openat, 3, 1, O_WRONLY),
	R("opens to read and write", openat, 3, 1, O_RDWR),
	R("creates", openat, 3, 1, O_CREAT),
	R("cuts", openat, 3, 1, O_TRUNC),
	R("makes a nameless file", openat, 3, 1, O_TMPFILE),

	A("sends", sendto, 3, 1, 1, QUIET | MSG_MORE, 0, 0),
	R("sends to an address", sendto, 3, 1, 1, QUIET, 0x1000, 16),
	R("sends to a high address", sendto, 3, 1, 1, QUIET,
	    sizeof(long) == 8 ? 1ull << 32 : 1, 16),
	R("connects by sending", sendto, 3, 1, 1, MSG_FASTOPEN, 0x1000, 16),
	R("opens fast", sendto, 3, 1, 1, QUIET | MSG_FASTOPEN, 0, 0),
	R("sends out of band", sendto, 3, 1, 1, MSG_OOB, 0, 0),
	R("sends messages", sendmsg, 3, 1, 0),
	R("sends many messages", sendmmsg, 3, 1, 1, 0),
	R("connects", connect, 3, 1, 16),
	R("binds", bind, 3, 1, 16),
	R("listens", listen, 3, 1),
	R("makes a socket", socket, AF_INET, SOCK_STREAM, 0),
	A("closes with a reset", setsockopt, 3, SOL_SOCKET, SO_LINGER, 0, 8),
	R("sets options of sockets", setsockopt, 3, 6, 30, 1, 4),

	A("asks how much is queued", ioctl, 3, TIOCOUTQ),
	A("asks for a window's size", ioctl, 1, TIOCGWINSZ),
	A("asks for the modes of a terminal", ioctl, 1, TCGETS),
	A("asks as glibc 2.42 does", ioctl, 1, 0x802c542a),	/* TCGETS2 */
	R("types on a terminal", ioctl, 1, TIOCSTI),
	R("takes a terminal", ioctl, 1, TIOCSCTTY),
	R("is told by signals", ioctl, 3, FIOASYNC),
	A("reads flags", fcntl, 3, F_GETFL),
	R("sets flags", fcntl, 3, F_SETFL, O_ASYNC),
	R("duplicates", fcntl, 3, F_DUPFD, 0),
	A("duplicates with close-on-exec", fcntl, 3, F_DUPFD_CLOEXEC, 0),
	R("lets itself be signalled", fcntl, 3, F_SETOWN, 1),
	R("leases a file", fcntl, 3, F_SETLEASE, F_RDLCK),
	R("sets process options", prctl, 4, 1),

	A("gets memory", map, 0, 4096, RW, OWN, ~0u, 0),
	A("reserves memory", map, 0, 4096, PROT_NONE, OWN | MAP_NORESERVE, ~0u, 0),
	R("gets memory to run", map, 0, 4096, RW | PROT_EXEC, OWN, ~0u, 0),
	R("maps a file", map, 0, 4096, PROT_READ, MAP_PRIVATE, 3, 0),
	R("maps shared memory", map, 0, 4096, RW, MAP_SHARED | MAP_ANONYMOUS,
	    ~0u, 0),
	A("protects memory", mprotect, 0x1000, 4096, PROT_NONE),
	R("runs its memory", mprotect, 0x1000, 4096, PROT_READ | PROT_EXEC),
	A("moves memory", mremap, 0x1000, 4096, 8192, MREMAP_MAYMOVE, 0),
	R("moves memory to where it says", mremap, 0x1000, 4096, 4096,
	    MREMAP_MAYMOVE | MREMAP_FIXED, 0x2000),
	A("gives memory back", madvise, 0x1000, 4096, MADV_DONTNEED),
	A("guards a stack", madvise, 0x1000, 4096, 102),
	R("poisons memory", madvise, 0x1000, 4096, MADV_HWPOISON),
	R("shares equal memory", madvise, 0x1000, 4096, MADV_MERGEABLE),

	A("reads without waiting", preadv2, 3, 1, 1, 0, 0, 0x08),
	R("reads past the page cache", preadv2, 3, 1, 1, 0, 0, 0x01),
	R("reads in another way", preadv2, 3, 1, 1, 0, 0, 0x0c),
	A("reads ahead", readahead, 3, 0, 1),
	A("writes without waiting", pwritev2, 1, 1, 1, ~0ull, ~0ull, 0x08),
	R("writes to disk at once", pwritev2, 1, 1, 1, ~0ull, ~0ull, 0x04),
	A("watches a descriptor", epoll_ctl, 3, EPOLL_CTL_ADD, 4, 1),
	R("does something new with epoll", epoll_ctl, 3, 4, 4, 1),

	A("starts a thread", clone, CLONE_VM | CLONE_FS | CLONE_FILES |
	    CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
	    CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID),
	R("makes a process", clone, 17),
	R("makes a process in its memory", clone, CLONE_VM | CLONE_VFORK | 17),
	R("starts a thread with its own files", clone, CLONE_VM |
	    CLONE_SIGHAND | CLONE_THREAD),
	R("makes a process anew", clone3, 1, 64),
	R("runs a program", execve, 1, 1, 1),
	R("runs a program by descriptor", execveat, 3, 1, 1, 1, 0),
	R("signals", kill, 1, 9),
	R("signals another's thread", tgkill, 1, 1, 9),
	R("traces", ptrace, 16, 1),
	R("reads another's memory", process_vm_readv, 1, 1, 1, 1, 1, 0),
	R("writes another's memory", process_vm_writev, 1, 1, 1, 1, 1, 0),
	R("takes another's descriptor", pidfd_getfd, 3, 1, 0),
	R("removes", unlinkat, 3, 1, 0),
	R("renames", renameat2, 3, 1, 3, 1, 0),
	R("makes a folder", mkdirat, 3, 1, 0777),
	R("makes a link", symlinkat, 1, 3, 1),
	R("makes a hard link", linkat, 3, 1, 3, 1, 0),
	R("changes a mode", fchmodat, 3, 1, 0777),
	R("changes an owner", fchownat, 3, 1, 0, 0, 0),
	R("cuts a file", ftruncate, 1, 0),
	R("becomes another user", setresuid, 0, 0, 0),
	R("mounts", mount, 1, 1, 1, 0, 0),
	R("makes a namespace", unshare, 0x10000000),
	R("changes its root", chroot, 1),
	R("loads BPF", bpf, 0, 1, 1),
	R("uses io_uring", io_uring_setup, 1, 1),
	R("raises its limits", prlimit64, 0, 7, 1, 0),
	R("changes its filter", seccomp, 1, 0, 1),
};

static int wrong;

static void
expect(const char *what, uint32_t want, const struct seccomp_data *data)
{
	uint32_t got = verdict(data);

	if (got == want)
		return;
	printf("%s: %#x, not %#x\n", what, got, want);
	wrong = 1;
}

/* Only with --proxy, and only in the way that serve uses it. */
static void
try_splicing(unsigned uses, uint64_t flags, uint32_t want)
{
	struct seccomp_data data = { .arch = ARCH, .nr = SYS_splice };

	step_count = seccomp_build(steps, uses);
	data.args[5] = flags;
	expect("splices", want, &data);
}

static void
try_watching(uint32_t want)
{
	struct seccomp_data data = { .arch = ARCH };

	data.nr = SYS_inotify_add_watch;
	expect("watches files", want, &data);
}

int
main(void)
{
	struct seccomp_data data = { .arch = ARCH };

	step_count = seccomp_build(steps, SECCOMP_WATCH);
	try_watching(ALLOW);
	step_count = seccomp_build(steps, 0);
	try_watching(REFUSE);
	try_splicing(SECCOMP_RECEIVE, SPLICE_F_NONBLOCK, ALLOW);
	try_splicing(SECCOMP_RECEIVE, SPLICE_F_GIFT, REFUSE);
	try_splicing(SECCOMP_CONNECT | SECCOMP_LOOK_UP, SPLICE_F_NONBLOCK,
	    REFUSE);
	try_splicing(0, SPLICE_F_NONBLOCK, REFUSE);
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		data.nr = attempts[i].nr;
		for (int k = 0; k < 6; k++)
			data.args[k] = attempts[i].args[k];
		expect(attempts[i].what, attempts[i].verdict, &data);
	}
	data = (struct seccomp_data){ .arch = ARCH, .nr = SYS_tgkill };
	data.args[0] = (uint64_t)getpid();
	expect("aborts", ALLOW, &data);
	data = (struct seccomp_data){ .arch = ARCH ^ 1, .nr = SYS_read };
	expect("reads on another architecture", KILL, &data);
#ifdef __x86_64__
	data = (struct seccomp_data){ .arch = ARCH, .nr = 0x40000000 | SYS_read };
	expect("reads as x32", KILL, &data);
#endif
	data = (struct seccomp_data){ .arch = ARCH, .nr = -1 };
#ifndef __x86_64__
	expect("calls number -1", REFUSE, &data);
#endif
	printf("%zu steps\n", step_count);
	return wrong;
}
