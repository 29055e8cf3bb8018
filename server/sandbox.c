#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/sandbox.h"

/*
 * Sanitizers, valgrind (-DSERVE_UNCONFINED) and coverage builds open files and
 * start processes to the end.  Only a build can leave the sandbox out: no
 * option and no variable does.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SERVE_UNCONFINED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(thread_sanitizer)
#define SERVE_UNCONFINED
#endif
#endif

#ifndef SERVE_UNCONFINED

/*
 * From the kernel's headers, which not every libc brings: linux/landlock.h,
 * seccomp.h, filter.h, audit.h, capability.h, prctl.h.
 */
/* New calls have the same number on all architectures. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum {
	LANDLOCK_VERSION = 1,		/* flag: ask for it */
	LANDLOCK_PATH_BENEATH = 1,
	LANDLOCK_READ_FILE = 1 << 2,
	LANDLOCK_READ_DIR = 1 << 3,
	LANDLOCK_NET_ALL = 3,		/* bind and connect, TCP */
	LANDLOCK_SCOPE_ALL = 3,		/* abstract sockets, signals */
};

struct landlock_ruleset {
	uint64_t fs, net, scoped;
};

struct landlock_beneath {
	uint64_t allowed;
	int32_t fd;
} __attribute__((packed));

struct bpf_step {
	uint16_t code;
	uint8_t jump_true, jump_false;
	uint32_t k;
};

struct bpf_program {
	unsigned short n;
	struct bpf_step *steps;
};

enum {
	BPF_LOAD = 0x20,		/* a word of struct seccomp_data */
	BPF_AND = 0x54,
	BPF_IF_EQUAL = 0x15,
	BPF_IF_AT_LEAST = 0x35,
	BPF_RETURN = 0x06,

	SECCOMP_NR = 0,			/* of struct seccomp_data */
	SECCOMP_ARCH = 4,
	SECCOMP_ARGS = 16,

	SECCOMP_MODE_FILTER = 1,
	SECCOMP_TSYNC = 1 << 0,
	SECCOMP_SPEC_ALLOW = 1 << 2,
};

#define SECCOMP_KILL 0x80000000u	/* the process */
#define SECCOMP_ERRNO 0x00050000u	/* with errno in the low half */
#define SECCOMP_ALLOW 0x7fff0000u
/* What is not there is what a libc falls back from; EPERM is not. */
#define SECCOMP_REFUSE (SECCOMP_ERRNO | ENOSYS)

#if defined(__x86_64__) && !defined(__ILP32__)
#define SECCOMP_NATIVE 0xc000003eu
#define SECCOMP_FOREIGN 0x40000000u	/* from here on numbers are x32's */
#elif defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__)
#define SECCOMP_NATIVE 0xc00000b7u
#define SECCOMP_FOREIGN 0x80000000u	/* there is none */
#endif

struct capability_header {
	uint32_t version;
	int pid;
};

struct capability_data {
	uint32_t effective, permitted, inheritable;
};

enum { CAPABILITY_VERSION = 0x20080522 };

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
enum { MDWE_REFUSE_EXEC_GAIN = 1 };

enum { NOBODY = 65534, PRIVILEGED_END = 1024 };

static void
allow_reading(int ruleset, int fd)
{
	struct landlock_beneath rule = {
		.allowed = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR,
		.fd = fd,
	};

	syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_PATH_BENEATH, &rule,
	    0);
}

static bool
is_same_folder(int fd, int other, const char *name)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(other, name, &b, 0) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Is it the whole file system, or where all users have their folders? */
static bool
holds_too_much(int fd)
{
	const char *path = getenv("HOME");
	int home = -1;
	bool too_much;

	if (path != NULL)
		home = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	too_much = is_same_folder(fd, AT_FDCWD, "/") ||
	    is_same_folder(fd, AT_FDCWD, "/home") ||
	    (home != -1 && is_same_folder(fd, home, ".."));
	if (home != -1)
		close(home);
	return too_much;
}

/* A folder that is built anew under its name is not the one of the rule. */
static void
allow_parent(int ruleset, const char *name)
{
	char *copy = strdup(name);
	int fd;

	if (copy == NULL)
		return;
	fd = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd == -1)
		return;
	if (!holds_too_much(fd))
		allow_reading(ruleset, fd);
	close(fd);
}

