/* SPDX-License-Identifier: MIT */
/* Text into XML, written by hand so that secrets stay in buffers that wipe. */
#ifndef PDK_TEXT_H
#define PDK_TEXT_H

#include "base/buf.h"

enum {
	TEXT_ESCAPE_AT = 1
}; /* "@" becomes "&#64;": no substitution within */

/* May this be character data of XML 1.0? UTF-8 and no control characters but
 * tab, line feed and carriage return. */
bool text_is_xml(const char *text, size_t len);

/* Append text with &, <, >, quotes and white space other than blanks escaped,
 * so that it reads back the same from a text and from an attribute. */
void text_add_xml(struct buf *b, const char *text, size_t len,
		  unsigned int flags);

/* Copy of a buffer's bytes as a string from malloc(); NULL: no memory. */
char *text_copy(const void *data, size_t len);

#endif
