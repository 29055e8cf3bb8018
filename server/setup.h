/*
 * Fills struct server and struct shared before the sandbox starts; an error
 * ends the program.  The caller has set s->opt, s->docroot and s->shared, which
 * is zero.
 */
#ifndef SETUP_H
#define SETUP_H

#include "server/server.h"

/* With --key: use the key of the options, or make one.  port: that of the
 * listening sockets, for the cookie's name. */
void setup_key(struct server *s, struct key *key, int port);

/*
 * Set all other members, after the key.  format: of the log.  opt is s->opt: if
 * folders cannot be watched, its --live is switched off, with a warning.
 */
void setup_server(struct server *s, struct options *opt,
    enum log_format format);
void setup_free(struct server *s);

#endif
