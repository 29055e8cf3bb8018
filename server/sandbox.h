/*
 * What the process gives up before the first request: privileges, the file
 * system but the root, the network but its sockets, system calls.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "server/buf.h"
#include "server/options.h"
#include "server/resource.h"

/* Why a process that started as root still is. */
enum sandbox_root {
	SANDBOX_NOT_ROOT,	/* it never was, or user is who it became */
	SANDBOX_REFUSED,	/* it may not change its user (a container) */
	SANDBOX_NEEDED,		/* only root can read the folder */
};

/* Which layers hold. */
struct sandbox {
	bool no_new_privs;	/* and no capability is left */
	bool write_xor_execute;
	bool filter;		/* of system calls */
	int landlock;		/* version of its interface; 0: none */
	enum sandbox_root root;
	uid_t user;		/* who root became; 0: nobody else */
};

/*
 * After the sockets are bound, before threads start: no new privileges,
 * Landlock, another user where it is root (the owner of what is served, or
 * nobody), no capabilities, no memory that is both written and run.  Layers
 * that the kernel lacks are left out.  Returns 0, or -1 with errno where going
 * on would be wrong: what is served cannot be read any more.  That may happen
 * to root only: on a port below 1024 it does not stay root for the sake of
 * reading; s->user is then who could not read.
 */
int sandbox_enter(struct sandbox *s, const struct options *opt,
    const struct docroot *docroot);

/* All threads wait: the filter of system calls, for every one of them. */
void sandbox_filter(struct sandbox *s);

/* One line for -v, without a newline: which layers hold. */
void sandbox_describe(const struct sandbox *s, struct buf *b);

#endif
