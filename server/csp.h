/* Content-Security-Policy of our own pages, made once at start. */
#ifndef CSP_H
#define CSP_H

#include "server/buf.h"

enum csp_page { CSP_ERROR, CSP_KEY, CSP_LISTING, CSP_PAGES };

struct csp {
	struct slice value[CSP_PAGES][2];	/* without and with --live */
	char space[2048];
};

/* Fill *csp.  Its slices point into it, so it must not be moved. */
void csp_init(struct csp *csp);

#endif
