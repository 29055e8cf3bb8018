/*
 * What the owner is told of an answer and the visitor is not: a note for the
 * pretty log, in the turn's scratch.  Nothing is made where nobody reads it.
 */
#ifndef NOTE_H
#define NOTE_H

#include "server/range.h"
#include "server/response.h"

/* Static text, with its parentheses. */
void note_text(const struct worker *w, struct response *r, struct slice text);

/* Why there is nothing. */
void note_reason(struct worker *w, struct response *r,
    const struct resource *res);

/* A host that is not one of ours, where a redirect leads, what part it is. */
void note_host(struct worker *w, struct response *r, struct slice host);
void note_target(struct worker *w, struct response *r, struct slice target);
void note_range(struct worker *w, struct response *r, struct range range);

#endif
