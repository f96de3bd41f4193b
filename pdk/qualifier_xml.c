/* SPDX-License-Identifier: MIT */
/* Qualifiers as XML: in the sealed body, and published in the clear. */
#include "base/encode.h"
#include "pdk/qualifier.h"

#include "base/version.h"
#include "pdk/text.h"

#include <string.h>

static const struct {
	enum shvm_hash hash;
	const char *name;
	uint32_t size; /* bytes */
} hashes[] = {
	{ SHVM_HASH_SHA256, "fs-verity-sha256", 32 },
	{ SHVM_HASH_SHA512, "fs-verity-sha512", 64 },
};

static const struct {
	enum shvm_role role;
	const char *name;
} roles[] = {
	{ SHVM_ROLE_OS, "OS" },
	{ SHVM_ROLE_BOOT, "Boot" },
	{ SHVM_ROLE_ROOT, "Root" },
};

static void digest_encode(const struct shvm_qualifier_digest *d,
			  struct buf *ret)
{
	char hex[2 * SHVM_HASH_SIZE_MAX + 1];
	const char *role = "", *hash = "";

	for (size_t i = 0; i < ARRAY_SIZE(roles); i++)
		if (roles[i].role == d->role)
			role = roles[i].name;
	for (size_t i = 0; i < ARRAY_SIZE(hashes); i++)
		if (hashes[i].hash == d->algorithm)
			hash = hashes[i].name;
	hex_format(d->digest, d->hash_size, hex);
	buf_printf(
		ret,
		"      <Digest Role=\"%s\" Algorithm=\"%s\" BlockSize=\"%u\">%s</Digest>\n",
		role, hash, d->block_size, hex);
}

static void qualifier_encode(const struct qualifier *q, struct buf *ret)
{
	char version[SHVM_VERSION_TEXT];

	buf_add_text(ret, "    <VolumeIDQualifier Name=\"");
	text_add_xml(ret, q->name, strlen(q->name), 0);
	buf_printf(ret, "\" Version=\"%s\" VersionRule=\"%s\">\n",
		   shvm_version_format(&q->version, version),
		   shvm_rule_name(q->rule));
	buf_add_text(ret, "      <Certificate>");
	base64_encode(ret, q->cert.data, q->cert.len);
	buf_add_text(ret, "</Certificate>\n");
	for (size_t i = 0; i < q->digest_count; i++)
		digest_encode(&q->digests[i], ret);
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

static int digest_attrs(const struct xml_node *n,
			struct shvm_qualifier_digest *d, struct shvm_err *err)
{
	static const char *const names[] = { "Role", "Algorithm", "BlockSize",
					     NULL };
	const char *role, *hash, *size;
	uint64_t block = 0;
	bool role_known = false;

	TRY(xml_check_attrs(n, names, err));
	TRY(need_attr(n, "Role", &role, err));
	TRY(need_attr(n, "Algorithm", &hash, err));
	TRY(need_attr(n, "BlockSize", &size, err));
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++)
		if (strcmp(role, roles[i].name) == 0) {
			d->role = roles[i].role;
			role_known = true;
		}
	if (!role_known)
		return err_set(err, SHVM_E_FORMAT,
			       "line %u: Digest for an unknown role",
			       xml_line(n));
	for (size_t i = 0; i < ARRAY_SIZE(hashes); i++)
		if (strcmp(hash, hashes[i].name) == 0) {
			d->algorithm = hashes[i].hash;
			d->hash_size = hashes[i].size;
		}
	if (d->hash_size == 0)
		return err_set(err, SHVM_E_FORMAT,
			       "line %u: Digest of an unknown algorithm",
			       xml_line(n));
	if (number_parse(size, 4096, 1 << 20, &block, NULL) < 0 ||
	    (block & (block - 1)) != 0)
		return err_set(err, SHVM_E_FORMAT,
			       "line %u: BlockSize of Digest is wrong",
			       xml_line(n));
	d->block_size = (uint32_t)block;
	return SHVM_OK;
}

