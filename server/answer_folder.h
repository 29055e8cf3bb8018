/* Responses for a folder: its listing, or all of it as one file. */
#ifndef ANSWER_FOLDER_H
#define ANSWER_FOLDER_H

#include "server/builder.h"
#include "server/archive.h"

/* 403: --no-listing is on. */
void answer_no_listing(struct builder *rb);

/* The listing of an open folder. */
void answer_listing(struct builder *rb, const struct resource *res);

/* Does the query ask for the folder as one file (?archive=zip or =tar)?  Then
 * *format is set. */
bool answer_wants_archive(const struct builder *rb,
    enum archive_format *format);

/* The open folder as one file, which is made while it is sent. */
void answer_archive(struct builder *rb, const struct resource *res,
    enum archive_format format);

#endif
