/* With --live: the script that reloads pages, and its event stream. */
#ifndef ANSWER_LIVE_H
#define ANSWER_LIVE_H

#include "server/builder.h"

/* If the path is one of these two, answer the request; else return false. */
bool answer_live(struct builder *rb);

#endif
