/* With --key: responses to a request without the key. */
#ifndef ANSWER_KEY_H
#define ANSWER_KEY_H

#include "server/builder.h"

/*
 * Decide by key_decide() whether the request may pass.  True if it may not, or
 * must first be redirected: then it has been answered, with 303, 401 or 429.
 */
bool answer_without_key(struct builder *rb);

#endif
