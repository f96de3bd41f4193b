/* SPDX-License-Identifier: MIT */
/* XML: strict parsing and the reading of elements; see xml_build.c, too. */
#include "base/xml.h"

#include "base/utf8.h"
#include "base/xml_internal.h"
#include "base/xml_scan.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <openssl/crypto.h>
#include <string.h>

AUTO_DEFINE(parser_ptr, xmlParserCtxtPtr, xmlFreeParserCtxt);

static void doc_free_tree(xmlDocPtr doc)
{
	xmlFreeDoc(doc);
}
AUTO_DEFINE(xmldoc_ptr, xmlDocPtr, doc_free_tree);

/* Texts of libxml2 end with a line feed and may contain others. */
int xml_err(struct shvm_err *err, const char *what, const xmlError *e)
{
	char text[200];
	size_t len;

	if (!e || !e->message)
		return err_set(err, SHVM_E_FORMAT, "%s: not well-formed", what);
	if (e->code == XML_ERR_NO_MEMORY)
		return err_nomem(err, what);
	len = strcspn(e->message, "\n");
	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	memcpy(text, e->message, len);
	text[len] = '\0';
	return err_set(err, SHVM_E_FORMAT, "%s: line %d: %s", what, e->line,
		       text);
}

static void be_silent(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

/*
 * Checked before libxml2 sees the bytes: the two things that it would act upon.
 * The search is on bytes, so it also refuses "<!DOCTYPE" in a text or CDATA;
 * none of our formats needs that.
 */
static int check_bytes(const uint8_t *data, size_t len, size_t limit,
		       bool foreign, const char *what, struct shvm_err *err)
{
	if (len == 0)
		return err_set(err, SHVM_E_FORMAT, "%s: empty", what);
	if (len > limit || len > INT32_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: XML of %zu bytes, the limit is %zu", what,
			       len, limit);
	if (!utf8_is_valid(data, len))
		return err_set(err, SHVM_E_FORMAT,
			       "%s: XML is not UTF-8, or contains a NUL", what);
	if (memmem(data, len, "<!DOCTYPE", 9) ||
	    memmem(data, len, "<!ENTITY", 8))
		return err_set(
			err, SHVM_E_FORMAT,
			"%s: a document type or entity declaration is not allowed",
			what);
	return xml_scan(data, len, foreign, what, err);
}

int xml_wrap(xmlDocPtr tree, const char *what, struct xml_doc **ret,
	     struct shvm_err *err)
{
	struct xml_doc *doc = calloc(1, sizeof(*doc));

	TRY(err_null(err, doc, what));
	doc->what = strdup(what);
	if (!doc->what) {
		free(doc);
		return err_nomem(err, what);
	}
	doc->tree = tree;
	tree->_private = doc;
	*ret = doc;
	return SHVM_OK;
}

static int parse(const void *data, size_t len, size_t limit, const char *what,
		 bool foreign, struct xml_doc **ret, struct shvm_err *err)
{
	/* CDATA becomes text; NOENT stays off: nothing is expanded but the
	 * five built in. BIG_LINES keeps line numbers right beyond 65535. */
	const int options = XML_PARSE_NONET | XML_PARSE_NOCDATA |
			    XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
			    XML_PARSE_NOXINCNODE | XML_PARSE_BIG_LINES |
			    (limit > 10000000 ? XML_PARSE_HUGE : 0);
	AUTO(parser_ptr) parser = NULL;
	AUTO(xmldoc_ptr) tree = NULL;
	xmlNodePtr root;
	int r;

	TRY(check_bytes(data, len, limit ? limit : XML_SIZE_MAX, foreign, what,
			err));
	xmlSetGenericErrorFunc(NULL, be_silent);
	parser = xmlNewParserCtxt();
	TRY(err_null(err, parser, what));
	if (foreign) {
		/* The texts around them become one node. */
		parser->sax->comment = NULL;
		parser->sax->processingInstruction = NULL;
	}

	tree = xmlCtxtReadMemory(parser, data, (int)len, NULL, "UTF-8",
				 options);
	if (!tree || !parser->wellFormed)
		return xml_err(err, what, xmlCtxtGetLastError(parser));
	root = xmlDocGetRootElement(tree);
	if (!root)
		return err_set(err, SHVM_E_FORMAT, "%s: no element", what);
	/* Namespace faults are "recoverable" for libxml2, not for us. */
	if (!parser->nsWellFormed)
		return xml_err(err, what, xmlCtxtGetLastError(parser));
	r = xml_wrap(tree, what, ret, err);
	if (r == SHVM_OK)
		tree = NULL; /* is the document's now */
	return r;
}

int xml_parse(const void *data, size_t len, size_t limit, const char *what,
	      struct xml_doc **ret, struct shvm_err *err)
{
	return parse(data, len, limit, what, false, ret, err);
}

int xml_parse_foreign(const void *data, size_t len, size_t limit,
		      const char *what, struct xml_doc **ret,
		      struct shvm_err *err)
{
	return parse(data, len, limit, what, true, ret, err);
}

/*
 * Texts may contain secrets (an answer file), and libxml2 would not wipe them.
 * Names are left alone; the strings belong to this document alone, also those
 * in its dictionary.
 */
static void wipe_texts(xmlNodePtr root)
{
	xmlNodePtr n = root;

	while (n) {
		if (n->type == XML_ELEMENT_NODE && n->children) {
			n = n->children;
			continue;
		}
		if (n->type == XML_TEXT_NODE && n->content)
			OPENSSL_cleanse(n->content,
					strlen((const char *)n->content));
		while (n != root && !n->next)
			n = n->parent;
		n = n == root ? NULL : n->next;
	}
}

void xml_free(struct xml_doc *doc)
{
	if (!doc)
		return;
	wipe_texts(xmlDocGetRootElement(doc->tree));
	xmlFreeDoc(doc->tree);
	free(doc->what);
	free(doc);
}

struct xml_node *xml_root(struct xml_doc *doc)
{
	return xml_outer(xmlDocGetRootElement(doc->tree));
}

const char *xml_name(const struct xml_node *n)
{
	return (const char *)xml_inner(n)->name;
}

const char *xml_ns(const struct xml_node *n)
{
	const xmlNs *ns = xml_inner(n)->ns;

	return ns && ns->href ? (const char *)ns->href : "";
}

unsigned int xml_line(const struct xml_node *n)
{
	long line = xmlGetLineNo(xml_inner(n));

	return line > 0 ? (unsigned int)line : 0;
}

bool xml_is(const struct xml_node *n, const char *ns, const char *name)
{
	return strcmp(xml_name(n), name) == 0 && strcmp(xml_ns(n), ns) == 0;
}

int xml_at(const struct xml_node *n, int code, struct shvm_err *err)
{
	return err_prefix(err, code, "%s: line %u: %s", xml_what(n),
			  xml_line(n), xml_name(n));
}

static struct xml_node *first_element(xmlNodePtr n)
{
	while (n && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return xml_outer(n);
}

struct xml_node *xml_first(const struct xml_node *n)
{
	return first_element(xml_inner(n)->children);
}

struct xml_node *xml_next(const struct xml_node *n)
{
	return first_element(xml_inner(n)->next);
}

/*
 * The value of an attribute without entity references is one text node (the
 * built-in entities and character references are replaced while parsing).
 */
const char *xml_attr(const struct xml_node *n, const char *name)
{
	const xmlAttr *a = xml_inner(n)->properties;

	for (; a; a = a->next) {
		if (a->ns || strcmp((const char *)a->name, name) != 0)
			continue;
		if (!a->children)
			return "";
		return a->children->content ? (const char *)a->children->content
					    : "";
	}
	return NULL;
}

static bool in_list(const char *name, const char *const *names)
{
	for (; names && *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

int xml_check_attrs(const struct xml_node *n, const char *const *names,
		    struct shvm_err *err)
{
	const xmlAttr *a = xml_inner(n)->properties;

	for (; a; a = a->next)
		if (a->ns || !in_list((const char *)a->name, names))
			return err_set(
				err, SHVM_E_FORMAT,
				"%s: line %u: %s has an unknown attribute \"%s\"",
				xml_what(n), xml_line(n), xml_name(n),
				(const char *)a->name);
	return SHVM_OK;
}

int xml_check_no_text(const struct xml_node *n, struct shvm_err *err)
{
	const xmlNode *c = xml_inner(n)->children;

	for (; c; c = c->next)
		if (c->type == XML_TEXT_NODE && !xmlIsBlankNode(c))
			return err_set(
				err, SHVM_E_FORMAT,
				"%s: line %u: %s has text between its elements",
				xml_what(n), xml_line(n), xml_name(n));
	return SHVM_OK;
}

/*
 * Merging adjacent nodes would change the tree under a const pointer, so a
 * text in pieces (libxml2 cuts long ones at references) is merged when the
 * document is parsed: xmlCtxtReadMemory() with NOCDATA leaves one node.
 */
int xml_text(const struct xml_node *n, const char **ret, struct shvm_err *err)
{
	const xmlNode *c = xml_inner(n)->children;

	if (!c) {
		*ret = "";
		return SHVM_OK;
	}
	if (c->next || c->type != XML_TEXT_NODE)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: line %u: %s contains more than text",
			       xml_what(n), xml_line(n), xml_name(n));
	*ret = c->content ? (const char *)c->content : "";
	return SHVM_OK;
}

struct xml_seq xml_seq_begin(const struct xml_node *parent)
{
	return (struct xml_seq){ .parent = parent, .next = xml_first(parent) };
}

int xml_seq_need(struct xml_seq *seq, const char *ns, const char *name,
		 struct xml_node **ret, struct shvm_err *err)
{
	struct xml_node *n = xml_seq_maybe(seq, ns, name);

	if (n) {
		*ret = n;
		return SHVM_OK;
	}
	if (!seq->next)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: line %u: %s: %s is "
			       "missing",
			       xml_what(seq->parent), xml_line(seq->parent),
			       xml_name(seq->parent), name);
	return err_set(err, SHVM_E_FORMAT,
		       "%s: line %u: %s contains %s where %s is expected",
		       xml_what(seq->next), xml_line(seq->next),
		       xml_name(seq->parent), xml_name(seq->next), name);
}

struct xml_node *xml_seq_maybe(struct xml_seq *seq, const char *ns,
			       const char *name)
{
	struct xml_node *n = seq->next;

	if (!n || !xml_is(n, ns, name))
		return NULL;
	seq->next = xml_next(n);
	return n;
}

int xml_seq_end(const struct xml_seq *seq, struct shvm_err *err)
{
	if (seq->next)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: line %u: %s contains an unexpected %s",
			       xml_what(seq->next), xml_line(seq->next),
			       xml_name(seq->parent), xml_name(seq->next));
	return xml_check_no_text(seq->parent, err);
}
