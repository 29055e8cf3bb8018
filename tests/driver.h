/*
 * The driver runs one function of the pure modules on the bytes of stdin, which
 * end at an inaccessible page, and prints the result: driver WHAT [ARG]...
 */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdio.h>
#include <stdlib.h>

#include "http.h"
#include "tests/guard.h"

/* argv[0] is WHAT.  Return 0, or 2 for an unknown WHAT. */
int driver_head(int argc, char **argv, struct slice in);
int driver_fields(int argc, char **argv, struct slice in);
int driver_text(int argc, char **argv, struct slice in);
int driver_mime(int argc, char **argv, struct slice in);
int driver_qr(int argc, char **argv, struct slice in);
int driver_addresses(int argc, char **argv, struct slice in);
int driver_rules(int argc, char **argv, struct slice in);
int driver_archive(int argc, char **argv, struct slice in);
int driver_key(int argc, char **argv, struct slice in);
int driver_proxy(int argc, char **argv, struct slice in);

/* Print s, with the backslash and bytes other than visible ASCII as \xHH. */
void driver_print(struct slice s);

#endif
