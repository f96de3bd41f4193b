/* SPDX-License-Identifier: MIT */
/*
 * One linear pass over the bytes of an XML document before libxml2 sees them:
 * the time that libxml2 needs for an element grows with the square of its
 * attributes and namespaces, so a document with more of them than any of our
 * formats is refused here.
 */
#ifndef BASE_XML_SCAN_H
#define BASE_XML_SCAN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits of a parsed document; ours. */
enum {
	XML_DEPTH_MAX = 64,	  /* levels of elements */
	XML_ELEMENTS_MAX = 65536, /* in a document */
	XML_ATTRS_MAX = 24,	  /* of an element, with its declarations */
	XML_NAMESPACES_MAX = 64,  /* declarations in scope at any place */
	XML_NAME_MAX = 128,	  /* bytes of a name with its prefix */
};

/*
 * Check valid UTF-8 without a NUL: the limits above, tags with one exact
 * form, an XML declaration of version 1.0 whose encoding, if it has one, is
 * UTF-8, no document type, and no comment or processing instruction inside
 * the root unless foreign. What is accepted may still be malformed, but libxml2
 * reads no element, attribute or level in it that was not counted here. Error
 * texts begin with what. SHVM_E_FORMAT.
 */
int xml_scan(const uint8_t *data, size_t len, bool foreign, const char *what,
	     struct shvm_err *err);

#endif
