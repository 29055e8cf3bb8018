#include "server/seccomp.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/slice.h"

/* linux/audit.h: the architecture, as the kernel names it to the filter.
 * FOREIGN_NR is the first number of a second set of calls. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define AUDIT_ARCH 0xc000003eu
#define FOREIGN_NR 0x40000000u		/* x32 */
#elif defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__)
#define AUDIT_ARCH 0xc00000b7u
#elif defined(__riscv) && __riscv_xlen == 64
#define AUDIT_ARCH 0xc00000f3u
#elif defined(__i386__)
#define AUDIT_ARCH 0x40000003u
#elif defined(__ARM_EABI__) && !defined(__ARMEB__)
#define AUDIT_ARCH 0x40000028u
#endif

#ifdef AUDIT_ARCH

/* New calls have the same number on all architectures. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* linux/filter.h and linux/bpf_common.h */
enum {
	BPF_LD = 0x00, BPF_W = 0x00, BPF_ABS = 0x20,
	BPF_ALU = 0x04, BPF_AND = 0x50,
	BPF_JMP = 0x05, BPF_JEQ = 0x10, BPF_JGE = 0x30,
	BPF_RET = 0x06, BPF_K = 0x00,
};

struct sock_fprog {
	unsigned short len;
	struct sock_filter *filter;
};

/* linux/seccomp.h */
enum {
	SECCOMP_SET_MODE_FILTER = 1,
	SECCOMP_FILTER_FLAG_TSYNC = 1 << 0,
	SECCOMP_FILTER_FLAG_SPEC_ALLOW = 1 << 2,
};

#define SECCOMP_RET_KILL_PROCESS 0x80000000u
#define SECCOMP_RET_ERRNO 0x00050000u
#define SECCOMP_RET_ALLOW 0x7fff0000u

/* A libc falls back to another call on ENOSYS, but not on EPERM. */
#define REFUSE (SECCOMP_RET_ERRNO | ENOSYS)

/* The filter reads struct seccomp_data; all these machines are little-endian,
 * so the low half of a 64-bit argument comes first. */
enum {
	DATA_NR = 0,
	DATA_ARCH = 4,
	DATA_ARGS = 16,
};

/* A condition on the arguments of a call: (half & mask) == value for each half
 * that is named.  Half 2 * N is the low half of argument N, counted from 0. */
struct condition {
	uint8_t half;
	uint32_t mask, value;
};

enum { CONDITIONS = 3 };

struct checked_call {
	int nr;
	uint8_t count;
	struct condition condition[CONDITIONS];
};

#define LOW(n) (2 * (n))
#define HIGH(n) (2 * (n) + 1)
#define IS(n, v) { LOW(n), ~0u, (uint32_t)(v) }
#define ONLY(n, bits) { LOW(n), ~(uint32_t)(bits), 0 }
#define IS_NULL(n) IS(n, 0), { HIGH(n), ~0u, 0 }

/* glibc 2.42 asks whether a file is a terminal by TCGETS2, whose struct is in
 * <asm/termbits.h> only, and guards stacks by MADV_GUARD_INSTALL. */
#define GET_TERMIOS2 _IOR('T', 0x2a, char[44])
#define GUARD_STACK 102

enum {
	OPEN_TO_READ = O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK |
	    O_PATH | O_LARGEFILE | O_NOATIME | O_NOCTTY,
	DATA_MEMORY = PROT_READ | PROT_WRITE,
	SEND_FLAGS = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE,
	MAP_HINTS = MAP_NORESERVE | MAP_STACK | MAP_FIXED,
	NOWAIT = 0x08,			/* RWF_NOWAIT */
	RWF_FLAGS = NOWAIT | 0x10,	/* and RWF_APPEND */
	NEW_THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
	    CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
	    CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
	DETACHED = 0x00400000,		/* set by musl, without a meaning */
};

/*
 * Calls that do more than serving needs, depending on an argument.  A call may
 * be listed several times: one match is enough.
 */
