/* SPDX-License-Identifier: MIT */
/* Writes text as XML, without a library, so that secrets stay in wiped buffers. */
#ifndef PDK_TEXT_H
#define PDK_TEXT_H

#include "base/buf.h"

enum {
	TEXT_ESCAPE_AT = 1
}; /* "@" becomes "&#64;", so that it cannot form a placeholder */

/* Is it valid character data of XML 1.0? UTF-8 without control characters except
 * tab, line feed and carriage return. */
bool text_is_xml(const char *text, size_t len);

/* Append text with &, <, >, quotes and white space other than blanks escaped, so
 * that a parser returns it unchanged from a text and from an attribute. */
void text_add_xml(struct buf *b, const char *text, size_t len,
		  unsigned int flags);

/* Copy of a buffer's bytes as a string from malloc(); NULL: no memory. */
char *text_copy(const void *data, size_t len);

#endif
