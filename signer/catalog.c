/* SPDX-License-Identifier: MIT */
/* Builds, writes and reads the volume signature catalog's XML. */
#include "signer/catalog.h"

#include "base/encode.h"
#include "base/guid.h"
#include "base/utf8.h"
#include "base/version.h"
#include "base/xml.h"
#include "hash/tree.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ours (formats, section 2). */
const struct shvm_guid catalog_item_id =
	GUID_INIT(0x71e89189, 0x1921, 0x4e2a, 0xad, 0x6b, 0x36, 0xc3, 0xab,
		  0x37, 0x8e, 0x76);

/* The words of the format, in the order of their enums. */
static const char *const role_words[] = { "OS", "Boot", "Root" };
static const char *const type_words[] = { "MicrosoftWindows",
					  "PreprocessedLinux" };
static const struct {
	const char *word;
	uint32_t size; /* bytes */
} hashes[] = {
	{ "fs-verity-sha256", 32 },
	{ "fs-verity-sha512", 64 },
};

static int bad(struct shvm_err *err, int code, const char *what,
	       const char *value)
{
	return err_set(err, code, "catalog: %s is \"%s\"", what, value);
}

static int bad_number(struct shvm_err *err, int code, const char *what,
		      uint64_t value)
{
	return err_set(err, code, "catalog: %s is %ju", what, (uintmax_t)value);
}

/* C0 and C1 controls, and U+FFFE and U+FFFF, which XML 1.0 has no form for. */
static bool is_forbidden(const uint8_t *p)
{
	if (p[0] < 0x20 || p[0] == 0x7f)
		return true;
	if (p[0] == 0xc2 && p[1] < 0xa0)
		return true;
	return p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe;
}

int catalog_check_name(const char *name, int code, struct shvm_err *err)
{
	const size_t len = strlen(name);

	if (len == 0)
		return err_set(err, code, "catalog: template name is empty");
	if (len > SHVM_CATALOG_NAME_MAX)
		return err_set(
			err, code,
			"catalog: template name of %zu bytes, at most %d", len,
			SHVM_CATALOG_NAME_MAX);
	if (!utf8_is_valid(name, len))
		return err_set(err, code,
			       "catalog: template name is not UTF-8");
	for (size_t i = 0; i < len; i++)
		if (is_forbidden((const uint8_t *)name + i))
			return err_set(
				err, code,
				"catalog: template name has a control character at byte %zu",
				i);
	return SHVM_OK;
}

static int check_volume(const struct shvm_catalog_info *c,
			const struct shvm_catalog_volume *v, int code,
			struct shvm_err *err)
{
	if ((size_t)v->digest.algorithm >= ARRAY_SIZE(hashes))
		return bad_number(err, code, "Digest/@Algorithm",
				  v->digest.algorithm);
	if (v->digest.block_size < BLOCK_SIZE_MIN ||
	    v->digest.block_size > BLOCK_SIZE_MAX ||
	    (v->digest.block_size & (v->digest.block_size - 1)) != 0)
		return bad_number(err, code, "Digest/@BlockSize",
				  v->digest.block_size);
	if (guid_is_zero(&v->guid))
		return bad(err, code, "Volume/@Guid", "all zeros");
	if (guid_is_zero(&v->type_guid))
		return bad(err, code, "Volume/@TypeGuid", "all zeros");
	if (v->offset == 0 || v->offset % c->sector_size != 0)
		return bad_number(err, code, "Volume/@Offset", v->offset);
	if (v->size == 0 || v->size % c->sector_size != 0)
		return bad_number(err, code, "Volume/@Size", v->size);
	if (v->offset > c->disk_size || v->size > c->disk_size - v->offset)
		return err_set(err, code,
			       "catalog: volume at %ju of %ju bytes is outside "
			       "the disk of %ju",
			       (uintmax_t)v->offset, (uintmax_t)v->size,
			       (uintmax_t)c->disk_size);
	return SHVM_OK;
}

/* Which roles, and that two volumes are two. */
static int check_roles(const struct shvm_catalog_info *c, int code,
		       struct shvm_err *err)
{
	const struct shvm_catalog_volume *v = c->volumes;
	const bool is_linux = c->disk_type == SHVM_DISK_PREPROCESSED_LINUX;

