/*
 * Media types: by the extension of a file's name, else by its first bytes.
 * Pure.
 */
#ifndef MIME_H
#define MIME_H

#include "server/slice.h"

/*
 * The media type of a file name by its extension, any case.  Returns false, and
 * stores an empty type, for a name without an extension or with an unknown one.
 */
enum { MIME_TYPE_MAX = 80 };	/* bytes of the longest, with its NUL */
bool mime_by_name(struct slice name, char type[MIME_TYPE_MAX]);

/*
 * The media type by the file's first bytes, if type is empty: of a known
 * signature, else "text/plain" if they are text (with "; charset=utf-16le" or
 * be after a mark of those), else "application/octet-stream".  A type that
 * mime_by_name() found stays as it is, except that a ".ts" is video only if its
 * bytes are not text.  MIME_WINDOW bytes are enough to decide.
 */
enum { MIME_WINDOW = 1024 };
void mime_by_content(char type[MIME_TYPE_MAX], struct slice head);

/*
 * Does "; charset=utf-8" belong to this type?  For text types whose beginning
 * is valid UTF-8.  The last character may be cut by the end of the window;
 * whole says that head is the whole file.
 */
bool mime_is_utf8_text(const char *type, struct slice head, bool whole);

/*
 * The table of extensions: the row after this one, which starts with the
 * extension and a space, and its type.  NULL gives the first row; the result is
 * NULL after the last.
 */
const char *mime_next_row(const char *row, char type[MIME_TYPE_MAX]);

#endif
