/*
 * --key: who may read.  Pure: a request in, a decision out.  Counting of wrong
 * keys is in attempts.h.
 */
#ifndef KEY_H
#define KEY_H

#include "http.h"
#include "server/buf.h"
#include "server/sha256.h"

enum {
	KEY_MIN = 8,		/* characters of a KEY that is given */
	KEY_MAX = 128,
	KEY_MADE = 8,		/* of one that is made: 40 bits */
	KEY_MADE_BYTES = 5,	/* of the random bytes it is made of */
	KEY_HEX = 32,		/* 128 bits */
	KEY_RANDOM = 48,	/* random bytes for key_init() */
	KEY_FORM_MAX = 1024,	/* bytes of a posted form that are looked at */
	KEY_PLACES = 3,		/* where a request may have a key */
};

struct key {
	char text[KEY_MAX + 1];		/* the key itself */
	char once[KEY_HEX + 1];		/* for -o, a single use; "": none */
	char cookie_name[16];		/* "serve-8000" */
	char cookie[KEY_HEX + 1];
	/* Of this run: what is compared are digests under it. */
	unsigned char secret[16];
	unsigned char text_digest[SHA256_BYTES], once_digest[SHA256_BYTES];
};

/* Letters, digits, '-' and '_', from KEY_MIN to KEY_MAX of them. */
bool key_is_valid(struct slice text);

/* Eight characters, none of which looks like another. */
void key_make(char text[KEY_MADE + 1],
    const unsigned char random[KEY_MADE_BYTES]);

/*
 * text is valid or made; given: by the user, who wants cookies to outlive a
 * restart, so theirs is a hash of it.  once: for -o.
 */
void key_init(struct key *k, struct slice text, bool given, bool once,
    int port, const unsigned char random[KEY_RANDOM]);

/* What a request shows for itself. */
struct key_offer {
	bool cookie;		/* the right one */
	bool key;		/* the right key, wherever it is */
	bool in_query, in_form, in_password;	/* and there */
	bool once;		/* -o's, which may have been used */
	bool navigates;		/* a person goes there, by GET or HEAD */
	int wrongs;		/* other keys than the right one: */
	uint64_t wrong[KEY_PLACES];	/* hashes that tell them apart */
};

/* Is its body a form, short enough to look for a key in it? */
bool key_may_be_in_form(const struct http_request *req);

/*
 * Keys are looked for in the query, in Authorization as the password of Basic
 * (RFC 7617), and in form, the body if key_may_be_in_form(), or empty.  In constant time for each.
 */
void key_read(const struct key *k, const struct http_request *req,
    struct slice form, struct key_offer *o);

enum key_decision {
	KEY_PASS,		/* answer it */
	KEY_REDIRECT,		/* 303 without the key, with the cookie */
	KEY_REFUSE,		/* 401 */
	KEY_LIMIT,		/* 429 */
};

/* once_left: -o's key is still good; limited: the client tried too much. */
enum key_decision key_decide(const struct key_offer *o, bool once_left,
    bool limited);

/*
 * Where a 303 leads: the same path and query without the key, relative to the
 * request's, so that it never names another host.  RFC 3986 section 4.2.
 */
void key_put_location(struct buf *b, const struct http_request *req);

/* "serve-8000=...; Path=/; HttpOnly; SameSite=Lax" */
void key_put_cookie(struct buf *b, const struct key *k);

/*
 * The challenge of a 401 (RFC 9110 section 11.6.1): Basic for tools and
 * players; for browsers a scheme that they do not know, so that no dialog hides
 * the page.
 */
struct slice key_challenge(const struct http_request *req);

/* The query without its keys, with its '?', or nothing. */
void key_put_query(struct buf *b, struct slice query);

/*
 * For the log: text, a target or a whole head, with *** for every value of key=,
 * of serve's cookie and of Basic.
 */
void key_put_masked(struct buf *b, const struct key *k, struct slice text);

#endif