	if (c->volume_count != (is_linux ? 2 : 1))
		return err_set(err, code,
			       "catalog: %zu volumes for DiskType %s",
			       c->volume_count, type_words[c->disk_type]);
	for (size_t i = 0; i < c->volume_count; i++) {
		const enum shvm_role want =
			is_linux ? (i == 0 ? SHVM_ROLE_BOOT : SHVM_ROLE_ROOT)
				 : SHVM_ROLE_OS;

		if (v[i].role != want)
			return err_set(
				err, code,
				"catalog: Volume/@Role %zu is not %s, as DiskType %s asks for",
				i + 1, role_words[want],
				type_words[c->disk_type]);
	}
	if (!is_linux)
		return SHVM_OK;
	if (guid_equal(&v[0].guid, &v[1].guid))
		return err_set(err, code,
			       "catalog: both volumes have the same Guid");
	if (v[0].offset < v[1].offset + v[1].size &&
	    v[1].offset < v[0].offset + v[0].size)
		return err_set(err, code, "catalog: the volumes overlap");
	return SHVM_OK;
}

/* Every rule about values, for both directions. */
static int check_catalog(const struct shvm_catalog_info *c, int code,
			 struct shvm_err *err)
{
	TRY(catalog_check_name(c->name, code, err));
	if ((size_t)c->disk_type >= ARRAY_SIZE(type_words))
		return bad_number(err, code, "Template/@DiskType",
				  c->disk_type);
	if (guid_is_zero(&c->disk_guid))
		return bad(err, code, "Disk/@Guid", "all zeros");
	if (c->sector_size != 512 && c->sector_size != 4096)
		return bad_number(err, code, "Disk/@SectorSize",
				  c->sector_size);
	if (c->disk_size == 0 || c->disk_size % c->sector_size != 0 ||
	    c->disk_size > CATALOG_DISK_MAX)
		return bad_number(err, code, "Disk/@Size", c->disk_size);
	if (c->volume_count > 2)
		return bad_number(err, code, "number of volumes",
				  c->volume_count);
	for (size_t i = 0; i < c->volume_count; i++)
		TRY(check_volume(c, &c->volumes[i], code, err));
	return check_roles(c, code, err);
}

static void set_number(struct xml_doc *doc, struct xml_node *n,
		       const char *name, uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%ju", (uintmax_t)value);
	xml_set_attr(doc, n, name, text);
}

static void set_guid(struct xml_doc *doc, struct xml_node *n, const char *name,
		     const struct shvm_guid *guid)
{
	char text[SHVM_GUID_TEXT];

	xml_set_attr(doc, n, name, shvm_guid_format(guid, text));
}

static void add_volume(struct xml_doc *doc, const struct shvm_catalog_volume *v)
{
	struct xml_node *n = xml_add(doc, xml_root(doc), "Volume");
	char hex[2 * SHVM_HASH_SIZE_MAX + 1];

	xml_set_attr(doc, n, "Role", role_words[v->role]);
	set_guid(doc, n, "Guid", &v->guid);
	set_guid(doc, n, "TypeGuid", &v->type_guid);
	set_number(doc, n, "Offset", v->offset);
	set_number(doc, n, "Size", v->size);
	n = xml_add(doc, n, "Digest");
	xml_set_attr(doc, n, "Algorithm", hashes[v->digest.algorithm].word);
	set_number(doc, n, "BlockSize", v->digest.block_size);
	hex_format(v->digest.digest, hashes[v->digest.algorithm].size, hex);
	xml_set_text(doc, n, hex);
}

void catalog_lists_done(struct catalog_lists *lists)
{
	free(lists->volumes);
	free(lists->regions);
	*lists = (struct catalog_lists){ 0 };
}

int catalog_encode(const struct shvm_catalog_info *c, struct buf *ret,
		   struct shvm_err *err)
{
	AUTO(xml_ptr) doc = NULL;
	char version[SHVM_VERSION_TEXT];
	struct xml_node *n;

	TRY(check_catalog(c, SHVM_E_ARG, err));
	TRY(xml_new(CATALOG_NS, NULL, "VolumeSignatureCatalog", &doc, err));

	n = xml_add(doc, xml_root(doc), "Template");
	xml_set_attr(doc, n, "Name", c->name);
	xml_set_attr(doc, n, "Version",
		     shvm_version_format(&c->version, version));
	xml_set_attr(doc, n, "DiskType", type_words[c->disk_type]);
	n = xml_add(doc, xml_root(doc), "Disk");
	set_guid(doc, n, "Guid", &c->disk_guid);
	set_number(doc, n, "Size", c->disk_size);
	set_number(doc, n, "SectorSize", c->sector_size);
	for (size_t i = 0; i < c->volume_count; i++)
		add_volume(doc, &c->volumes[i]);
	return xml_write(doc, true, ret, err);
}

