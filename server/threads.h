/* The threads of the event loops. */
#ifndef THREADS_H
#define THREADS_H

#include <pthread.h>

#include "server/loop.h"

struct thread {
	pthread_t id;
	struct loop *loop;
	struct threads *all;
};

struct threads {
	struct thread thread[OPTIONS_THREADS_MAX];
	pthread_mutex_t start_lock;	/* held until the threads may serve */
};

/*
 * Start a thread for each of loop[0..n).  They serve after threads_release(),
 * once the filter of system calls is in force.  Returns how many could be
 * started.
 */
int threads_start(struct threads *t, struct loop *const *loop, int n);
void threads_release(struct threads *t);

/* Wait until the thread of loop[i] has ended. */
void threads_join(struct threads *t, int i);

#endif
