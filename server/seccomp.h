/*
 * The filter of system calls, as a program for the kernel: what serving needs,
 * by number and, where an argument could make more of a call, by argument.
 */
#ifndef SECCOMP_H
#define SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECCOMP_STEPS_MAX = 1024 };

/* linux/filter.h, which not every libc brings */
struct sock_filter {
	uint16_t code;
	uint8_t jt, jf;		/* steps to skip if true, if false */
	uint32_t k;
};

/*
 * Write the program for the architecture of this build and return its length
 * in steps, or 0 for an architecture it does not know.  watch: allow inotify,
 * whose watches Landlock does not restrict.
 */
size_t seccomp_build(struct sock_filter steps[SECCOMP_STEPS_MAX], bool watch);

/* Install it for all threads of this process.  False if it does not hold. */
bool seccomp_install(bool watch);

#endif
