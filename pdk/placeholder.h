/* SPDX-License-Identifier: MIT */
/*
 * Placeholders for the fabric's values: their grammar, and their positions in a
 * file. Used both to list placeholders and to replace them.
 */
#ifndef PDK_PLACEHOLDER_H
#define PDK_PLACEHOLDER_H

#include "base/buf.h"

/* How a file is parsed, which decides the allowed values. */
enum placeholder_form {
	PLACEHOLDER_XML,
	PLACEHOLDER_YAML,
	PLACEHOLDER_SCRIPT /* everything else */
};

enum placeholder_context {
	PLACEHOLDER_IN_TEXT,   /* text of an element or value of an attribute */
	PLACEHOLDER_IN_CDATA,  /* no escaping there */
	PLACEHOLDER_IN_QUOTES, /* a quoted scalar of YAML */
	PLACEHOLDER_IN_SCRIPT,
};

struct placeholder {
	size_t at, len;
	enum placeholder_context context;
};

/* Start as { 0 }. */
struct placeholders {
	struct placeholder *items;
	size_t count;
};
void placeholders_done(struct placeholders *p);

/*
 * Length of the placeholder at the start, including both "@"; 0 for none:
 * "@", one or more letters, digits, ".", "_" or "-", then "@".
 */
size_t placeholder_length(const char *text, size_t len);

/* By the end of its name (.xml, .yaml, .yml), or by the names and the first
 * line of cloud-init. */
enum placeholder_form placeholder_form_of(const char *name, const void *data,
					  size_t len);

/*
 * All placeholders of a UTF-8 text, in order, except in comments of XML and YAML
 * and in processing instructions. SHVM_E_FORMAT: text that is not XML, YAML with a
 * placeholder outside quotes or that this parser cannot handle, or too many
 * placeholders.
 */
int placeholders_find(enum placeholder_form form, const char *text, size_t len,
		      struct placeholders *ret, struct shvm_err *err);

/* For the parsers: adds the placeholders between two positions. */
int placeholders_add_all(struct placeholders *p, const char *text, size_t from,
			 size_t to, enum placeholder_context context,
			 struct shvm_err *err);
int placeholders_in_yaml(const char *text, size_t len, struct placeholders *ret,
			 struct shvm_err *err);

#endif