static void
allow_served(int ruleset, const struct options *opt, const struct docroot *docroot)
{
	int top;

	if (opt->follow_symlinks) {
		/* A link may lead anywhere, but only to read. */
		top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		allow_reading(ruleset, top);
		close(top);
		return;
	}
	allow_reading(ruleset, docroot->fd);
	if (docroot->reopen_path != NULL)
		allow_parent(ruleset, docroot->reopen_path);
}

/* All rights that this version knows: what is not allowed is denied. */
static struct landlock_ruleset
landlock_rights(int version)
{
	/* Linux 5.13, 5.19 (rename and link to elsewhere), 6.2 (truncate) */
	static const uint64_t fs[] = { 0x1fff, 0x3fff, 0x7fff };
	struct landlock_ruleset r = { .fs = 0xffff };	/* 6.10: ioctl */

	if (version < 5)
		r.fs = fs[version > 3 ? 2 : version - 1];
	if (version >= 4)
		r.net = LANDLOCK_NET_ALL;
	if (version >= 6)
		r.scoped = LANDLOCK_SCOPE_ALL;
	return r;
}

/* The version that holds now, or 0. */
static int
enter_landlock(const struct options *opt, const struct docroot *docroot)
{
	struct landlock_ruleset rights;
	int version, ruleset;

	version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_VERSION);
	if (version < 1)
		return 0;
	rights = landlock_rights(version);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &rights,
	    sizeof(rights), 0);
	if (ruleset == -1)
		return 0;
	allow_served(ruleset, opt, docroot);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) == -1)
		version = 0;
	close(ruleset);
	return version;
}

