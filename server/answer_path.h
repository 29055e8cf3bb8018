/*
 * From the path of a request to its response: --base, rules, files, folders,
 * and the page that is sent for a missing path.
 */
#ifndef ANSWER_PATH_H
#define ANSWER_PATH_H

#include "server/builder.h"

/* Answer the path of m, decoded and beneath --base. */
void answer_site(struct builder *m);

/* Remove --base from the path.  False: it has none, and was answered here. */
bool answer_enter_base(struct builder *m);

/* Decode the path of the request.  Returns 0, or the status to refuse it. */
int answer_decode_path(struct builder *m);

#endif
