#include "server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/seccomp.h"

/*
 * Programs built with sanitizers, for valgrind (-DSERVE_UNCONFINED) or for
 * coverage open files and start processes until they end, so they have no
 * sandbox.  It can only be disabled at build time, not by an option or a
 * variable.
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

/* From linux/landlock.h, capability.h and prctl.h, which some libcs lack.  New
 * system calls have the same number on all architectures. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum {
	LANDLOCK_CREATE_RULESET_VERSION = 1 << 0,
	LANDLOCK_RULE_PATH_BENEATH = 1,
	LANDLOCK_RULE_NET_PORT = 2,
	LANDLOCK_ACCESS_FS_READ_FILE = 1 << 2,
	LANDLOCK_ACCESS_FS_READ_DIR = 1 << 3,
	LANDLOCK_ACCESS_NET_CONNECT_TCP = 2,
	LANDLOCK_ACCESS_NET_TCP = 3,	/* bind and connect */
	LANDLOCK_SCOPE = 3,		/* abstract sockets and signals */
};

struct landlock_ruleset_attr {
	uint64_t handled_access_fs, handled_access_net, scoped;
};

struct landlock_path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

struct landlock_net_port_attr {
	uint64_t allowed_access, port;
};

struct cap_header {
	uint32_t version;
	int pid;
};

struct cap_data {
	uint32_t effective, permitted, inheritable;
};

enum { LINUX_CAPABILITY_VERSION_3 = 0x20080522 };

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
enum { MDWE_REFUSE_EXEC_GAIN = 1 };

enum { NOBODY = 65534, PRIVILEGED_END = 1024 };

/* ---- Landlock ---- */

static bool
allow_reading(int ruleset, int fd)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE |
		    LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = fd,
	};

	return syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

static bool
is_same_folder(int fd, int other, const char *name)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(other, name, &b, 0) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Is the folder the whole file system, or that of all home folders? */
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

/*
 * A Landlock rule applies to a folder, not to its name, and rules cannot be
 * added later.  So a folder that is deleted and created again can be read only
 * if its parent has the rule.  Without a rule for the parent, the original
 * folder is still served.
 */
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

static bool
allow_path(int ruleset, const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	bool allowed;

	if (fd == -1)
		return false;
	allowed = allow_reading(ruleset, fd);
	close(fd);
	return allowed;
}

static bool
allow_served(int ruleset, const struct options *opt,
    const struct docroot *docroot)
{
	/* Links may lead anywhere, but files may only be read. */
	if (opt->follow_symlinks)
		return allow_path(ruleset, "/");
	if (!allow_reading(ruleset, docroot->fd))
		return false;
	allow_parent(ruleset, docroot->reopen_path);
	return true;
}

/* All rights that this version can deny; rules grant some of them again. */
static struct landlock_ruleset_attr
landlock_rights(int version)
{
	/* Linux 5.13; 5.19: rename and link to another folder; 6.2: truncate */
	static const uint64_t fs[] = { 0x1fff, 0x3fff, 0x7fff };
	struct landlock_ruleset_attr r = {
		.handled_access_fs = 0xffff,	/* 6.10: ioctl of devices */
	};

	if (version < 5)
		r.handled_access_fs = fs[version > 3 ? 2 : version - 1];
	if (version >= 4)
		r.handled_access_net = LANDLOCK_ACCESS_NET_TCP;
	if (version >= 6)
		r.scoped = LANDLOCK_SCOPE;
	return r;
}

/* A ruleset that denies all that this version can; -1 without Landlock. */
static int
open_ruleset(int *version)
{
	struct landlock_ruleset_attr rights;

	*version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (*version < 1)
		return -1;
	rights = landlock_rights(*version);
	return (int)syscall(SYS_landlock_create_ruleset, &rights,
	    sizeof(rights), 0);
}

/* Returns the version that is now in force, or 0. */
static int
enter_landlock(const struct options *opt, const struct docroot *docroot)
{
	int version, ruleset = open_ruleset(&version);

	if (ruleset == -1)
		return 0;
	/* Without a rule for it the folder could not be read. */
	if (!allow_served(ruleset, opt, docroot) ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0) == -1)
		version = 0;
	close(ruleset);
	return version;
}