static const struct checked_call checked_calls[] = {
	/* openat2 has its flags in memory: there Landlock prevents writing. */
	{ SYS_openat, 1, { ONLY(2, OPEN_TO_READ) } },
#ifdef SYS_open
	{ SYS_open, 1, { ONLY(1, OPEN_TO_READ) } },
#endif
	/* With MSG_FASTOPEN and an address, sendto connects, which Landlock
	 * does not check.  sendmsg has its address in memory, and is not
	 * needed. */
	{ SYS_sendto, 3, { ONLY(3, SEND_FLAGS), IS_NULL(4) } },
#ifdef SYS_send
	{ SYS_send, 1, { ONLY(3, SEND_FLAGS) } },
#endif
	{ SYS_setsockopt, 2, { IS(1, SOL_SOCKET), IS(2, SO_LINGER) } },
#ifdef SYS_socketcall
	/* glibc on i386 has no other way.  The arguments are in memory, but
	 * these four calls have no destination address. */
	{ SYS_socketcall, 1, { IS(0, 9) } },	/* send */
	{ SYS_socketcall, 1, { IS(0, 10) } },	/* recv */
	{ SYS_socketcall, 1, { IS(0, 13) } },	/* shutdown */
	{ SYS_socketcall, 1, { IS(0, 18) } },	/* accept4 */
#endif
	/* A thread, which the filter binds too; clone3 has its flags in
	 * memory, so libc falls back to this. */
	{ SYS_clone, 1, { { LOW(0), ~(uint32_t)DETACHED, NEW_THREAD } } },
	{ SYS_ioctl, 1, { IS(1, TIOCOUTQ) } },	/* SIOCOUTQ */
	{ SYS_ioctl, 1, { IS(1, TCGETS) } },
	{ SYS_ioctl, 1, { IS(1, GET_TERMIOS2) } },
	{ SYS_ioctl, 1, { IS(1, TIOCGWINSZ) } },
	{ SYS_fcntl, 1, { IS(1, F_SETFD) } },
	{ SYS_fcntl, 1, { IS(1, F_GETFL) } },
	{ SYS_fcntl, 1, { IS(1, F_DUPFD_CLOEXEC) } },
#ifdef SYS_fcntl64
	{ SYS_fcntl64, 1, { IS(1, F_SETFD) } },
	{ SYS_fcntl64, 1, { IS(1, F_GETFL) } },
	{ SYS_fcntl64, 1, { IS(1, F_DUPFD_CLOEXEC) } },
#endif
	/* Anonymous memory only, and not executable. */
#ifdef SYS_mmap2
	{ SYS_mmap2, 2, { ONLY(2, DATA_MEMORY),
	    { LOW(3), ~(uint32_t)MAP_HINTS, MAP_PRIVATE | MAP_ANONYMOUS } } },
#else
	{ SYS_mmap, 2, { ONLY(2, DATA_MEMORY),
	    { LOW(3), ~(uint32_t)MAP_HINTS, MAP_PRIVATE | MAP_ANONYMOUS } } },
#endif
	{ SYS_mprotect, 1, { ONLY(2, DATA_MEMORY) } },
	{ SYS_mremap, 1, { ONLY(3, MREMAP_MAYMOVE) } },
	{ SYS_madvise, 1, { IS(2, MADV_DONTNEED) } },
	{ SYS_madvise, 1, { IS(2, MADV_FREE) } },
	{ SYS_madvise, 1, { IS(2, GUARD_STACK) } },
	{ SYS_pwritev2, 1, { ONLY(5, RWF_FLAGS) } },
	{ SYS_preadv2, 1, { IS(5, NOWAIT) } },
	{ SYS_epoll_ctl, 1, { IS(1, EPOLL_CTL_ADD) } },
	{ SYS_epoll_ctl, 1, { IS(1, EPOLL_CTL_DEL) } },
	{ SYS_epoll_ctl, 1, { IS(1, EPOLL_CTL_MOD) } },
};

/*
 * The calls of loops and main() while they serve, and those that a libc makes
 * for them or by itself.  Add new calls here.
 */
