/* The kind of a file by its name, for the icons of a listing.  Pure. */
#ifndef KIND_H
#define KIND_H

#include "server/slice.h"

enum kind {
	KIND_FILE,		/* any other file */
	KIND_ARCHIVE,
	KIND_AUDIO,
	KIND_CODE,
	KIND_DOCUMENT,
	KIND_PICTURE,		/* in a format that browsers show */
	KIND_TEXT,
	KIND_VIDEO,
};

/* Look up the extension of a name, ignoring case. */
enum kind kind_of_name(struct slice name);

#endif
