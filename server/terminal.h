/* The abilities of a terminal: colour, width and encoding. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* Whether to use colour on fd: by --color, NO_COLOR, TERM, isatty(3). */
bool terminal_color(enum color_when when, int fd);

/* Whether TERM says that a terminal can neither move its cursor nor change
 * colours. */
bool terminal_is_dumb(void);

/* Whether TERM names a terminal that has bold but no 256 colours. */
bool terminal_bold_only(void);

/* Columns of the terminal at stderr, or 80 if it does not tell. */
int terminal_columns(void);

/* Does the locale say that a terminal takes UTF-8? */
bool terminal_utf8(void);

#endif
