/* What kind of thing a file is, by its name: for the icons of a listing.  Pure. */
#ifndef KIND_H
#define KIND_H

#include "server/slice.h"

enum kind {
	KIND_FILE,		/* no other one */
	KIND_ARCHIVE,
	KIND_CODE,
	KIND_DOCUMENT,
	KIND_FILM,
	KIND_PICTURE,		/* one that browsers show */
	KIND_SOUND,
	KIND_TEXT,
};

/* By its extension, in any case. */
enum kind kind_of_name(struct slice name);

#endif
