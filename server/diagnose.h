/*
 * Why serve cannot start, in words: finds out what the user probably meant and
 * what to type instead, and ends the program with status 1.
 */
#ifndef DIAGNOSE_H
#define DIAGNOSE_H

#include "server/docroot.h"
#include "server/listener.h"
#include "server/options.h"

/*
 * docroot_find() has failed with error (errno).  Reads the folder above a
 * mistyped path for a name to suggest.
 */
_Noreturn void diagnose_docroot(const struct options *opt,
    const struct docroot *docroot, int error);

/*
 * listener_open() has failed with error (errno).  Binds to other ports, to
 * suggest one that is free.
 */
_Noreturn void diagnose_listener(const struct options *opt,
    const struct listener *l, int error);

/*
 * attempt has failed with error (errno): "cannot ATTEMPT: ERROR".  If
 * descriptors have run out, the message is that their limit is too low.
 */
_Noreturn void diagnose_start(const struct options *opt, const char *attempt,
    int error);

/*
 * Call it when all is open that stays open.  Ends the program if too few
 * descriptors are left for clients.
 */
void diagnose_descriptors(const struct options *opt);

#endif
