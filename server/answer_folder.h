/* Responses for a folder: its listing, or all of it as one file. */
#ifndef ANSWER_FOLDER_H
#define ANSWER_FOLDER_H

#include "server/builder.h"

/* An open folder without an index page. */
void answer_folder(struct builder *rb, const struct resource *res);

/* A folder that has an index page is not listed, so it has no archive.  False
 * if the query does not ask for one (?archive=zip or =tar). */
bool answer_no_archive(struct builder *rb);

#endif