static const int allowed_calls[] = {
	/* Existing sockets, and sockets accepted from them. */
	SYS_accept4,
	SYS_recvfrom,
#ifdef SYS_recv
	SYS_recv,
#endif
	SYS_sendfile,
#ifdef SYS_sendfile64
	SYS_sendfile64,
#endif
	SYS_shutdown,

	/* Waiting. */
	SYS_epoll_pwait,
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_ppoll
	SYS_ppoll,
#endif
#ifdef SYS_ppoll_time64
	SYS_ppoll_time64,
#endif

	/* Reading files, and writing the log. */
	SYS_close,
	SYS_fstat,
#ifdef SYS_fstat64
	SYS_fstat64,
#endif
	SYS_fstatfs,		/* is it a slow disk? */
#ifdef SYS_fstatfs64
	SYS_fstatfs64,
#endif
#ifdef SYS_fstatat64
	SYS_fstatat64,
#endif
	SYS_getdents64,
	SYS_lseek,		/* stdio, at first and last use */
#ifdef SYS__llseek
	SYS__llseek,
#endif
#ifdef SYS_lstat
	SYS_lstat,
#endif
#ifdef SYS_lstat64
	SYS_lstat64,
#endif
#ifdef SYS_newfstatat
	SYS_newfstatat,
#endif
	SYS_openat2,
	SYS_pread64,
	SYS_read,
	SYS_readahead,
#ifdef SYS_readlink
	SYS_readlink,
#endif
	SYS_readlinkat,
#ifdef SYS_stat
	SYS_stat,
#endif
#ifdef SYS_stat64
	SYS_stat64,
#endif
	SYS_statx,
	SYS_write,
	SYS_writev,

	/* Memory, threads, clocks, exit. */
	SYS_brk,
#ifdef SYS_clock_gettime
	SYS_clock_gettime,
#endif
#ifdef SYS_clock_gettime32
	SYS_clock_gettime32,
#endif
#ifdef SYS_clock_gettime64
	SYS_clock_gettime64,
#endif
	SYS_exit,
	SYS_exit_group,
#ifdef SYS_futex
	SYS_futex,
#endif
#ifdef SYS_futex_time64
	SYS_futex_time64,
#endif
	SYS_getpid,
	SYS_getrandom,
	SYS_gettid,
#ifdef SYS_gettimeofday
	SYS_gettimeofday,
#endif
	SYS_munmap,
	SYS_restart_syscall,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
#ifdef SYS_sigreturn
	SYS_sigreturn,
#endif
	SYS_sched_getaffinity,
	SYS_sched_yield,
	SYS_wait4,		/* waitpid(2) for the helper */

	/* Startup of a thread. */
#ifdef SYS_rseq
	SYS_rseq,
#endif
	SYS_set_robust_list,
};

/* On 32-bit machines musl names the calls with a 32-bit time differently. */
static const int watch_calls[] = {
#ifdef SYS_timerfd_settime
	SYS_timerfd_settime,
#endif
#ifdef SYS_timerfd_settime32
	SYS_timerfd_settime32,
#endif
#ifdef SYS_timerfd_settime64
	SYS_timerfd_settime64,
#endif
	SYS_inotify_add_watch,
	SYS_inotify_rm_watch,
};

static const int receive_calls[] = {
	SYS_recvmsg,
};

/* Long replies, from socket to socket through a pipe. */
static const struct checked_call receive_checked[] = {
	{ SYS_splice, 1, { IS(5, SPLICE_F_NONBLOCK) } },
};

/* sendmsg passes a socket on.  It could also connect, as this process may. */
static const int connect_calls[] = {
	SYS_connect,
	SYS_getsockopt,
	SYS_sendmsg,
};

/* A resolver: sockets of its own, and a thread. */
static const int look_up_calls[] = {
	SYS_bind,
	SYS_clone,
	SYS_clone3,
	SYS_getpeername,
	SYS_getsockname,
	SYS_recvmsg,
	SYS_sendmmsg,
	SYS_sendto,
	SYS_setsockopt,
	SYS_socket,
	SYS_uname,
#ifdef SYS_access
	SYS_access,
#endif
	SYS_faccessat,
};

