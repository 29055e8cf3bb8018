#include "server/threads.h"

static void *
run(void *arg)
{
	struct thread *t = arg;

	pthread_mutex_lock(&t->all->start_lock);
	pthread_mutex_unlock(&t->all->start_lock);
	loop_run(t->loop);
	return NULL;
}

int
threads_start(struct threads *t, struct loop *const *loop, int n)
{
	int started = 0, error = 0;

	pthread_mutex_init(&t->start_lock, NULL);
	pthread_mutex_lock(&t->start_lock);
	while (started < n && error == 0) {
		struct thread *new = &t->thread[started];

		new->loop = loop[started];
		new->all = t;
		error = pthread_create(&new->id, NULL, run, new);
		started += error == 0;
	}
	return started;
}

void
threads_release(struct threads *t)
{
	pthread_mutex_unlock(&t->start_lock);
}

void
threads_join(struct threads *t, int i)
{
	pthread_join(t->thread[i].id, NULL);
}
