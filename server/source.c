#include "server/source.h"

#include <poll.h>
#include <unistd.h>

int
source_set_init(struct source_set *set)
{
	set->at = set->n = 0;
	set->epfd = epoll_create1(EPOLL_CLOEXEC);
	return set->epfd == -1 ? -1 : 0;
}

void
source_set_free(struct source_set *set)
{
	close(set->epfd);
}

static int
control(struct source_set *set, int op, int fd, uint32_t events,
    struct source *s)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };

	return epoll_ctl(set->epfd, op, fd, &ev);
}

int
source_add(struct source_set *set, int fd, uint32_t events, struct source *s)
{
	return control(set, EPOLL_CTL_ADD, fd, events, s);
}

int
source_change(struct source_set *set, int fd, uint32_t events,
    struct source *s)
{
	return control(set, EPOLL_CTL_MOD, fd, events, s);
}

void
source_remove(struct source_set *set, int fd, struct source *s)
{
	control(set, EPOLL_CTL_DEL, fd, 0, s);
	source_cancel(set, s);
}

void
source_cancel(struct source_set *set, const struct source *s)
{
	for (int i = set->at; i < set->n; i++)
		if (set->event[i].data.ptr == s)
			set->event[i].data.ptr = NULL;
}

int
source_wait(struct source_set *set, int ms)
{
	set->at = set->n = 0;
	set->n = epoll_wait(set->epfd, set->event, SOURCE_EVENTS, ms);
	return set->n == -1 ? -1 : 0;
}

void
source_deliver(struct source_set *set, struct worker *w)
{
	while (set->at < set->n) {
		const struct epoll_event *ev = &set->event[set->at++];
		struct source *s = ev->data.ptr;

		if (s != NULL)
			s->ready(s, w, ev->events);
	}
}

bool
source_is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}
