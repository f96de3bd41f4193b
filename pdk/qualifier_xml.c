/* SPDX-License-Identifier: MIT */
/* Qualifiers as XML: in the encrypted body, and published unencrypted. */
#include "base/encode.h"
#include "pdk/qualifier.h"

#include "base/version.h"
#include "pdk/text.h"

#include <string.h>

static void qualifier_encode(const struct qualifier *q, struct buf *ret)
{
	char version[SHVM_VERSION_TEXT], hex[2 * QUALIFIER_CONTENT_SIZE + 1];

	buf_add_text(ret, "    <VolumeIDQualifier Name=\"");
	text_add_xml(ret, q->name, strlen(q->name), 0);
	buf_printf(ret,
		   "\" Version=\"%s\" VersionRule=\"%s\" Coverage=\"%s\">\n",
		   shvm_version_format(&q->version, version),
		   shvm_rule_name(q->rule), shvm_coverage_name(q->require));
	buf_add_text(ret, "      <Certificate>");
	base64_encode(ret, q->cert.data, q->cert.len);
	buf_add_text(ret, "</Certificate>\n");
	if (q->is_pinned) {
		hex_format(q->content_sha256, sizeof(q->content_sha256), hex);
		buf_printf(ret, "      <ContentSHA256>%s</ContentSHA256>\n",
			   hex);
	}
	buf_add_text(ret, "    </VolumeIDQualifier>\n");
}

void qualifiers_encode(const struct qualifiers *q, bool with_ns,
		       struct buf *ret)
{
	buf_printf(ret, "%s<VolumeIDQualifiers%s>\n", with_ns ? "" : "  ",
		   with_ns ? " xmlns=\"" PDK_NS "\"" : "");
	for (size_t i = 0; i < q->count; i++)
		qualifier_encode(&q->items[i], ret);
	buf_printf(ret, "%s</VolumeIDQualifiers>\n", with_ns ? "" : "  ");
}

int qualifiers_encode_document(const struct qualifiers *q, struct buf *ret,
			       struct shvm_err *err)
{
	buf_add_text(ret, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	qualifiers_encode(q, true, ret);
	return buf_check(ret, "qualifiers", err);
}

/* 0: of no version */
static uint64_t version_of(const char *ns)
{
	const size_t stem = strlen(PDK_NS_STEM);
	uint64_t version = 0;

	if (strncmp(ns, PDK_NS_STEM, stem) != 0 ||
	    number_parse(ns + stem, 1, UINT32_MAX, &version, NULL) < 0)
		return 0;
	return version;
}

int pdk_check_root(const struct xml_node *root, const char *what,
		   const char *name, struct shvm_err *err)
{
	const uint64_t version = version_of(xml_ns(root));
	const uint64_t ours = version_of(PDK_NS);

	if (xml_is(root, PDK_NS, name))
		return SHVM_OK;
	if (version == 0 || version == ours)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: the root is <%s> of \"%.60s\", not " PDK_NS,
			       what, xml_name(root), xml_ns(root));
	return err_reason(err, SHVM_E_FORMAT, "bad-pdk",
			  "%s: of version %ju, but only version " PDK_VERSION
			  " is read%s",
			  what, (uintmax_t)version,
			  version < ours ? ": make the file again" : "");
}

static int need_attr(const struct xml_node *n, const char *name,
		     const char **ret, struct shvm_err *err)
{
	*ret = xml_attr(n, name);
	if (!*ret)
		return err_set(err, SHVM_E_FORMAT,
			       "line %u: %s has no attribute %s", xml_line(n),
			       xml_name(n), name);
	return SHVM_OK;
}

static int pin_decode(const struct xml_node *n, struct qualifier *q,
		      struct shvm_err *err)
{
	const char *text;

	TRY(xml_check_attrs(n, NULL, err));
	TRY(xml_text(n, &text, err));
	if (strlen(text) != 2 * sizeof(q->content_sha256) ||
	    strspn(text, "0123456789abcdef") != strlen(text) ||
	    !hex_parse(text, q->content_sha256, sizeof(q->content_sha256)))
		return err_set(
			err, SHVM_E_FORMAT,
			"line %u: ContentSHA256 is not %zu lower-case hexadecimal digits",
			xml_line(n), 2 * sizeof(q->content_sha256));
	q->is_pinned = true;
	return SHVM_OK;
}

static int rule_decode(const struct xml_node *n, enum shvm_rule *ret,
		       struct shvm_err *err)
{
	const char *rule;

