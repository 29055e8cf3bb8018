/* With --live: its script and its event stream. */
#ifndef ANSWER_LIVE_H
#define ANSWER_LIVE_H

#include "server/builder.h"

/* True if the path is one of these two. */
bool answer_live(struct builder *m);

#endif