/* Stream sockets of the internet and of this machine, and their options. */
static const struct checked_call connect_checked[] = {
	{ SYS_socket, 2, { IS(0, AF_INET),
	    { LOW(1), ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC),
	    SOCK_STREAM } } },
	{ SYS_socket, 2, { IS(0, AF_INET6),
	    { LOW(1), ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC),
	    SOCK_STREAM } } },
	{ SYS_socket, 2, { IS(0, AF_UNIX),
	    { LOW(1), ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC),
	    SOCK_STREAM } } },
	/* The options of tcp.c. */
	{ SYS_setsockopt, 2, { IS(1, IPPROTO_TCP), IS(2, TCP_NODELAY) } },
	{ SYS_setsockopt, 2, { IS(1, SOL_SOCKET), IS(2, SO_KEEPALIVE) } },
	{ SYS_setsockopt, 2, { IS(1, IPPROTO_TCP), IS(2, TCP_KEEPIDLE) } },
	{ SYS_setsockopt, 2, { IS(1, IPPROTO_TCP), IS(2, TCP_KEEPINTVL) } },
	{ SYS_setsockopt, 2, { IS(1, IPPROTO_TCP), IS(2, TCP_KEEPCNT) } },
};

static const struct checked_call look_up_checked[] = {
	{ SYS_ioctl, 1, { IS(1, FIONREAD) } },
	{ SYS_fcntl, 1, { IS(1, F_SETFL) } },
};

enum {
	ALLOWED_MAX = LENGTH_OF(allowed_calls) + LENGTH_OF(watch_calls) +
	    LENGTH_OF(receive_calls) + LENGTH_OF(connect_calls) +
	    LENGTH_OF(look_up_calls),
	CHECKED_MAX = LENGTH_OF(checked_calls) + LENGTH_OF(receive_checked) +
	    LENGTH_OF(connect_checked) + LENGTH_OF(look_up_checked) + 1,
};

struct program {
	struct sock_filter *steps;
	size_t n;
	int allowed[ALLOWED_MAX];
	size_t allowed_n;
	const struct checked_call *checked[CHECKED_MAX];
	size_t checked_n;
};

static void
add(struct program *p, int code, uint32_t k, size_t jt, size_t jf)
{
	p->steps[p->n++] = (struct sock_filter){
		(uint16_t)code, (uint8_t)jt, (uint8_t)jf, k,
	};
}

/* Check the arguments of one call.  Before and after these steps, the
 * accumulator has the number of the call. */
static void
add_checked(struct program *p, const struct checked_call *c)
{
	size_t skip = 3 * (size_t)c->count + 2;

	add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->nr, 0, skip);
	for (size_t i = 0; i < c->count; i++) {
		const struct condition *a = &c->condition[i];

		skip -= 3;
		add(p, BPF_LD | BPF_W | BPF_ABS, DATA_ARGS + 4u * a->half, 0,
		    0);
		add(p, BPF_ALU | BPF_AND | BPF_K, a->mask, 0, 0);
		add(p, BPF_JMP | BPF_JEQ | BPF_K, a->value, 0, skip - 1);
	}
	add(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	add(p, BPF_LD | BPF_W | BPF_ABS, DATA_NR, 0, 0);
}

static void
allow(struct program *p, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p->allowed[p->allowed_n++] = calls[i];
}

static void
check_all(struct program *p, const struct checked_call *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p->checked[p->checked_n++] = &calls[i];
}

enum { BLOCK = 32 };	/* numbers that are checked together */

static bool
is_in_block(int nr, uint32_t from)
{
	return (uint32_t)nr - from < BLOCK;
}

/*
 * Decide on the numbers from..from + BLOCK; higher ones jump past it.  To fill
 * its bitmap (Linux 5.11), the kernel runs the program once for each call
 * number, with interrupts off: without blocks that takes 70 us at each start.
 * Returns how many entries of the tables it covers.
 */
