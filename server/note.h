/*
 * What the owner is told of an answer and the visitor is not: a note for the
 * pretty log, in the turn's scratch.  Nothing is made where nobody reads it.
 */
#ifndef NOTE_H
#define NOTE_H

#include "server/range.h"
#include "server/body.h"
#include "server/worker.h"

/* Static text, with its parentheses. */
void note_text(const struct worker *w, struct response *r, struct slice text);

/* With FILE, why nothing beside it is served. */
void note_single_file(struct worker *w, struct response *r);

/* Why there is nothing. */
void note_reason(struct worker *w, struct response *r,
    const struct resource *res);

/* The application that answers. */
void note_application(struct worker *w, struct response *r, struct slice url);

/* A host that is not one of ours, where a redirect leads, what part it is. */
void note_host(struct worker *w, struct response *r, struct slice host);
void note_target(struct worker *w, struct response *r, struct slice target);

/* A file is at path, but the request was for base + path; the request was not
 * beneath the base; the number of the line of _redirects that answered. */
void note_missing_base(struct worker *w, struct response *r,
    struct slice path, struct slice base);
void note_outside_base(struct worker *w, struct response *r,
    struct slice base);
void note_rule(struct worker *w, struct response *r, int line);
void note_range(struct worker *w, struct response *r, struct range range);

/* A page of another website asked, with this origin; empty: not known. */
void note_refused_site(struct worker *w, struct response *r,
    struct slice origin);

/* The Referer is of another website, which browsers may keep from using the
 * response. */
void note_other_site(struct worker *w, struct response *r,
    const struct http_request *req, struct slice origin);

#endif
