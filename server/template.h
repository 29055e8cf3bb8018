/* Text with {{name}} where a value goes.  Pure. */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include "server/slice.h"

/*
 * Cut the next piece off *rest: the text up to a {{name}}, and that name, which
 * is empty after the last one.  False at the end.
 */
bool template_next(struct slice *rest, struct slice *text, struct slice *name);

#endif
