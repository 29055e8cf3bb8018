/* SHA-256 (FIPS 180-4), for --key.  Pure. */
#ifndef SHA256_H
#define SHA256_H

#include "server/slice.h"

enum { SHA256_BYTES = 32 };

/* The digest of s, which is shorter than 4 GiB. */
void sha256(struct slice s, unsigned char digest[SHA256_BYTES]);

#endif
