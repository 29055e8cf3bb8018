/* --proxy [PREFIX=]URL: which requests go to which application.  Pure. */
#ifndef PROXY_H
#define PROXY_H

#include "server/buf.h"

/* One --proxy [PREFIX=]URL.  The slices point into its text. */
struct proxy_app {
	struct slice url;	/* as typed, for the log and for pages */
	struct slice prefix;	/* starts with '/'; empty: the application gets
				   requests for paths that the folder lacks */
	struct slice authority;	/* HOST[:PORT]; empty for a Unix socket */
	struct slice host;	/* without brackets and port */
	struct slice port;	/* digits; empty: 80 */
	struct slice socket;	/* path of a Unix socket; else empty */
	struct slice path;	/* replaces PREFIX, starts with '/'; empty: the
				   target is not changed */
};

enum { PROXY_SOCKET_MAX = 107 };	/* bytes of a path: see unix(7) */

enum proxy_syntax {
	PROXY_OK,
	PROXY_MALFORMED,
	PROXY_TLS,		/* the URL is https */
	PROXY_LONG_SOCKET,	/* its path is longer than PROXY_SOCKET_MAX */
};

/* Read the value of --proxy.  text must live as long as *app. */
enum proxy_syntax proxy_parse(struct slice text, struct proxy_app *app);

/* Is its host a name that must be looked up?  localhost need not be. */
bool proxy_is_name(const struct proxy_app *app);

/* Its TCP port; 0 for a Unix socket. */
unsigned proxy_port(const struct proxy_app *app);

/*
 * The application whose PREFIX, compared with path segment by segment and
 * percent-decoded, is the longest that matches.  path is the raw path of a
 * target and starts with '/'; base, "" or "/repo", decoded, precedes each
 * PREFIX.  *rest becomes the part of path after PREFIX, "" or "/...".  NULL if
 * no PREFIX matches.
 */
const struct proxy_app *proxy_find(const struct proxy_app *apps, size_t n,
    struct slice base, struct slice path, struct slice *rest);

/*
 * The application without PREFIX, or NULL; *rest becomes the part of path after
 * base.
 */
const struct proxy_app *proxy_find_fallback(const struct proxy_app *apps,
    size_t n, struct slice base, struct slice path, struct slice *rest);

/*
 * The application whose URL begins url, which is http://AUTHORITY[/PATH]: the
 * same authority, and the same first segments.  The longest URL counts.  *path
 * becomes the path of url.  NULL if there is no such application.
 */
const struct proxy_app *proxy_find_url(const struct proxy_app *apps, size_t n,
    struct slice url, struct slice *path);

/*
 * May this raw path be passed on?  Not with a malformed escape, an encoded NUL,
 * or a segment that is "." or ".." after decoding, where '\', "%2F", "%5C" and
 * the ';' of a parameter end a segment too: an application may resolve them,
 * and the result could be outside PREFIX.
 */
bool proxy_accepts_path(struct slice path);

/*
 * Remove prefix from the start of *path, compared as in proxy_find().  Returns
 * how many segments prefix has, or -1, with *path unchanged, if path is not
 * beneath it.
 */
int proxy_take_prefix(struct slice prefix, struct slice *path);

#endif
