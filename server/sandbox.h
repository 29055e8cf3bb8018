/*
 * What the process gives up before the first request: privileges, all files
 * but those it serves, all sockets but its own, system calls.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "server/buf.h"
#include "server/docroot.h"
#include "server/options.h"

/* Why a process that started as root still is root. */
enum sandbox_root {
	SANDBOX_NOT_ROOT,	/* it never was, or has become user */
	SANDBOX_REFUSED,	/* it may not change its user (a container) */
	SANDBOX_NEEDED,		/* only root can read the folder */
};

/* The layers that are in force. */
struct sandbox {
	bool no_new_privs;
	bool no_capabilities;
	bool write_xor_execute;
	bool filter;		/* of system calls */
	int landlock;		/* version of its interface; 0: not in force */
	enum sandbox_root root;
	uid_t user;		/* whom root has become; 0: it did not change */
};

/*
 * Call it after the sockets are bound and before threads start.  Sets no new
 * privileges, Landlock, another user instead of root (the owner of the folder,
 * or nobody), no capabilities, no memory that is both written and run.  Layers
 * that the kernel lacks are left out.  Returns 0, or -1 with errno where the
 * folder could not be read any more.  Only root can meet that, on a port below
 * 1024: there it refuses to stay root just to read; s->user is the user who
 * could not read.
 */
int sandbox_enter(struct sandbox *s, const struct options *opt,
    const struct docroot *docroot);

/*
 * The same for the process that connects to applications (connector.h): it can
 * connect to their ports and look their names up, and nothing else.  Layers
 * that the kernel lacks are left out.
 */
void sandbox_enter_connector(const struct options *opt,
    const struct docroot *docroot);

/* Install the filter of system calls, for all threads, which must wait. */
void sandbox_filter(struct sandbox *s, const struct options *opt);

/* The layers in force, for -v=curl: one line without a newline. */
void sandbox_describe(const struct sandbox *s, struct buf *b);

/* The layers that are missing, separated by ", "; nothing if all hold. */
void sandbox_describe_missing(const struct sandbox *s, struct buf *b);

#endif
