/* SPDX-License-Identifier: MIT */
/*
 * A line of text for people: valid UTF-8 that cannot drive a terminal,
 * regardless of what is quoted in it. All texts of errors, findings and
 * checks, and all that the program prints, go through here.
 */
#ifndef BASE_LINE_H
#define BASE_LINE_H

#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Can this character not be seen, or does it change how others are shown?
 * Controls (C0, C1), line separators, bidirectional controls, zero-width and
 * other characters that are ignored by default, noncharacters.
 */
bool line_hides(uint32_t c);

/* Put '?' for each such character and for each that is not valid UTF-8. The text
 * does not get longer. */
void line_clean(char *s);

/* snprintf(), then line_clean(). A text that does not fit is cut between two
 * characters. */
void line_put(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);
void line_vput(char *buf, size_t size, const char *fmt, va_list ap)
	PRINTF_LIKE(3, 0);

/* Put name at the end of a list "a, b" that has a size of this many bytes. */
void line_list(char *list, size_t size, const char *name);

/* The same in memory from malloc(); NULL when there is none. */
char *line_new(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);

/* For "%.*s": how many bytes of the text, at most max, end a character. The
 * macro is both arguments of it. */
int line_fit(const char *text, size_t max);
#define LINE_FIT(text, max) line_fit(text, max), (text)

#endif
