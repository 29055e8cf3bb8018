/*
 * --key: which requests may read.  Pure: a request in, a decision out.  Wrong
 * keys are counted in attempts.h.
 */
#ifndef KEY_H
#define KEY_H

#include "http.h"
#include "server/buf.h"

enum {
	KEY_MIN = 8,		/* characters of a KEY that the user gives */
	KEY_MAX = 128,
	KEY_GENERATED = 8,	/* characters of a generated key: 40 bits */
	KEY_GENERATED_BYTES = 5,	/* random bytes to generate it from */
	KEY_HEX = 32,		/* digits of a cookie or one-time key: 128
				   bits */
	KEY_RANDOM = 48,	/* random bytes for key_init() */
	KEY_FORM_MAX = 1024,	/* bytes of the largest form that is read */
	KEY_PLACES = 3,		/* where a request may have a key */
};

struct key {
	char text[KEY_MAX + 1];		/* the key itself */
	char once[KEY_HEX + 1];		/* one-time key for -o, or "" */
	char cookie_name[16];		/* "serve-8000" */
	char cookie[KEY_HEX + 1];
	unsigned char secret[16];	/* random for this run */
};

/* Letters, digits, '-' and '_', from KEY_MIN to KEY_MAX of them. */
bool key_is_valid(struct slice text);

/* Generate a key of eight characters that cannot be confused. */
void key_generate(char text[KEY_GENERATED + 1],
    const unsigned char random[KEY_GENERATED_BYTES]);

/*
 * Set up *k.  text: a valid or generated key.  given: the user gave it, so the
 * cookie is a hash of it and stays valid after a restart.  once: make a
 * one-time key for -o.
 */
void key_init(struct key *k, struct slice text, bool given, bool once,
    int port, const unsigned char random[KEY_RANDOM]);

/* The keys and the cookie that a request has. */
struct key_offer {
	bool cookie;		/* the right cookie */
	bool key;		/* the right key, in any place */
	bool in_query, in_form, in_password;	/* the right key, there */
	bool once;		/* the one-time key, perhaps used already */
	bool navigates;		/* GET or HEAD by a navigation of a browser */
	int wrongs;		/* number of wrong keys */
	uint64_t wrong[KEY_PLACES];	/* hashes to tell them apart */
};

/* Is its body a form, short enough to look for a key in it? */
bool key_may_be_in_form(const struct http_request *req);

/*
 * Look for keys in the query, in Authorization as the password of Basic (RFC
 * 7617), and in form: the body if key_may_be_in_form(), else empty.  Each
 * comparison takes constant time.
 */
void key_read(const struct key *k, const struct http_request *req,
    struct slice form, struct key_offer *o);

enum key_decision {
	KEY_PASS,		/* answer the request */
	KEY_REDIRECT,		/* 303 without the key, with the cookie */
	KEY_REFUSE,		/* 401 */
	KEY_LIMIT,		/* 429 */
};

/* once_left: the one-time key was unused.  limited: attempts_add() said so. */
enum key_decision key_decide(const struct key_offer *o, bool once_left,
    bool limited);

/*
 * The Location of a 303: the same path and query without the key.  It is
 * relative, so that it never names another host.  RFC 3986 section 4.2.
 */
void key_put_location(struct buf *b, const struct http_request *req);

/* "serve-8000=...; Path=/; HttpOnly; SameSite=Lax" */
void key_put_cookie(struct buf *b, const struct key *k);

/*
 * The challenge of a 401 (RFC 9110 section 11.6.1): Basic for tools and media
 * players; for browsers a scheme that they do not know, so that no dialog hides
 * the page.
 */
struct slice key_challenge(const struct http_request *req);

/* Append the query without its keys, with its '?' unless that is empty. */
void key_put_query(struct buf *b, struct slice query);

/*
 * For the log: append text (a target or a whole head) with *** for each value
 * of key=, of serve's cookie and of Basic, and for the key anywhere else.
 */
void key_put_masked(struct buf *b, const struct key *k, struct slice text);

#endif
