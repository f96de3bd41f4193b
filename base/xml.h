/* SPDX-License-Identifier: MIT */
/*
 * XML: strict parsing, building, exclusive canonical form. The only user of
 * libxml2 (and of xmlsec, in xmldsig.c).
 *
 * Parsing: no DTD, no entities but the five built in, no network, no XInclude,
 * at most XML_SIZE_MAX bytes (unless the call names a larger limit) and the
 * limits of xml_scan.h, UTF-8 only (a BOM is skipped). Comments and processing
 * instructions inside the root are refused: none of our formats has any, and
 * they can split a text into two nodes.
 */
#ifndef BASE_XML_H
#define BASE_XML_H

#include "base/buf.h"

enum {
	XML_SIZE_MAX = 1 << 20
};

struct xml_doc;
struct xml_node; /* an element; belongs to its document */

/* what prefixes every error text. limit 0 means XML_SIZE_MAX. */
int xml_parse(const void *data, size_t len, size_t limit, const char *what,
	      struct xml_doc **ret, struct shvm_err *err);
/*
 * The same for a foreign document: comments and processing instructions are
 * allowed and left out of the tree.
 */
int xml_parse_foreign(const void *data, size_t len, size_t limit,
		      const char *what, struct xml_doc **ret,
		      struct shvm_err *err);
void xml_free(struct xml_doc *doc); /* NULL is fine */
AUTO_DEFINE(xml_ptr, struct xml_doc *, xml_free);

struct xml_node *xml_root(struct xml_doc *doc);
const char *xml_name(const struct xml_node *n); /* local name */
const char *xml_ns(const struct xml_node *n);	/* namespace URI, "" if none */
unsigned int xml_line(const struct xml_node *n);
bool xml_is(const struct xml_node *n, const char *ns, const char *name);
struct xml_node *xml_first(const struct xml_node *n); /* first child element */
struct xml_node *xml_next(const struct xml_node *n);  /* next sibling element */

/* Put "document: line N: element: " in front, as err_prefix() does. */
int xml_at(const struct xml_node *n, int code, struct shvm_err *err);

/*
 * Attribute in no namespace; NULL when absent. The pointer lives as long as
 * the document.
 */
const char *xml_attr(const struct xml_node *n, const char *name);

/*
 * Does the element have only attributes (in no namespace) from this list that
 * ends with NULL, or none where names is NULL? Fails with a text that names the
 * first other one.
 */
int xml_check_attrs(const struct xml_node *n, const char *const *names,
		    struct shvm_err *err);

/* Is there text other than white space directly in the element? */
int xml_check_no_text(const struct xml_node *n, struct shvm_err *err);

/*
 * Text of an element without child elements ("" for none). Lives as long as
 * the document. Fails when it has child elements.
 */
int xml_text(const struct xml_node *n, const char **ret, struct shvm_err *err);

/*
 * A reader that walks the children of an element in order, for xs:sequence:
 *   struct xml_seq seq = xml_seq_begin(node);
 *   xml_seq_need(&seq, ns, "Id", &id, err)   exactly this one comes next
 *   xml_seq_maybe(&seq, ns, "Parameters")    NULL when another one comes next
 *   xml_seq_end(&seq, err)                   nothing may be left
 */
struct xml_seq {
	const struct xml_node *parent;
	struct xml_node *next;
};
struct xml_seq xml_seq_begin(const struct xml_node *parent);
int xml_seq_need(struct xml_seq *seq, const char *ns, const char *name,
		 struct xml_node **ret, struct shvm_err *err);
struct xml_node *xml_seq_maybe(struct xml_seq *seq, const char *ns,
			       const char *name);
int xml_seq_end(const struct xml_seq *seq, struct shvm_err *err);

/* Building. A failed xml_add returns NULL and all later calls accept NULL as
 * parent, so an encoder checks once, in xml_write(). */
int xml_new(const char *ns, const char *prefix, const char *root,
	    struct xml_doc **ret, struct shvm_err *err);
/* A child in the parent's namespace. */
struct xml_node *xml_add(struct xml_doc *doc, struct xml_node *parent,
			 const char *name);
/* A child in another namespace, declared there; prefix NULL for the default. */
struct xml_node *xml_add_ns(struct xml_doc *doc, struct xml_node *parent,
			    const char *ns, const char *prefix,
			    const char *name);
void xml_set_attr(struct xml_doc *doc, struct xml_node *n, const char *name,
		  const char *value);
void xml_set_text(struct xml_doc *doc, struct xml_node *n, const char *text);
void xml_set_base64(struct xml_doc *doc, struct xml_node *n, const void *data,
		    size_t len);
void xml_remove(struct xml_node *n); /* unlink and free with its children */

/* UTF-8 with an XML declaration; indent with two spaces or not at all. */
int xml_write(struct xml_doc *doc, bool indent, struct buf *ret,
	      struct shvm_err *err);

/* Exclusive canonical form without comments of one element and its children
 * (http://www.w3.org/2001/10/xml-exc-c14n#), appended to ret. */
int xml_c14n(struct xml_doc *doc, const struct xml_node *n, struct buf *ret,
	     struct shvm_err *err);

#endif
