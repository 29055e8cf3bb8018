#ifndef CONTAINER_OF_H
#define CONTAINER_OF_H

#include <stddef.h>

/* The structure in which *p is embedded as this member. */
#define CONTAINER_OF(p, type, member) \
	((type *)(void *)((char *)(p) - offsetof(type, member)))

#endif
