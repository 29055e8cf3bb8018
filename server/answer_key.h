/* With --key: responses to a request without the key. */
#ifndef ANSWER_KEY_H
#define ANSWER_KEY_H

#include "server/builder.h"

/* True if the request was answered here: 303, 401 or 429. */
bool answer_without_key(struct builder *m);

#endif