	TRY(need_attr(n, "VersionRule", &rule, err));
	for (size_t i = 0; i < 3; i++)
		if (strcmp(rule, shvm_rule_name((enum shvm_rule)i)) == 0) {
			*ret = (enum shvm_rule)i;
			return SHVM_OK;
		}
	return err_set(err, SHVM_E_FORMAT,
		       "line %u: qualifier's VersionRule is unknown",
		       xml_line(n));
}

/* Required, so that no file enforces less than its owner specified. */
static int coverage_decode(const struct xml_node *n, enum shvm_coverage *ret,
			   struct shvm_err *err)
{
	const char *coverage;

	TRY(need_attr(n, "Coverage", &coverage, err));
	if (shvm_coverage_parse(coverage, ret, NULL) < 0)
		return err_set(
			err, SHVM_E_FORMAT,
			"line %u: qualifier's Coverage \"%.60s\" is neither disk nor os",
			xml_line(n), coverage);
	return SHVM_OK;
}

static int qualifier_attrs(const struct xml_node *n, struct qualifier *q,
			   struct shvm_err *err)
{
	static const char *const names[] = { "Name", "Version", "VersionRule",
					     "Coverage", NULL };
	const char *name, *version;
	size_t len;

	TRY(xml_check_attrs(n, names, err));
	TRY(need_attr(n, "Name", &name, err));
	TRY(need_attr(n, "Version", &version, err));
	len = strlen(name);
	if (len == 0 || len > QUALIFIER_NAME_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "line %u: qualifier's Name has %zu bytes",
			       xml_line(n), len);
	memcpy(q->name, name, len + 1);
	if (shvm_version_parse(version, &q->version, NULL) < 0)
		return err_set(err, SHVM_E_FORMAT,
			       "line %u: qualifier's Version is not a.b.c.d",
			       xml_line(n));
	TRY(rule_decode(n, &q->rule, err));
	return coverage_decode(n, &q->require, err);
}

/* On failure q may be partly filled; the caller releases it. */
static int qualifier_decode(const struct xml_node *n, struct qualifier *q,
			    struct shvm_err *err)
{
	struct xml_seq seq = xml_seq_begin(n);
	struct xml_node *c;
	const char *text;

	TRY(xml_check_no_text(n, err));
	TRY(qualifier_attrs(n, q, err));
	TRY(xml_seq_need(&seq, PDK_NS, "Certificate", &c, err));
	TRY(xml_check_attrs(c, NULL, err));
	TRY(xml_text(c, &text, err));
	TRY(base64_decode(text, strlen(text), "qualifier's Certificate",
			  &q->cert, err));
	if (q->cert.len == 0 || q->cert.len > QUALIFIER_CERT_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "line %u: qualifier's Certificate has %zu bytes",
			       xml_line(c), q->cert.len);
	c = xml_seq_maybe(&seq, PDK_NS, "ContentSHA256");
	if (c)
		TRY(pin_decode(c, q, err));
	return xml_seq_end(&seq, err);
}

int qualifiers_decode(const struct xml_node *n, struct qualifiers *ret,
		      struct shvm_err *err)
{
	AUTO_DONE(qualifiers) list = { 0 };
	struct xml_seq seq = xml_seq_begin(n);
	struct xml_node *c;
	size_t count = 0;

	TRY(xml_check_no_text(n, err));
	TRY(xml_check_attrs(n, NULL, err));
	for (c = xml_first(n); c; c = xml_next(c))
		if (++count > QUALIFIERS_MAX)
			return err_set(err, SHVM_E_FORMAT,
				       "more than %d qualifiers",
				       QUALIFIERS_MAX);
	if (count == 0)
		return err_set(err, SHVM_E_FORMAT,
			       "line %u: VolumeIDQualifiers is empty",
			       xml_line(n));
	list.items = calloc(count, sizeof(*list.items));
	TRY(err_null(err, list.items, "qualifiers"));

	while ((c = xml_seq_maybe(&seq, PDK_NS, "VolumeIDQualifier")) != NULL) {
		/* Counted before it is filled: done() releases a partly filled one. */
		TRY(qualifier_decode(c, &list.items[list.count++], err));
	}
	TRY(xml_seq_end(&seq, err));
	*ret = MOVE(list);
	return SHVM_OK;
}

int qualifiers_decode_document(const uint8_t *xml, size_t len,
			       struct qualifiers *ret, struct shvm_err *err)
{
	AUTO(xml_ptr) doc = NULL;

	/* XML_PARSE_HUGE is not needed for the size limit of a section. */
	TRY(xml_parse(xml, len, 4 << 20, "published qualifiers", &doc, err));
	TRY(pdk_check_root(xml_root(doc), "published qualifiers",
			   "VolumeIDQualifiers", err));
	return qualifiers_decode(xml_root(doc), ret, err);
}