static size_t
add_block(struct program *p, uint32_t from)
{
	struct sock_filter *begin = &p->steps[p->n];
	size_t n = 0, left = 0, size;

	add(p, BPF_JMP | BPF_JGE | BPF_K, from + BLOCK, 0, 0);
	for (size_t i = 0; i < p->checked_n; i++)
		if (is_in_block(p->checked[i]->nr, from)) {
			add_checked(p, p->checked[i]);
			n++;
		}
	for (size_t i = 0; i < p->allowed_n; i++)
		left += is_in_block(p->allowed[i], from);
	n += left;
	for (size_t i = 0; i < p->allowed_n; i++)
		if (is_in_block(p->allowed[i], from))
			add(p, BPF_JMP | BPF_JEQ | BPF_K,
			    (uint32_t)p->allowed[i], left--, 0);
	add(p, BPF_RET | BPF_K, REFUSE, 0, 0);
	add(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	size = (size_t)(&p->steps[p->n] - begin);
	assert(size - 1 <= UINT8_MAX);
	begin->jt = (uint8_t)(size - 1);
	if (n == 0)
		p->n -= size;
	return n;
}

static void
check_architecture(struct program *p)
{
	add(p, BPF_LD | BPF_W | BPF_ABS, DATA_ARCH, 0, 0);
	add(p, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH, 1, 0);
	add(p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	add(p, BPF_LD | BPF_W | BPF_ABS, DATA_NR, 0, 0);
#ifdef FOREIGN_NR
	add(p, BPF_JMP | BPF_JGE | BPF_K, FOREIGN_NR, 0, 1);
	add(p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
#endif
}

/* Add the calls of each use. */
static void
allow_uses(struct program *p, unsigned uses)
{
	if (uses & SECCOMP_WATCH)
		allow(p, watch_calls, LENGTH_OF(watch_calls));
	if (uses & SECCOMP_RECEIVE) {
		allow(p, receive_calls, LENGTH_OF(receive_calls));
		check_all(p, receive_checked, LENGTH_OF(receive_checked));
	}
	if (uses & SECCOMP_CONNECT) {
		allow(p, connect_calls, LENGTH_OF(connect_calls));
		check_all(p, connect_checked, LENGTH_OF(connect_checked));
	}
	if (uses & SECCOMP_LOOK_UP) {
		allow(p, look_up_calls, LENGTH_OF(look_up_calls));
		check_all(p, look_up_checked, LENGTH_OF(look_up_checked));
	}
}

/* The kernel keeps calls that are decided by their number in a bitmap: they
 * need no run of the program. */
size_t
seccomp_build(struct sock_filter steps[SECCOMP_STEPS_MAX], unsigned uses)
{
	/* abort(3) and raise(3): a signal, only to this process. */
	struct checked_call own = { SYS_tgkill, 1, { IS(0, getpid()) } };
	struct program p = { .steps = steps };
	uint32_t from = 0;

	check_architecture(&p);
	allow(&p, allowed_calls, LENGTH_OF(allowed_calls));
	check_all(&p, checked_calls, LENGTH_OF(checked_calls));
	check_all(&p, &own, 1);
	allow_uses(&p, uses);
	for (size_t n = 0; n < p.allowed_n + p.checked_n; from += BLOCK)
		n += add_block(&p, from);
	add(&p, BPF_RET | BPF_K, REFUSE, 0, 0);
	return p.n;
}

/* The maximum number of steps that the tables can produce. */
static_assert(16 + (6 + 3 * CONDITIONS + 1) * CHECKED_MAX + 4 * ALLOWED_MAX <=
    SECCOMP_STEPS_MAX, "the program fits");

bool
seccomp_install(unsigned uses)
{
	struct sock_filter steps[SECCOMP_STEPS_MAX];
	struct sock_fprog p = { .filter = steps };

	p.len = (unsigned short)seccomp_build(steps, uses);
	/*
	 * SPEC_ALLOW: before Linux 5.16 a filter also turned on mitigations
	 * against Spectre, which slow every branch and are meant for programs
	 * that run foreign code.
	 */
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	    &p) == 0;
}

#else

size_t
seccomp_build(struct sock_filter steps[SECCOMP_STEPS_MAX], unsigned uses)
{
	(void)steps;
	(void)uses;
	return 0;
}

bool
seccomp_install(unsigned uses)
{
	(void)uses;
	return false;
}

#endif
