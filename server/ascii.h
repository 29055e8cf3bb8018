/* Classes of ASCII bytes; those of <ctype.h> depend on the locale.  Pure. */
#ifndef ASCII_H
#define ASCII_H

#include <stdbool.h>

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Convert a capital letter to lower case; return other bytes unchanged. */
static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool
ascii_is_letter(char c)
{
	char small = (char)(c | 0x20);

	return small >= 'a' && small <= 'z';
}

/* The hexadecimal digit of the last four bits of v. */
static inline char
ascii_hex(unsigned v)
{
	return "0123456789abcdef"[v & 15];
}

/* The value of a hexadecimal digit, or -1 for any other byte. */
static inline int
ascii_hex_value(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
