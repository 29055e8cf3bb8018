/*
 * From the path of a request to its answer: --base, rules, files, folders, and
 * what stands in for a missing page.
 */
#ifndef ANSWER_PATH_H
#define ANSWER_PATH_H

#include "server/builder.h"

/* Answer the path of m, decoded and beneath --base. */
void answer_site(struct builder *m);

/* Take --base off the path.  False: it was answered here, being elsewhere. */
bool answer_enter_base(struct builder *m);

/* Decode the path of the request: 0, or the status that it is refused with. */
int answer_decode_path(struct builder *m);

#endif