static int need_attr(const struct xml_node *n, const char *name,
		     const char **ret, struct shvm_err *err)
{
	*ret = xml_attr(n, name);
	if (!*ret)
		return err_set(err, SHVM_E_FORMAT,
			       "catalog: line %u: %s has no %s", xml_line(n),
			       xml_name(n), name);
	return SHVM_OK;
}

/* Canonical decimal: number_parse() refuses leading zeros. */
static int get_number(const struct xml_node *n, const char *name, uint64_t max,
		      uint64_t *ret, struct shvm_err *err)
{
	const char *text;
	int r;

	TRY(need_attr(n, name, &text, err));
	r = number_parse(text, 0, max, ret, NULL);
	if (r < 0)
		return err_set(err, SHVM_E_FORMAT,
			       "catalog: line %u: %s/@%s is \"%s\"",
			       xml_line(n), xml_name(n), name, text);
	return SHVM_OK;
}

static int get_guid(const struct xml_node *n, const char *name,
		    struct shvm_guid *ret, struct shvm_err *err)
{
	char canonical[SHVM_GUID_TEXT];
	const char *text;

	TRY(need_attr(n, name, &text, err));
	if (!guid_parse(text, ret) ||
	    strcmp(shvm_guid_format(ret, canonical), text) != 0)
		return err_set(err, SHVM_E_FORMAT,
			       "catalog: line %u: %s/@%s is \"%s\"",
			       xml_line(n), xml_name(n), name, text);
	return SHVM_OK;
}

static int get_word(const struct xml_node *n, const char *name,
		    const char *const *words, size_t count, size_t *ret,
		    struct shvm_err *err)
{
	const char *text;

	TRY(need_attr(n, name, &text, err));
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], text) == 0) {
			*ret = i;
			return SHVM_OK;
		}
	return err_set(err, SHVM_E_FORMAT, "catalog: line %u: %s/@%s is \"%s\"",
		       xml_line(n), xml_name(n), name, text);
}

/* Only these attributes, no child elements, no text. */
static int check_empty(const struct xml_node *n, const char *const *attrs,
		       struct shvm_err *err)
{
	const struct xml_seq seq = xml_seq_begin(n);

	TRY(xml_check_attrs(n, attrs, err));
	TRY(xml_seq_end(&seq, err));
	return xml_check_no_text(n, err);
}

static int decode_template(const struct xml_node *n,
			   struct shvm_catalog_info *c, struct shvm_err *err)
{
	static const char *const attrs[] = { "Name", "Version", "DiskType",
					     NULL };
	const char *text;
	size_t i = 0;

	TRY(check_empty(n, attrs, err));
	TRY(need_attr(n, "Name", &text, err));
	TRY(catalog_check_name(text, SHVM_E_FORMAT, err));
	memcpy(c->name, text, strlen(text) + 1);
	TRY(need_attr(n, "Version", &text, err));
	if (shvm_version_parse(text, &c->version, NULL) < 0)
		return bad(err, SHVM_E_FORMAT, "Template/@Version", text);
	TRY(get_word(n, "DiskType", type_words, ARRAY_SIZE(type_words), &i,
		     err));
	c->disk_type = (enum shvm_disk_type)i;
	return SHVM_OK;
}

static int decode_disk(const struct xml_node *n, struct shvm_catalog_info *c,
		       struct shvm_err *err)
{
	static const char *const attrs[] = { "Guid", "Size", "SectorSize",
					     NULL };
	uint64_t sector_size = 0;

	TRY(check_empty(n, attrs, err));
	TRY(get_guid(n, "Guid", &c->disk_guid, err));
	TRY(get_number(n, "Size", UINT64_MAX, &c->disk_size, err));
	TRY(get_number(n, "SectorSize", UINT32_MAX, &sector_size, err));
	c->sector_size = (uint32_t)sector_size;
	return SHVM_OK;
}

static int decode_digest(const struct xml_node *n,
			 struct shvm_catalog_volume *v, struct shvm_err *err)
{
	static const char *const attrs[] = { "Algorithm", "BlockSize", NULL };
	const char *const words[] = { hashes[0].word, hashes[1].word };
	char hex[2 * SHVM_HASH_SIZE_MAX + 1];
	uint64_t block_size = 0;
	const char *text;
	size_t i = 0;

