/* The messages between serve and its helper (child.c). */
#ifndef CHILD_MESSAGE_H
#define CHILD_MESSAGE_H

#include "server/key.h"
#include "server/options.h"

/* "http://[address]:port/base/" */
enum { CHILD_URL_MAX = 256 + 3 * OPTIONS_BASE_MAX };

/*
 * serve sends START before it is confined, GO once it serves, then SIGNALs.
 * The helper sends ENDED or STOPPED when COMMAND has ended or has stopped.
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
	/* The key for COMMAND, and the one-time key for the browser, or "". */
	char key[KEY_MAX + 1], once[KEY_HEX + 1];
};

#endif
