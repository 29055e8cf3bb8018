/*
 * The filter of system calls, a BPF program: it allows the calls that serving
 * needs, by number, and by argument where an argument could make a call
 * dangerous.
 */
#ifndef SECCOMP_H
#define SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECCOMP_STEPS_MAX = 1024 };

/* A step of a program: from linux/filter.h, which some libcs lack. */
struct sock_filter {
	uint16_t code;
	uint8_t jt, jf;		/* steps to skip if true, if false */
	uint32_t k;
};

/* Other tasks of a process besides serving files: bits. */
enum seccomp_use {
	SECCOMP_WATCH = 1 << 0,		/* inotify, which Landlock does not
					   restrict */
	SECCOMP_RECEIVE = 1 << 1,	/* receive sockets from the connector,
					   and splice the bytes they receive */
	SECCOMP_CONNECT = 1 << 2,	/* the connector: create and send stream
					   sockets */
	SECCOMP_LOOK_UP = 1 << 3,	/* the connector: look up names */
};

/*
 * Write the program for the architecture of this build.  Returns its length in
 * steps, or 0 for an architecture that this module does not know.
 */
size_t seccomp_build(struct sock_filter steps[SECCOMP_STEPS_MAX],
    unsigned uses);

/* Install it for all threads of this process.  False if it is not in force. */
bool seccomp_install(unsigned uses);

#endif
