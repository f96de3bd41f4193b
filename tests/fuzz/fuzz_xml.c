/* SPDX-License-Identifier: MIT */
/* XML: libxml2 finds nothing that the scan in front of it did not count. */
#include "base/xml_internal.h"
#include "base/xml_scan.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Attributes and declarations of one element; returns the latter. */
static size_t count_attributes(const xmlNode *n)
{
	size_t attrs = 0, spaces = 0;

	for (const xmlAttr *a = n->properties; a; a = a->next)
		attrs++;
	for (const xmlNs *ns = n->nsDef; ns; ns = ns->next)
		spaces++;
	if (attrs + spaces > XML_ATTRS_MAX)
		abort();
	return spaces;
}

static void walk(const xmlNode *n, size_t depth, size_t spaces, size_t *count)
{
	/* What is before and after the root, comments too, is not looked at. */
	for (; n; n = depth == 0 ? NULL : n->next) {
		size_t own;

		if (n->type == XML_TEXT_NODE)
			continue;
		if (n->type != XML_ELEMENT_NODE || depth == XML_DEPTH_MAX ||
		    ++*count > XML_ELEMENTS_MAX)
			abort();
		own = count_attributes(n);
		if (spaces + own > XML_NAMESPACES_MAX)
			abort();
		walk(n->children, depth + 1, spaces + own, count);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xml_doc *doc = NULL;
	struct buf canon = { 0 };
	size_t count = 0;

	if (xml_parse(data, size, 0, "fuzz", &doc, NULL) == 0) {
		walk(xml_inner(xml_root(doc)), 0, 0, &count);
		(void)xml_c14n(doc, xml_root(doc), &canon, NULL);
	}
	buf_done(&canon);
	xml_free(doc);
	return 0;
}
