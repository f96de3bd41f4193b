/* SPDX-License-Identifier: MIT */
/* RELAX NG, as an opinion on our documents that is not our decoders'. */
#include "tests/unit/support_schema.h"

#include "base/buf.h"

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void be_silent(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

bool schema_accepts(const char *schema, const void *xml, size_t len)
{
	xmlDocPtr doc = xmlReadMemory(xml, (int)len, NULL, NULL,
				      XML_PARSE_NONET | XML_PARSE_NOERROR);
	xmlRelaxNGParserCtxtPtr parser = xmlRelaxNGNewParserCtxt(schema);
	xmlRelaxNGPtr rng = xmlRelaxNGParse(parser);
	xmlRelaxNGValidCtxtPtr valid;
	bool accepts;

	assert_non_null(rng);
	valid = xmlRelaxNGNewValidCtxt(rng);
	assert_non_null(valid);
	xmlRelaxNGSetValidErrors(valid, be_silent, be_silent, NULL);
	accepts = doc && xmlRelaxNGValidateDoc(valid, doc) == 0;
	xmlRelaxNGFreeValidCtxt(valid);
	xmlRelaxNGFree(rng);
	xmlRelaxNGFreeParserCtxt(parser);
	xmlFreeDoc(doc);
	return accepts;
}

struct whole {
	const uint8_t *data;
	size_t len;
};

/* The document with [at, at + gone) replaced by a text. */
static bool agrees(const char *schema, const struct whole *xml, size_t at,
		   size_t gone, const char *text,
		   bool (*accepts)(const void *xml, size_t len))
{
	AUTO_DONE(buf) b = { 0 };

	buf_add(&b, xml->data, at);
	buf_add_text(&b, text);
	buf_add(&b, xml->data + at + gone, xml->len - at - gone);
	if (schema_accepts(schema, b.data, b.len))
		return false;
	if (accepts(b.data, b.len))
		fail_msg("only %s refuses \"%s\" after \"%.*s\"", schema, text,
			 (int)(at < 200 ? at : 200),
			 (const char *)xml->data + at - (at < 200 ? at : 200));
	return true;
}

/* Length of the first attribute at a blank: name="value". */
static size_t attribute_length(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *open = memchr(p, '"', (size_t)(end - p));
	const uint8_t *close =
		open ? memchr(open + 1, '"', (size_t)(end - open - 1)) : NULL;

	return close ? (size_t)(close + 1 - p) : 0;
}

size_t schema_refusals_agree(const char *schema, const void *xml, size_t len,
			     bool (*accepts)(const void *xml, size_t len))
{
	const struct whole v = { xml, len };
	const uint8_t *end = v.data + len, *p = v.data;
	size_t count = 0;

	while ((p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		const size_t at = (size_t)(p++ - v.data);
		const uint8_t *close = memchr(p, '>', (size_t)(end - p));
		size_t name = strcspn((const char *)p, " />");
		size_t n;

		assert_non_null(close);
		if (*p == '?')
			continue;
		count += agrees(schema, &v, at, 0, "x", accepts);
		count += agrees(schema, &v, at, 0, "<z/>", accepts);
		if (*p == '/')
			continue;
		count += agrees(schema, &v, at + 1 + name, 0, " z=\"1\"",
				accepts);
		n = p[name] == ' ' ? attribute_length(p + name, close) : 0;
		if (n > 0)
			count += agrees(schema, &v, at + 1 + name, n, "",
					accepts);
	}
	return count;
}