/* ---- user and capabilities ---- */

/* Do not use geteuid(2): if it were refused, root would stay root. */
static bool
was_started_as_root(void)
{
	return getauxval(AT_EUID) == 0;
}

static const char *
served_name(const struct docroot *docroot)
{
	return docroot->single_file != NULL ? docroot->single_file : ".";
}

/* The owner of the folder, or nobody if that is root.  -1 with errno. */
static int
find_owner(const struct docroot *docroot, uid_t *uid, gid_t *gid)
{
	struct stat st;

	if (fstatat(docroot->fd, served_name(docroot), &st, 0) == -1)
		return -1;
	*uid = st.st_uid != 0 ? st.st_uid : NOBODY;
	*gid = st.st_gid != 0 ? st.st_gid : NOBODY;
	return 0;
}

static int
try_open(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

/* Check the name too: a folder that is created again is opened by name. */
static int
can_read(const struct docroot *docroot)
{
	if (!docroot->reopen_optional &&
	    try_open(AT_FDCWD, docroot->reopen_path) == -1)
		return -1;
	return try_open(docroot->fd, served_name(docroot));
}

/* If changing back fails, go on as the new user if it can read. */
static void
stay_root(struct sandbox *s, enum sandbox_root why)
{
	s->root = why;
	s->user = 0;
	if (geteuid() != 0 && seteuid(0) == -1)
		return;
	if (getegid() != 0 && setegid(0) == -1)
		return;
}

/*
 * Root becomes the owner of the folder, or nobody.  First only the effective
 * ids change, because that can be undone.
 */
static int
change_user(struct sandbox *s, const struct options *opt,
    const struct docroot *docroot)
{
	gid_t gid;

	if (find_owner(docroot, &s->user, &gid) == -1)
		return -1;
	if (setgroups(0, NULL) == -1 || setegid(gid) == -1 ||
	    seteuid(s->user) == -1) {
		stay_root(s, SANDBOX_REFUSED);
		return 0;
	}
	if (can_read(docroot) == -1) {
		if (opt->port > 0 && opt->port < PRIVILEGED_END)
			return -1;
		stay_root(s, SANDBOX_NEEDED);
		return 0;
	}
	if (setresgid(gid, gid, gid) == -1 ||
	    setresuid(s->user, s->user, s->user) == -1)
		stay_root(s, SANDBOX_REFUSED);
	return 0;
}

static bool
drop_capabilities(void)
{
	struct cap_header header = { .version = LINUX_CAPABILITY_VERSION_3 };
	struct cap_data none[2] = { 0 };

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, none) == 0;
}

/* This needs CAP_SETPCAP, so do it before root changes its user. */
static void
drop_bounding_set(void)
{
	unsigned long cap = 0;

	/* prctl() fails at the first number that is not a capability. */
	while (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
		cap++;
}

/* ---- entering the sandbox ---- */

int
sandbox_enter(struct sandbox *s, const struct options *opt,
    const struct docroot *docroot)
{
	bool was_root = was_started_as_root();

	*s = (struct sandbox){ 0 };
	s->no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	s->landlock = enter_landlock(opt, docroot);
	drop_bounding_set();
	if (was_root && change_user(s, opt, docroot) == -1)
		return -1;
	s->no_capabilities = drop_capabilities();
	s->write_xor_execute = prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0,
	    0) == 0;
	/* Root without capabilities is bound by the permissions of files. */
	return was_root ? can_read(docroot) : 0;
}

/* ---- the connector ---- */

static bool
has_names(const struct options *opt)
{
	for (int i = 0; i < opt->proxy_count; i++)
		if (proxy_is_name(&opt->proxies[i]))
			return true;
	return false;
}

static bool
allow_port(int ruleset, uint64_t port)
{
	struct landlock_net_port_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_NET_CONNECT_TCP,
		.port = port,
	};

	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_NET_PORT,
	    &rule, 0) == 0;
}

