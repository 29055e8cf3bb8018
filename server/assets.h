/* The files in server/assets, which the Makefile turns into strings. */
#ifndef ASSETS_H
#define ASSETS_H

#include "server/slice.h"

extern const struct slice assets_key_html;
extern const struct slice assets_listing_css;
extern const struct slice assets_listing_html;
extern const struct slice assets_listing_js;
extern const struct slice assets_live_js;
extern const struct slice assets_page_css;
extern const struct slice assets_page_html;

/* SHA-256 in Base64, for a Content-Security-Policy. */
extern const struct slice assets_listing_css_hash;
extern const struct slice assets_listing_js_hash;
extern const struct slice assets_page_css_hash;

#endif
