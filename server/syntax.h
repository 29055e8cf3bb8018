/* The syntax of values of options.  Pure. */
#ifndef SYNTAX_H
#define SYNTAX_H

#include "server/slice.h"

/* A number from least to most, with digits only. */
bool syntax_number(const char *s, long least, long most, long *out);

/* The name of a host, without a dot at either end and without a port. */
bool syntax_is_host_name(const char *s);

/* scheme://host or scheme://host:port, as browsers send it. */
bool syntax_is_origin(const char *s);

/*
 * Does the field of this name decide where a response ends, or whether the
 * connection persists?
 */
bool syntax_is_framing(struct slice name);

#endif
