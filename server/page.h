/* Bodies of our own for errors, in HTML, text and JSON. */
#ifndef PAGE_H
#define PAGE_H

#include "server/accept.h"
#include "server/buf.h"

/* What the visitor is told, where the status alone does not say it. */
enum page_reason {
	PAGE_PLAIN,		/* the usual text of the status */
	PAGE_NO_LISTING,	/* 403: listings are off */
	PAGE_WRONG_HOST,	/* 403: host is not one of ours */
	PAGE_OTHER_SITE,	/* 403: a page of another website asked */
	PAGE_WRONG_KEY,		/* 401: it came with one */
	PAGE_ZIP_TOO_LARGE,	/* 403: a tar can hold it */
	PAGE_APPLICATION,	/* 502, 503, 504: of the one at host */
};

struct page {
	int status;
	enum page_reason reason;
	struct slice target;	/* the path as sent */
	struct slice path;	/* decoded; empty: not known */
	const char *base;	/* of --base; NULL: "/" */
	struct slice folder;	/* the nearest one above it that exists, ends
				   in '/'; empty: not known */
	struct slice host;	/* PAGE_WRONG_HOST; PAGE_OTHER_SITE: its origin,
				   or empty; PAGE_APPLICATION: its URL */
};

/* The whole body: some 2 KiB and the path. */
void page_error(struct buf *b, enum accept_format format,
    const struct page *page);

/* "text/html; charset=utf-8" and the like. */
const char *page_type(enum accept_format format);

#endif