static int digest_decode(const struct xml_node *n, struct qualifier *q,
			 struct shvm_err *err)
{
	struct shvm_qualifier_digest d = { 0 };
	const char *text;

	if (q->digest_count >= QUALIFIER_DIGESTS_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "line %u: more than %d digests in a qualifier",
			       xml_line(n), QUALIFIER_DIGESTS_MAX);
	TRY(digest_attrs(n, &d, err));
	TRY(xml_text(n, &text, err));
	if (strlen(text) != 2 * (size_t)d.hash_size ||
	    strspn(text, "0123456789abcdef") != strlen(text) ||
	    !hex_parse(text, d.digest, d.hash_size))
		return err_set(
			err, SHVM_E_FORMAT,
			"line %u: Digest is not %u lower-case hexadecimal digits",
			xml_line(n), 2 * d.hash_size);
	for (size_t i = 0; i < q->digest_count; i++)
		if (q->digests[i].role == d.role)
			return err_set(err, SHVM_E_FORMAT,
				       "line %u: two digests for one role",
				       xml_line(n));
	q->digests[q->digest_count++] = d;
	return SHVM_OK;
}

static int qualifier_attrs(const struct xml_node *n, struct qualifier *q,
			   struct shvm_err *err)
{
	static const char *const names[] = { "Name", "Version", "VersionRule",
					     NULL };
	const char *name, *version, *rule;
	size_t len;

	TRY(xml_check_attrs(n, names, err));
	TRY(need_attr(n, "Name", &name, err));
	TRY(need_attr(n, "Version", &version, err));
	TRY(need_attr(n, "VersionRule", &rule, err));
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
	for (size_t i = 0; i < 3; i++)
		if (strcmp(rule, shvm_rule_name((enum shvm_rule)i)) == 0) {
			q->rule = (enum shvm_rule)i;
			return SHVM_OK;
		}
	return err_set(err, SHVM_E_FORMAT,
		       "line %u: qualifier's VersionRule is unknown",
		       xml_line(n));
}

/* Fills q as far as it comes; the caller releases it on failure. */
static int qualifier_decode(const struct xml_node *n, struct qualifier *q,
			    struct shvm_err *err)
{
	struct xml_seq seq = xml_seq_begin(n);
	struct xml_node *c;
	const char *text;

	TRY(xml_check_no_text(n, err));
	TRY(qualifier_attrs(n, q, err));
	TRY(xml_seq_need(&seq, PDK_NS, "Certificate", &c, err));
	TRY(xml_check_attrs(c, (const char *const[]){ NULL }, err));
	TRY(xml_text(c, &text, err));
	TRY(base64_decode(text, strlen(text), "qualifier's Certificate",
			  &q->cert, err));
	if (q->cert.len == 0 || q->cert.len > QUALIFIER_CERT_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "line %u: qualifier's Certificate has %zu bytes",
			       xml_line(c), q->cert.len);
	while ((c = xml_seq_maybe(&seq, PDK_NS, "Digest")) != NULL)
		TRY(digest_decode(c, q, err));
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
	TRY(xml_check_attrs(n, (const char *const[]){ NULL }, err));
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
		/* Counted before it is filled: done() releases half of one. */
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

	/* XML_PARSE_HUGE is not needed for what a section may hold. */
	TRY(xml_parse(xml, len, 4 << 20, "published qualifiers", &doc, err));
	if (!xml_is(xml_root(doc), PDK_NS, "VolumeIDQualifiers"))
		return err_set(
			err, SHVM_E_FORMAT,
			"published qualifiers: the root is <%s> of \"%.60s\", not " PDK_NS,
			xml_name(xml_root(doc)), xml_ns(xml_root(doc)));
	return qualifiers_decode(xml_root(doc), ret, err);
}
