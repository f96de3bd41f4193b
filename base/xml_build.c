/* SPDX-License-Identifier: MIT */
/* XML: building, writing, exclusive canonical form. */
#include "base/encode.h"
#include "base/xml.h"

#include "base/utf8.h"
#include "base/xml_internal.h"

#include <libxml/c14n.h>
#include <libxml/xmlsave.h>
#include <string.h>

static const xmlChar *chars(const char *text)
{
	return (const xmlChar *)text;
}

int xml_new(const char *ns, const char *prefix, const char *root,
	    struct xml_doc **ret, struct shvm_err *err)
{
	xmlDocPtr tree = xmlNewDoc(chars("1.0"));
	xmlNodePtr node =
		tree ? xmlNewDocNode(tree, NULL, chars(root), NULL) : NULL;
	xmlNsPtr space;
	int r;

	if (!node) {
		xmlFreeDoc(tree);
		return err_nomem(err, root);
	}
	(void)xmlDocSetRootElement(tree, node); /* there was none before */
	space = xmlNewNs(node, chars(ns), chars(prefix));
	xmlSetNs(node, space);
	r = space ? xml_wrap(tree, root, ret, err) : err_nomem(err, root);
	if (r < 0)
		xmlFreeDoc(tree);
	return r;
}

struct xml_node *xml_add(struct xml_doc *doc, struct xml_node *parent,
			 const char *name)
{
	xmlNodePtr n = NULL;

	if (parent && !doc->failed)
		n = xmlNewChild(xml_inner(parent), xml_inner(parent)->ns,
				chars(name), NULL);
	if (!n)
		doc->failed = true;
	return xml_outer(n);
}

struct xml_node *xml_add_ns(struct xml_doc *doc, struct xml_node *parent,
			    const char *ns, const char *prefix,
			    const char *name)
{
	struct xml_node *n = xml_add(doc, parent, name);
	xmlNsPtr space;

	if (!n)
		return NULL;
	space = xmlNewNs(xml_inner(n), chars(ns), chars(prefix));
	if (!space)
		doc->failed = true;
	else
		xmlSetNs(xml_inner(n), space);
	return n;
}

void xml_set_attr(struct xml_doc *doc, struct xml_node *n, const char *name,
		  const char *value)
{
	if (!n || !utf8_is_valid(value, strlen(value)) ||
	    !xmlNewProp(xml_inner(n), chars(name), chars(value)))
		doc->failed = true;
}

void xml_set_text(struct xml_doc *doc, struct xml_node *n, const char *text)
{
	xmlNodePtr t = NULL;

	if (n && utf8_is_valid(text, strlen(text)))
		t = xmlNewDocText(doc->tree, chars(text));
	if (!t || !xmlAddChild(xml_inner(n), t))
		doc->failed = true;
}

void xml_set_base64(struct xml_doc *doc, struct xml_node *n, const void *data,
		    size_t len)
{
	AUTO_DONE(buf) text = { .wipe = true };

	base64_encode(&text, data, len);
	buf_add(&text, "", 1);
	if (text.failed)
		doc->failed = true;
	else
		xml_set_text(doc, n, (const char *)text.data);
}

void xml_remove(struct xml_node *n)
{
	if (!n)
		return;
	xmlUnlinkNode(xml_inner(n));
	xmlFreeNode(xml_inner(n));
}

static int add_to_buf(void *ctx, const char *data, int len)
{
	buf_add(ctx, data, (size_t)len);
	return len;
}

static int nothing_to_close(void *ctx)
{
	(void)ctx;
	return 0;
}

int xml_write(struct xml_doc *doc, bool indent, struct buf *ret,
	      struct shvm_err *err)
{
	const int options = XML_SAVE_AS_XML | (indent ? XML_SAVE_FORMAT : 0);
	xmlSaveCtxtPtr save;

	if (doc->failed)
		return err_set(err, SHVM_E_NOMEM,
			       "%s: an element could not be added", doc->what);
	save = xmlSaveToIO(add_to_buf, nothing_to_close, ret, "UTF-8", options);
	TRY(err_null(err, save, doc->what));
	(void)xmlSaveDoc(save, doc->tree); /* its failure is reported by the
					      close */
	if (xmlSaveClose(save) < 0)
		return err_set(err, SHVM_E_FORMAT, "%s: cannot be written",
			       doc->what);
	return buf_check(ret, doc->what, err);
}

/* Visible are the element itself and everything below it. */
static int is_below(void *apex, xmlNodePtr n, xmlNodePtr parent)
{
	/* A namespace node is no tree node: its element decides. */
	if (n->type == XML_NAMESPACE_DECL)
		n = parent;
	for (; n; n = n->parent)
		if (n == apex)
			return 1;
	return 0;
}

int xml_c14n(struct xml_doc *doc, const struct xml_node *n, struct buf *ret,
	     struct shvm_err *err)
{
	xmlOutputBufferPtr out =
		xmlOutputBufferCreateIO(add_to_buf, nothing_to_close, ret,
					NULL);
	int r;

	TRY(err_null(err, out, doc->what));
	r = xmlC14NExecute(doc->tree, is_below, xml_inner(n),
			   XML_C14N_EXCLUSIVE_1_0, NULL, 0, out);
	if (xmlOutputBufferClose(out) < 0 || r < 0)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: no canonical form of %s", doc->what,
			       xml_name(n));
	return buf_check(ret, doc->what, err);
}
