/* SPDX-License-Identifier: MIT */
/*
 * Shared by xml.c, xml_build.c and xmldsig.c only: the libxml2 tree of struct
 * xml_doc and struct xml_node.
 */
#ifndef BASE_XML_INTERNAL_H
#define BASE_XML_INTERNAL_H

#include "base/xml.h"

#include <libxml/tree.h>

struct xml_doc {
	xmlDocPtr tree; /* its _private points back to this struct */
	char *what;	/* prefixes error texts */
	bool failed;	/* an addition failed; see xml_write() */
};

/* struct xml_node is libxml2's node under a name of our own. */
static inline xmlNodePtr xml_inner(const struct xml_node *n)
{
	union {
		const struct xml_node *outer;
		xmlNodePtr inner;
	} u = { .outer = n };

	return u.inner;
}

static inline struct xml_node *xml_outer(xmlNodePtr n)
{
	return (struct xml_node *)n;
}

/* The name that error texts of an element's document begin with. */
static inline const char *xml_what(const struct xml_node *n)
{
	const struct xml_doc *doc = xml_inner(n)->doc->_private;

	return doc ? doc->what : "xml";
}

/* Take ownership of a tree. */
int xml_wrap(xmlDocPtr tree, const char *what, struct xml_doc **ret,
	     struct shvm_err *err);

/* SHVM_E_FORMAT with libxml2's text (NULL: none) in one line. */
int xml_err(struct shvm_err *err, const char *what, const xmlError *e);

#endif
