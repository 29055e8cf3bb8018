/* What serve and its helper (child.c) send each other. */
#ifndef CHILD_MESSAGE_H
#define CHILD_MESSAGE_H

#include "server/key.h"
#include "server/options.h"

/* "http://[address]:port/base/" */
enum { CHILD_URL_MAX = 256 + 3 * OPTIONS_BASE_MAX };

/*
 * serve sends START before it is confined, GO once it serves, then SIGNALs.
 * The helper sends ENDED and STOPPED, about COMMAND.
 */
enum message_kind {
	MESSAGE_START,
	MESSAGE_GO,
	MESSAGE_SIGNAL,
	MESSAGE_ENDED,
	MESSAGE_STOPPED,
};

struct message {
	enum message_kind kind;
	int value;		/* port, signal or exit status */
	char url[CHILD_URL_MAX];	/* MESSAGE_START */
	/* --key, else empty: for COMMAND, and the one that the browser uses. */
	char key[KEY_MAX + 1], once[KEY_HEX + 1];
};

#endif