/*
 * Allow the ports of the applications and, to look names up, the port of the
 * DNS and the resolver's files.
 */
static bool
allow_applications(int ruleset, const struct options *opt, int version)
{
	if (has_names(opt)) {
		allow_path(ruleset, "/etc");
		allow_path(ruleset, "/run");
	}
	if (version < 4)	/* before Linux 6.7: no rules for the network */
		return true;
	for (int i = 0; i < opt->proxy_count; i++)
		if (!allow_port(ruleset, proxy_port(&opt->proxies[i])))
			return false;
	return !has_names(opt) || allow_port(ruleset, 53);
}

static void
restrict_connector(const struct options *opt)
{
	int version, ruleset = open_ruleset(&version);

	if (ruleset == -1)
		return;
	if (allow_applications(ruleset, opt, version))
		syscall(SYS_landlock_restrict_self, ruleset, 0);
	close(ruleset);
}

void
sandbox_enter_connector(const struct options *opt,
    const struct docroot *docroot)
{
	uid_t uid;
	gid_t gid;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	restrict_connector(opt);
	drop_bounding_set();
	if (was_started_as_root() && find_owner(docroot, &uid, &gid) == 0) {
		/* A container may refuse this; the other layers still apply. */
		if (setgroups(0, NULL) == -1 ||
		    setresgid(gid, gid, gid) == -1 ||
		    setresuid(uid, uid, uid) == -1)
			errno = 0;
	}
	drop_capabilities();
	prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
	seccomp_install(SECCOMP_CONNECT |
	    (has_names(opt) ? SECCOMP_LOOK_UP : 0u));
}

/* Landlock cannot restrict inotify: the filter allows it only with --live. */
void
sandbox_filter(struct sandbox *s, const struct options *opt)
{
	s->filter = seccomp_install((opt->live ? SECCOMP_WATCH : 0u) |
	    (opt->proxy_count > 0 ? SECCOMP_RECEIVE : 0u));
}

static void
put_item(struct buf *b, bool put, const char *text)
{
	if (!put)
		return;
	if (b->n > 0)
		buf_lit(b, ", ");
	buf_text(b, text);
}

/* The layers that are in force, or those that are not; then why it is root. */
static void
put_layers(const struct sandbox *s, bool in_force, struct buf *b)
{
	put_item(b, s->no_capabilities == in_force, "no capabilities");
	put_item(b, s->no_new_privs == in_force, "no new privileges");
	put_item(b, (s->landlock > 0) == in_force, "Landlock");
	if (in_force && s->landlock > 0) {
		buf_byte(b, ' ');
		buf_number(b, (uint64_t)s->landlock);
	}
	put_item(b, s->filter == in_force, "system call filter");
	put_item(b, s->write_xor_execute == in_force, "write xor execute");
	put_item(b, s->root == SANDBOX_REFUSED,
	    "still root: it may not change its user");
	put_item(b, s->root == SANDBOX_NEEDED,
	    "still root: only root can read the folder");
}

void
sandbox_describe(const struct sandbox *s, struct buf *b)
{
	char text[256];
	struct buf list = buf_over(text, sizeof(text));

	put_layers(s, true, &list);
	if (s->user != 0) {
		put_item(&list, true, "user ");
		buf_number(&list, s->user);
		buf_lit(&list, " instead of root");
	}
	buf_lit(b, "sandbox: ");
	buf_put(b, buf_slice(&list));
}

void
sandbox_describe_missing(const struct sandbox *s, struct buf *b)
{
	put_layers(s, false, b);
}

#else

void
sandbox_enter_connector(const struct options *opt,
    const struct docroot *docroot)
{
	(void)opt;
	(void)docroot;
}

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
sandbox_filter(struct sandbox *s, const struct options *opt)
{
	(void)s;
	(void)opt;
}

void
sandbox_describe(const struct sandbox *s, struct buf *b)
{
	(void)s;
	buf_lit(b, "sandbox: left out of this build");
}

void
sandbox_describe_missing(const struct sandbox *s, struct buf *b)
{
	(void)s;
	buf_lit(b, "the sandbox, left out of this build");
}

#endif
