/* What the process gets from the system: descriptors, memory, processors. */
#ifndef PROCESS_H
#define PROCESS_H

#include "server/options.h"

/*
 * If stdin, stdout or stderr is closed, a socket could take its number and
 * receive lines of the log.  Without /dev/null (a bare container) the root
 * folder fills the place: like a closed descriptor it can be neither read nor
 * written.  A failure ends the program.
 */
void process_fill_descriptors(const struct options *opt);

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
long process_most_conns(void);

/* How many event loops to run without -j: one for each processor, up to 8. */
int process_default_threads(void);

/* Before Linux 6.13 file times move only with the clock tick. */
bool process_has_coarse_times(void);

#endif