	TRY(xml_check_attrs(n, attrs, err));
	TRY(get_word(n, "Algorithm", words, ARRAY_SIZE(words), &i, err));
	v->digest.algorithm = (enum shvm_hash)i;
	v->digest.hash_size = hashes[i].size;
	TRY(get_number(n, "BlockSize", UINT32_MAX, &block_size, err));
	v->digest.block_size = (uint32_t)block_size;
	TRY(xml_text(n, &text, err));
	if (!hex_parse(text, v->digest.digest, hashes[i].size))
		return err_set(err, SHVM_E_FORMAT,
			       "catalog: line %u: Digest is not %u hexadecimal "
			       "digits",
			       xml_line(n), 2 * hashes[i].size);
	hex_format(v->digest.digest, hashes[i].size, hex);
	if (strcmp(hex, text) != 0)
		return err_set(err, SHVM_E_FORMAT,
			       "catalog: line %u: Digest is not in lower case",
			       xml_line(n));
	return SHVM_OK;
}

static int decode_volume(const struct xml_node *n,
			 struct shvm_catalog_volume *v, struct shvm_err *err)
{
	static const char *const attrs[] = { "Role",   "Guid", "TypeGuid",
					     "Offset", "Size", NULL };
	struct xml_seq seq = xml_seq_begin(n);
	struct xml_node *digest;
	size_t i = 0;

	TRY(xml_check_attrs(n, attrs, err));
	TRY(xml_check_no_text(n, err));
	TRY(get_word(n, "Role", role_words, ARRAY_SIZE(role_words), &i, err));
	v->role = (enum shvm_role)i;
	TRY(get_guid(n, "Guid", &v->guid, err));
	TRY(get_guid(n, "TypeGuid", &v->type_guid, err));
	TRY(get_number(n, "Offset", UINT64_MAX, &v->offset, err));
	TRY(get_number(n, "Size", UINT64_MAX, &v->size, err));
	TRY(xml_seq_need(&seq, CATALOG_NS, "Digest", &digest, err));
	TRY(decode_digest(digest, v, err));
	return xml_seq_end(&seq, err);
}

static int decode_root(const struct xml_node *root, struct shvm_catalog_info *c,
		       struct catalog_lists *lists, struct shvm_err *err)
{
	static const char *const no_attrs[] = { NULL };
	struct xml_seq seq = xml_seq_begin(root);
	struct xml_node *n;

	if (!xml_is(root, CATALOG_NS, "VolumeSignatureCatalog"))
		return err_set(err, SHVM_E_FORMAT,
			       "catalog: root is %s in \"%s\"", xml_name(root),
			       xml_ns(root));
	TRY(xml_check_attrs(root, no_attrs, err));
	TRY(xml_check_no_text(root, err));
	TRY(xml_seq_need(&seq, CATALOG_NS, "Template", &n, err));
	TRY(decode_template(n, c, err));
	TRY(xml_seq_need(&seq, CATALOG_NS, "Disk", &n, err));
	TRY(decode_disk(n, c, err));
	lists->volumes = calloc(2, sizeof(*lists->volumes));
	TRY(err_null(err, lists->volumes, "catalog"));
	c->volumes = lists->volumes;
	while ((n = xml_seq_maybe(&seq, CATALOG_NS, "Volume")) != NULL) {
		if (c->volume_count == 2)
			return err_set(err, SHVM_E_FORMAT,
				       "catalog: line %u: more than %d volumes",
				       xml_line(n), 2);
		TRY(decode_volume(n, &lists->volumes[c->volume_count++], err));
	}
	return xml_seq_end(&seq, err);
}

int catalog_decode(const uint8_t *xml, size_t len,
		   struct shvm_catalog_info *ret,
		   struct catalog_lists *ret_lists, struct shvm_err *err)
{
	AUTO(xml_ptr) doc = NULL;
	AUTO_DONE(catalog_lists) lists = { 0 };
	struct shvm_catalog_info c = { .coverage = SHVM_COVERAGE_OS };

	TRY(xml_parse(xml, len, 0, "catalog", &doc, err));
	TRY(decode_root(xml_root(doc), &c, &lists, err));
	TRY(check_catalog(&c, SHVM_E_FORMAT, err));
	if (EVP_Digest(xml, len, c.content_sha256, NULL, EVP_sha256(), NULL) !=
	    1)
		return err_nomem(err, "catalog");
	*ret = c;
	*ret_lists = MOVE(lists);
	return SHVM_OK;
}
