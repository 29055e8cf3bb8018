/* Proactive negotiation, RFC 9110 section 12.  Pure. */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "server/slice.h"

enum accept_format { ACCEPT_TEXT, ACCEPT_HTML, ACCEPT_JSON };

/*
 * The form of a listing: HTML, unless JSON or plain text has a higher weight.
 * With equal weights, a format that is named comes before HTML that only a
 * wildcard matches (axios sends JSON, plain text and a wildcard).  Without an
 * Accept field: HTML.
 */
enum accept_format accept_listing_format(struct slice accept);

/*
 * The form of an error: HTML or JSON only if it is named and has the highest
 * weight, else text, so that curl and fetch get one line.
 */
enum accept_format accept_error_format(struct slice accept);

/* Does Accept name text/html with q above 0?  For --spa. */
bool accept_names_html(struct slice accept);

/* Content codings, best first where their weights are equal. */
enum accept_coding {
	ACCEPT_BR,
	ACCEPT_ZSTD,
	ACCEPT_GZIP,
	ACCEPT_CODINGS,		/* how many */
	ACCEPT_IDENTITY = ACCEPT_CODINGS,
};

/* The name of the coding in Content-Encoding and Accept-Encoding. */
struct slice accept_coding_name(enum accept_coding coding);

/*
 * Store in order[] the codings that an Accept-Encoding value names with q above
 * 0, best first, with identity at its place (RFC 9110 section 12.5.3): codings
 * after identity need not be tried.  "*" does not name a coding, but
 * "identity;q=0" and "*;q=0" exclude identity.  Returns the number of codings;
 * 0 means that nothing is acceptable.  An absent field (.p is NULL) gives
 * identity only.
 */
int accept_codings(struct slice value,
    enum accept_coding order[ACCEPT_CODINGS + 1]);

#endif