static int
try_open(int dirfd, const char *name)
{
	int fd;

	if (name == NULL)
		return 0;
	fd = openat(dirfd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

/* By name too: a folder built anew is found by it. */
static int
can_read(const struct docroot *docroot)
{
	if (try_open(AT_FDCWD, docroot->reopen_path) == -1)
		return -1;
	return try_open(docroot->fd, docroot->single_file != NULL ? docroot->single_file : ".");
}

static int
stay_root(struct sandbox *s, enum sandbox_root why)
{
	s->root = why;
	s->user = 0;
	if (seteuid(0) == -1 || setegid(0) == -1)
		return -1;
	return 0;
}

/*
 * Root becomes the owner of what is served, or nobody.  Only the effective ids
 * at first: from these there is a way back.
 */
static int
change_user(struct sandbox *s, const struct options *opt,
    const struct docroot *docroot)
{
	struct stat st;
	gid_t gid;

	if (fstatat(docroot->fd, docroot->single_file != NULL ? docroot->single_file : ".", &st,
	    0) == -1)
		return -1;
	s->user = st.st_uid != 0 ? st.st_uid : NOBODY;
	gid = st.st_gid != 0 ? st.st_gid : NOBODY;
	if (setgroups(0, NULL) == -1 || setegid(gid) == -1 ||
	    seteuid(s->user) == -1)
		return stay_root(s, SANDBOX_REFUSED);
	if (can_read(docroot) == -1) {
		if (opt->port > 0 && opt->port < PRIVILEGED_END)
			return -1;
		return stay_root(s, SANDBOX_NEEDED);
	}
	if (setresgid(gid, gid, gid) == -1)
		return -1;
	return setresuid(s->user, s->user, s->user);
}

static void
drop_capabilities(void)
{
	struct capability_header header = { .version = CAPABILITY_VERSION };
	struct capability_data none[2] = { 0 };

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	syscall(SYS_capset, &header, none);
}

static void
drop_bounding_set(void)
{
	unsigned long cap = 0;

	/* Until it is none that this kernel knows. */
	while (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
		cap++;
}

int
sandbox_enter(struct sandbox *s, const struct options *opt,
    const struct docroot *docroot)
{
	bool was_root = geteuid() == 0;

	*s = (struct sandbox){ 0 };
	s->no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	s->landlock = enter_landlock(opt, docroot);
	/* While it may: a user other than root cannot. */
	drop_bounding_set();
	if (was_root && change_user(s, opt, docroot) == -1)
		return -1;
	drop_capabilities();
	s->write_xor_execute = prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0,
	    0) == 0;
	/* Root without capabilities reads no more than its own. */
	return was_root ? can_read(docroot) : 0;
}

#ifdef SECCOMP_NATIVE

enum {
	OPEN_TO_READ = O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK |
	    O_PATH | O_LARGEFILE | O_NOATIME | O_NOCTTY,
};

/* Allowed if (argument & mask) == value, in the low half of the argument. */
struct checked {
	int nr;
	unsigned arg;		/* from 0 */
	uint32_t mask, value;
};

/*
 * These stand first: what comes behind is answered from a bitmap of the kernel
 * (since 5.11), but not what looks at an argument.
 */
static const struct checked checked_calls[] = {
	/* openat2 keeps its flags in memory: there Landlock sees to it. */
	{ SYS_openat, 2, ~(uint32_t)OPEN_TO_READ, 0 },
#ifdef SYS_open
	{ SYS_open, 1, ~(uint32_t)OPEN_TO_READ, 0 },
#endif
	{ SYS_ioctl, 1, ~0u, TIOCOUTQ },	/* SIOCOUTQ */
	{ SYS_ioctl, 1, ~0u, TCGETS },
	{ SYS_ioctl, 1, ~0u, TIOCGWINSZ },
	{ SYS_mmap, 2, ~(uint32_t)(PROT_READ | PROT_WRITE), 0 },
	{ SYS_mprotect, 2, ~(uint32_t)(PROT_READ | PROT_WRITE), 0 },
	{ SYS_fcntl, 1, ~0u, F_SETFD },
	{ SYS_fcntl, 1, ~0u, F_GETFL },
};

/*
 * What loops and main() call once they serve, and what a libc makes of it or
 * does by itself.  Who adds a call there adds it here.
 */
static const int allowed_calls[] = {
	/* Sockets that are there already, and those that come of them. */
	SYS_accept4,
	SYS_recvfrom,
	SYS_sendfile,
	SYS_sendto,
	SYS_shutdown,

	/* Waiting. */
	SYS_epoll_ctl,
	SYS_epoll_pwait,
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
#ifdef SYS_poll
	SYS_poll,
#endif
	SYS_ppoll,
	SYS_inotify_add_watch,
	SYS_inotify_rm_watch,

	/* Files, to read; and the log, to write. */
	SYS_close,
	SYS_fstat,
	SYS_getdents64,
	SYS_lseek,		/* stdio's first and last */
#ifdef SYS_lstat
	SYS_lstat,
#endif
	SYS_newfstatat,
	SYS_openat2,
	SYS_pread64,
	SYS_pwritev2,
	SYS_read,
#ifdef SYS_readlink
	SYS_readlink,
#endif
	SYS_readlinkat,
#ifdef SYS_stat
	SYS_stat,
#endif
	SYS_statx,
	SYS_write,
	SYS_writev,

	/* Memory, threads, clocks, ends. */
	SYS_brk,
	SYS_clock_gettime,
	SYS_exit,
	SYS_exit_group,
	SYS_futex,
	SYS_getpid,
	SYS_getrandom,
	SYS_gettid,
	SYS_gettimeofday,
	SYS_madvise,
	SYS_mremap,
	SYS_munmap,
	SYS_restart_syscall,
#ifdef SYS_rseq
	SYS_rseq,		/* a thread that has just been made */
#endif
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_sched_getaffinity,
	SYS_sched_yield,
	SYS_set_robust_list,	/* likewise */
	SYS_wait4,		/* for the child; waitpid(2) */
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum {
	BLOCK = 32,			/* numbers looked at together */

	STEPS_CHECKED = 6,
	STEPS_BLOCK = 3,		/* and one for each call */
	STEPS_OTHER = 7,
	STEPS_MAX = STEPS_OTHER +
	    STEPS_CHECKED * (COUNT(checked_calls) + 1) +
	    (STEPS_BLOCK + 1) * COUNT(allowed_calls),
};

static void
add(struct bpf_program *p, uint16_t code, uint32_t k, uint8_t jump_true,
    uint8_t jump_false)
{
	p->steps[p->n++] = (struct bpf_step){ code, jump_true, jump_false, k };
}

/* Starts and ends with the number of the call in the accumulator. */
static void
add_checked(struct bpf_program *p, const struct checked *c)
{
	add(p, BPF_IF_EQUAL, (uint32_t)c->nr, 0, STEPS_CHECKED - 1);
	add(p, BPF_LOAD, SECCOMP_ARGS + 8 * c->arg, 0, 0);
	add(p, BPF_AND, c->mask, 0, 0);
	add(p, BPF_IF_EQUAL, c->value, 0, 1);
	add(p, BPF_RETURN, SECCOMP_ALLOW, 0, 0);
	add(p, BPF_LOAD, SECCOMP_NR, 0, 0);
}

static bool
is_in_block(int nr, unsigned from)
{
	return (unsigned)nr - from < BLOCK;
}

/*
 * The allowed calls of BLOCK numbers; behind it stand those of higher ones.
 * Returns how many there are.
 */
static unsigned
add_block(struct bpf_program *p, unsigned from)
{
	uint8_t n = 0, left;

	for (size_t i = 0; i < COUNT(allowed_calls); i++)
		n += is_in_block(allowed_calls[i], from);
	if (n == 0)
		return 0;
	left = n;
	add(p, BPF_IF_AT_LEAST, from + BLOCK, left + STEPS_BLOCK - 1, 0);
	for (size_t i = 0; i < COUNT(allowed_calls); i++)
		if (is_in_block(allowed_calls[i], from))
			add(p, BPF_IF_EQUAL, (uint32_t)allowed_calls[i],
			    left--, 0);
	add(p, BPF_RETURN, SECCOMP_REFUSE, 0, 0);
	add(p, BPF_RETURN, SECCOMP_ALLOW, 0, 0);
	return n;
}

static void
add_calls(struct bpf_program *p)
{
	/* abort(3) of this process: no signal to another. */
	struct checked own = { SYS_tgkill, 0, ~0u, (uint32_t)getpid() };

	for (size_t i = 0; i < COUNT(checked_calls); i++)
		add_checked(p, &checked_calls[i]);
	add_checked(p, &own);
	/* For its bitmap the kernel tries every number there is, with
	 * interrupts off: 70 us at each start if they stand in a row. */
	for (unsigned from = 0, n = 0; n < COUNT(allowed_calls); from += BLOCK)
		n += add_block(p, from);
	add(p, BPF_RETURN, SECCOMP_REFUSE, 0, 0);
}

static bool
install_filter(void)
{
	struct bpf_step steps[STEPS_MAX];
	struct bpf_program p = { .steps = steps };

	add(&p, BPF_LOAD, SECCOMP_ARCH, 0, 0);
	add(&p, BPF_IF_EQUAL, SECCOMP_NATIVE, 1, 0);
	add(&p, BPF_RETURN, SECCOMP_KILL, 0, 0);
	add(&p, BPF_LOAD, SECCOMP_NR, 0, 0);
	add(&p, BPF_IF_AT_LEAST, SECCOMP_FOREIGN, 0, 1);
	add(&p, BPF_RETURN, SECCOMP_KILL, 0, 0);
	add_calls(&p);
	/*
	 * Before 5.16 a filter also slowed every branch and load against
	 * Spectre, which is for programs that run the code of others.
	 */
	return syscall(SYS_seccomp, SECCOMP_MODE_FILTER,
	    SECCOMP_TSYNC | SECCOMP_SPEC_ALLOW, &p) == 0;
}

#else

static bool
install_filter(void)
{
	return false;
}

#endif

void
sandbox_filter(struct sandbox *s)
{
	s->filter = install_filter();
}

static void
describe_root(const struct sandbox *s, struct buf *b)
{
	if (s->root == SANDBOX_REFUSED)
		buf_lit(b, ", still root: it may not change its user");
	if (s->root == SANDBOX_NEEDED)
		buf_lit(b, ", still root: only root can read the folder");
	if (s->user != 0) {
		buf_lit(b, ", user ");
		buf_number(b, s->user);
		buf_lit(b, " instead of root");
	}
}

void
sandbox_describe(const struct sandbox *s, struct buf *b)
{
	buf_lit(b, "sandbox: no capabilities");
	if (s->no_new_privs)
		buf_lit(b, ", no new privileges");
	if (s->landlock > 0) {
		buf_lit(b, ", Landlock ");
		buf_number(b, (uint64_t)s->landlock);
	}
	if (s->filter)
		buf_lit(b, ", system call filter");
	if (s->write_xor_execute)
		buf_lit(b, ", write xor execute");
	describe_root(s, b);
}

#else

int
sandbox_enter(struct sandbox *s, const struct options *opt,
    const struct docroot *docroot)
{
	(void)opt;
	(void)docroot;
	*s = (struct sandbox){ 0 };
	return 0;
}

void
sandbox_filter(struct sandbox *s)
{
	(void)s;
}

void
sandbox_describe(const struct sandbox *s, struct buf *b)
{
	(void)s;
	buf_lit(b, "sandbox: left out of this build");
}

#endif
