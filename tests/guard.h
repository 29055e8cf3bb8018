/* Memory that ends at an inaccessible page. */
#ifndef GUARD_H
#define GUARD_H

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The end of at least n bytes: any access there crashes. */
static inline char *
guard_end(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (n + page - 1) / page * page;
	char *p = mmap(NULL, size + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + size, page, PROT_NONE) == -1)
		abort();
	return p + size;
}

#endif
