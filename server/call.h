/* System calls that a kernel or a container may lack.  Pure. */
#ifndef CALL_H
#define CALL_H

#include <errno.h>
#include <stdbool.h>

/*
 * Has a call failed with this errno because the kernel lacks it (ENOSYS), or
 * because the filter of a container refuses it?  Such filters return EPERM or
 * EACCES for calls that they do not know.
 */
static inline bool
call_is_refused(int error)
{
	return error == ENOSYS || error == EPERM || error == EACCES;
}

#endif
