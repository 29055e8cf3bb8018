/*
 * A QR code (ISO/IEC 18004): text -> modules, and modules -> half blocks for a
 * terminal.  Pure.  Byte mode, error correction level L, versions 1 to 10.
 */
#ifndef QR_H
#define QR_H

#include "server/buf.h"

enum {
	QR_TEXT_MAX = 271,	/* bytes in version 10 */
	QR_SIZE_MAX = 57,	/* modules on a side of version 10 */
	QR_QUIET = 4,		/* light modules around it, section 5.3.8 */
};

struct qr {
	int size;		/* modules on a side */
	bool dark[QR_SIZE_MAX][QR_SIZE_MAX];	/* row, column */
};

/* Use the smallest version that holds text.  False if text is too long. */
bool qr_make(struct qr *q, struct slice text);

/* Columns of a terminal that qr_draw() needs. */
int qr_width(const struct qr *q);

/*
 * Append lines of text, each with two rows of modules.  Both colours are set,
 * and reset at the end of each line: black on white on any terminal.
 */
void qr_draw(const struct qr *q, struct buf *b);

#endif
