/* Descriptors, memory, processors and signals of the process. */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdio.h>
#include <sys/types.h>

#include "server/options.h"

/*
 * If stdin, stdout or stderr is closed, a socket could take its number and
 * receive lines of the log.  Without /dev/null (a bare container) the root
 * folder fills the place: like a closed descriptor it can be neither read nor
 * written.  A failure ends the program.
 */
void process_fill_descriptors(const struct options *opt);

/*
 * End the program, with the name of the call, if the kernel or the filter of a
 * container refuses a system call that nothing can replace.
 */
void process_check_calls(const struct options *opt);

/* False if the kernel or a filter refuses the calls that read a folder. */
bool process_can_list_folders(void);

/*
 * Raise the soft limit of descriptors to the hard one, and return memory to the
 * kernel after a load peak instead of leaving it in the heap, between blocks
 * that are still in use.
 */
void process_set_limits(void);

/*
 * How many connections the descriptor limit permits.  A connection may need a
 * second descriptor, for its file.
 */
long process_max_conns(void);

/* How many event loops to run without -j: one for each processor, up to 8, and
 * fewer if the limit of descriptors is low. */
int process_default_threads(void);

/* Before Linux 6.13 the times of all file systems move only with the clock
 * tick. */
bool process_has_coarse_times(void);

/*
 * Call it before the first thread starts.  Blocks signals[0..n) and ignores
 * those that must not end serve.  The main thread reads the signals from a
 * descriptor, so that no handler runs and no thread is interrupted.  Returns
 * the descriptor of a signalfd(2), or -1 with errno.
 */
int process_take_signals(const int *signals, size_t n);

/*
 * Store the name of the user, or "user 1000" for one without a name.  passwd is
 * /etc/passwd, opened before Landlock denies access to it, or NULL.
 */
enum { PROCESS_USER_MAX = 64 };
void process_name_user(FILE *passwd, uid_t user, char name[PROCESS_USER_MAX]);

#endif
