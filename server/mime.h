/*
 * Media types: by the extension of a file's name, or else by its first bytes.
 * Pure.
 */
#ifndef MIME_H
#define MIME_H

#include "server/slice.h"

enum {
	MIME_TYPE_MAX = 80,	/* bytes of the longest type, with its NUL */
	MIME_WINDOW = 1024,	/* bytes that are enough to detect a type */
};

struct mime {
	char type[MIME_TYPE_MAX];	/* empty: not known by its name */
	bool utf8;		/* add "; charset=utf-8" */
	bool guessed;		/* detected as text only by its bytes: may be a
				   script with an unknown extension, which must
				   still run */
	bool gzip;		/* the extension means a gzipped file of the
				   type, and the bytes are gzip */
	bool needs_content;	/* mime_by_content() may change any of these */
	/* If the bytes are text, send them as plain text or JSON: browsers only
	 * download this type. */
	enum { MIME_AS_IT_IS, MIME_OR_TEXT, MIME_OR_JSON } shown;
};

/*
 * The media type of a file name by its extension, any case.  Returns false, and
 * stores an empty type, for a name without an extension or with an unknown one.
 */
bool mime_by_name(struct slice name, struct mime *m);

/* Does the extension mean a gzipped file of its type, such as ".svgz"? */
bool mime_names_gzip(struct slice name);

/*
 * Complete *m from head, the first bytes of the file; whole: head is the whole
 * file.  An unknown type is taken from a signature in the bytes; without one it
 * is "text/plain" if they are text ("; charset=utf-16le" or "-16be" after such
 * a byte order mark), else "application/octet-stream".  Browsers only download
 * some types, such as shell scripts and CSV: those become "text/plain" or
 * "application/json" if the bytes are UTF-8 text.  A ".ts" file is video only
 * if its bytes are not text.
 *
 * Text types get charset=utf-8 if the first MIME_WINDOW bytes are UTF-8, and
 * JSON if head has non-ASCII UTF-8.
 */
void mime_by_content(struct mime *m, struct slice head, bool whole);

/*
 * The table of extensions: rows that start with an extension and a space, with
 * a NUL after each.
 */
struct slice mime_extensions(void);

#endif
