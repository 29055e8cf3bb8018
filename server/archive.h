/*
 * A folder with its contents -> one zip or tar file, made while it is sent.  A
 * tar file needs no memory; a zip file keeps its table, up to a limit.
 */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include "server/archives.h"
#include "server/deferred.h"
#include "server/entries.h"
#include "server/tree.h"

enum archive_format { ARCHIVE_ZIP, ARCHIVE_TAR };

enum {
	/* Bytes of the table of a zip file. */
	ARCHIVE_TABLE_MAX = BUDGET_TOTAL - BUDGET_RESERVE,
};

struct archive_request {
	enum archive_format format;
	struct tree_request tree;
	dev_t mount;		/* the slow mount that the folder is on; 0: it
				   is on a fast one */
	const struct address *client;
	struct archives *archives;
	struct budget *budget;
};

/*
 * A producer of the archive.  NULL with errno; EBUSY if too many archives are
 * under way.  more() fails with EAGAIN until the first bytes are ready.  Before
 * them it fails with EFBIG if the table of a zip file would exceed
 * ARCHIVE_TABLE_MAX, or with ENOMEM if others use that memory.
 */
struct deferrable *archive_new(const struct archive_request *q);

#endif
