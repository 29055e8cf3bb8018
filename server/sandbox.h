/*
 * Before the first request the process gives up privileges, files other than
 * those it serves, sockets other than its own, and system calls.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "server/buf.h"
#include "server/docroot.h"
#include "server/options.h"

/* Why a process that started as root is still root. */
enum sandbox_root {
	SANDBOX_NOT_ROOT,	/* it never was root, or has become user */
	SANDBOX_REFUSED,	/* it may not change its user (a container) */
	SANDBOX_NEEDED,		/* only root can read the folder */
};

/* The layers that are in force. */
struct sandbox {
	bool no_new_privs;
	bool no_capabilities;
	bool write_xor_execute;
	bool filter;		/* of system calls */
	int landlock;		/* version of its ABI; 0: not in force */
	enum sandbox_root root;
	uid_t user;		/* that root has become; 0: unchanged */
};

/*
 * Call it after the sockets are bound and before threads start.  Sets
 * no_new_privs and Landlock, changes root to another user (the owner of the
 * folder, or nobody), drops all capabilities, and forbids memory that is both
 * writable and executable.  Layers that the kernel lacks are left out.  Returns
 * 0, or -1 with errno if the folder could no longer be read.  That can happen
 * only to root on a port below 1024, where it refuses to stay root just to
 * read; s->user is the user who could not read.
 */
int sandbox_enter(struct sandbox *s, const struct options *opt,
    const struct docroot *docroot);

/*
 * The sandbox of the process that connects to applications (connector.h), which
 * can only connect to their ports and look up their names.  Layers that the
 * kernel lacks are left out.
 */
void sandbox_enter_connector(const struct options *opt,
    const struct docroot *docroot);

/*
 * Install the filter of system calls for all threads, which must wait until it
 * is in force.
 */
void sandbox_filter(struct sandbox *s, const struct options *opt);

/* The layers in force, for -v=curl: one line without a newline. */
void sandbox_describe(const struct sandbox *s, struct buf *b);

/* The layers that are missing, separated by ", "; empty if all are in force. */
void sandbox_describe_missing(const struct sandbox *s, struct buf *b);

#endif
