/* Options of TCP sockets. */
#ifndef TCP_H
#define TCP_H

/*
 * Set what connections of clients and to applications need, and what accepted
 * sockets inherit: no delay of short messages, and probes that end a connection
 * two minutes after its peer has vanished.  Does nothing for other sockets.
 */
void tcp_prepare(int fd);

/* close() will discard unsent data and send a reset. */
void tcp_reset_on_close(int fd);

#endif
