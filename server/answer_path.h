/*
 * From the path of a request to its response: --base, rules, files, folders,
 * and the page that is sent for a missing path.
 */
#ifndef ANSWER_PATH_H
#define ANSWER_PATH_H

#include "server/builder.h"

/* Answer the path of m, by a rule of _redirects or a file. */
void answer_site(struct builder *m);

/*
 * Set m->path to the part of m->url_path beneath --base.  False if it is not
 * beneath it: then the request has been answered.
 */
bool answer_enter_base(struct builder *m);

/* Decode the path of the request into m->url_path.  Returns 0, or the status to
 * refuse it with. */
int answer_decode_path(struct builder *m);

#endif
