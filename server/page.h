/* The error pages that serve makes, in HTML, text and JSON. */
#ifndef PAGE_H
#define PAGE_H

#include <sys/types.h>

#include "server/accept.h"
#include "server/buf.h"

/* The text for the visitor, where the status does not decide it. */
enum page_reason {
	PAGE_DEFAULT,		/* the usual text of the status */
	PAGE_NO_LISTING,	/* 403: listings are off */
	PAGE_WRONG_HOST,	/* 403: serve does not answer to host */
	PAGE_OTHER_SITE,	/* 403: the request is from another website */
	PAGE_WRONG_KEY,		/* 401: the request had a wrong key */
	PAGE_ZIP_TOO_LARGE,	/* 403: a tar file has no such limit */
	PAGE_APPLICATION,	/* 502, 503, 504: about the application at
				   host */
};

struct page {
	int status;
	enum page_reason reason;
	struct slice target;	/* the path as sent */
	struct slice path;	/* decoded; empty: not known */
	const char *base;	/* of --base; NULL: "/" */
	struct slice folder;	/* the nearest existing folder above path, ends
				   in '/'; empty: not known */
	struct slice host;	/* PAGE_WRONG_HOST: that host; PAGE_OTHER_SITE:
				   the site's origin, or empty;
				   PAGE_APPLICATION: its URL */
	off_t size;		/* 416: of the file, bytes; for the head */
};

/* Append the whole body, about 2 KiB plus the path. */
void page_error(struct buf *b, enum accept_format format,
    const struct page *page);

/* "text/html; charset=utf-8" and the like. */
const char *page_type(enum accept_format format);

#endif
