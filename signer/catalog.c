/* SPDX-License-Identifier: MIT */
/* Builds, writes and reads the volume signature catalog's XML. */
#include "signer/catalog.h"

#include "base/be.h"
#include "base/encode.h"
#include "base/guid.h"
#include "base/version.h"
#include "base/xml.h"
#include "disk/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Our limits (FORMAT-VSC). */
const struct shvm_guid catalog_item_id =
	GUID_INIT(0x71e89189, 0x1921, 0x4e2a, 0xad, 0x6b, 0x36, 0xc3, 0xab,
		  0x37, 0x8e, 0x76);

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

static void add_digest(struct xml_doc *doc, struct xml_node *parent,
		       const struct shvm_signed_digest *d)
{
	struct xml_node *n = xml_add(doc, parent, "Digest");
	char hex[2 * SHVM_HASH_SIZE_MAX + 1];

	xml_set_attr(doc, n, "Algorithm", hashes[d->algorithm].word);
	set_number(doc, n, "BlockSize", d->block_size);
	hex_format(d->digest, hashes[d->algorithm].size, hex);
	xml_set_text(doc, n, hex);
}

static void add_volume(struct xml_doc *doc, const struct shvm_catalog_volume *v)
{
	struct xml_node *n = xml_add(doc, xml_root(doc), "Volume");
	char attributes[17];

	(void)snprintf(attributes, sizeof(attributes), "%016jx",
		       (uintmax_t)v->attributes);
	xml_set_attr(doc, n, "Role", role_words[v->role]);
	set_number(doc, n, "Number", v->number);
	set_guid(doc, n, "Guid", &v->guid);
	set_guid(doc, n, "TypeGuid", &v->type_guid);
	set_number(doc, n, "Offset", v->offset);
	set_number(doc, n, "Size", v->size);
	xml_set_attr(doc, n, "Attributes", attributes);
	xml_set_attr(doc, n, "Name", v->name);
	add_digest(doc, n, &v->digest);
}

static void add_table(struct xml_doc *doc, const struct shvm_catalog_info *c)
{
	struct xml_node *n = xml_add(doc, xml_root(doc), "Table");

	set_number(doc, n, "FirstUsable", c->first_usable);
	set_number(doc, n, "LastUsable", c->last_usable);
	set_number(doc, n, "Entries", c->entry_count);
}

static void add_region(struct xml_doc *doc, const struct shvm_catalog_region *r)
{
	struct xml_node *n = xml_add(doc, xml_root(doc), "Region");

	set_number(doc, n, "Offset", r->offset);
	set_number(doc, n, "Size", r->size);
	add_digest(doc, n, &r->digest);
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

	TRY(catalog_check(c, SHVM_E_ARG, err));
	TRY(xml_new(CATALOG_NS, NULL, "VolumeSignatureCatalog", &doc, err));

	n = xml_add(doc, xml_root(doc), "Template");
	xml_set_attr(doc, n, "Name", c->name);
	xml_set_attr(doc, n, "Version",
		     shvm_version_format(&c->version, version));
	xml_set_attr(doc, n, "DiskType", disk_type_words[c->disk_type]);
	n = xml_add(doc, xml_root(doc), "Disk");
	set_guid(doc, n, "Guid", &c->disk_guid);
	set_number(doc, n, "Size", c->disk_size);
	set_number(doc, n, "SectorSize", c->sector_size);
	xml_set_attr(doc, n, "Coverage", coverage_words[c->coverage]);
	if (c->coverage == SHVM_COVERAGE_DISK)
		add_table(doc, c);
	for (size_t i = 0; i < c->volume_count; i++)
		add_volume(doc, &c->volumes[i]);
	for (size_t i = 0;
	     c->coverage == SHVM_COVERAGE_DISK && i < c->region_count; i++)
		add_region(doc, &c->regions[i]);
	return xml_write(doc, true, ret, err);
}

static int need_attr(const struct xml_node *n, const char *name,
		     const char **ret, struct shvm_err *err)
{
	*ret = xml_attr(n, name);
	if (!*ret)
		return err_set(err, SHVM_E_FORMAT,
			       "catalog: line %u: %s: attribute %s is missing",
			       xml_line(n), xml_name(n), name);
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
	TRY(get_word(n, "DiskType", disk_type_words,
		     ARRAY_SIZE(disk_type_words), &i, err));
	c->disk_type = (enum shvm_disk_type)i;
	return SHVM_OK;
}

static int decode_disk(const struct xml_node *n, struct shvm_catalog_info *c,
		       struct shvm_err *err)
{
	static const char *const attrs[] = { "Guid", "Size", "SectorSize",
					     "Coverage", NULL };
	uint64_t sector_size = 0;
	size_t i = 0;

	TRY(check_empty(n, attrs, err));
	TRY(get_guid(n, "Guid", &c->disk_guid, err));
	TRY(get_number(n, "Size", UINT64_MAX, &c->disk_size, err));
	TRY(get_number(n, "SectorSize", UINT32_MAX, &sector_size, err));
	c->sector_size = (uint32_t)sector_size;
	TRY(get_word(n, "Coverage", coverage_words, ARRAY_SIZE(coverage_words),
		     &i, err));
	c->coverage = (enum shvm_coverage)i;
	return SHVM_OK;
}

static int decode_table(const struct xml_node *n, struct shvm_catalog_info *c,
			struct shvm_err *err)
{
	static const char *const attrs[] = { "FirstUsable", "LastUsable",
					     "Entries", NULL };
	uint64_t count = 0;

	TRY(check_empty(n, attrs, err));
	TRY(get_number(n, "FirstUsable", UINT64_MAX, &c->first_usable, err));
	TRY(get_number(n, "LastUsable", UINT64_MAX, &c->last_usable, err));
	TRY(get_number(n, "Entries", UINT32_MAX, &count, err));
	c->entry_count = (uint32_t)count;
	return SHVM_OK;
}

/* Exactly 16 hexadecimal digits in lower case. */
static int get_attributes(const struct xml_node *n, uint64_t *ret,
			  struct shvm_err *err)
{
	const char *text;
	uint8_t bytes[8];
	char canonical[17];

	TRY(need_attr(n, "Attributes", &text, err));
	if (hex_parse(text, bytes, sizeof(bytes))) {
		hex_format(bytes, sizeof(bytes), canonical);
		*ret = be64_get(bytes);
		if (strcmp(canonical, text) == 0)
			return SHVM_OK;
	}
	return err_set(err, SHVM_E_FORMAT,
		       "catalog: line %u: Volume/@Attributes is \"%s\"",
		       xml_line(n), text);
}

static int decode_digest(const struct xml_node *n, struct shvm_signed_digest *d,
			 struct shvm_err *err)
{
	static const char *const attrs[] = { "Algorithm", "BlockSize", NULL };
	const char *const words[] = { hashes[0].word, hashes[1].word };
	char hex[2 * SHVM_HASH_SIZE_MAX + 1];
	uint64_t block_size = 0;
	const char *text;
	size_t i = 0;

	TRY(xml_check_attrs(n, attrs, err));
	TRY(get_word(n, "Algorithm", words, ARRAY_SIZE(words), &i, err));
	d->algorithm = (enum shvm_hash)i;
	d->hash_size = hashes[i].size;
	TRY(get_number(n, "BlockSize", UINT32_MAX, &block_size, err));
	d->block_size = (uint32_t)block_size;
	TRY(xml_text(n, &text, err));
	if (!hex_parse(text, d->digest, hashes[i].size))
		return err_set(err, SHVM_E_FORMAT,
			       "catalog: line %u: Digest is not %u hexadecimal "
			       "digits",
			       xml_line(n), 2 * hashes[i].size);
	hex_format(d->digest, hashes[i].size, hex);
	if (strcmp(hex, text) != 0)
		return err_set(err, SHVM_E_FORMAT,
			       "catalog: line %u: Digest is not in lower case",
			       xml_line(n));
	return SHVM_OK;
}

static int decode_volume(const struct xml_node *n,
			 struct shvm_catalog_volume *v, struct shvm_err *err)
{
	static const char *const attrs[] = { "Role",	   "Number", "Guid",
					     "TypeGuid",   "Offset", "Size",
					     "Attributes", "Name",   NULL };
	struct xml_seq seq = xml_seq_begin(n);
	struct xml_node *digest;
	uint64_t number = 0;
	const char *name;
	size_t i = 0;

	TRY(xml_check_attrs(n, attrs, err));
	TRY(xml_check_no_text(n, err));
	TRY(get_word(n, "Role", role_words, ARRAY_SIZE(role_words), &i, err));
	v->role = (enum shvm_role)i;
	TRY(get_number(n, "Number", UINT32_MAX, &number, err));
	v->number = (uint32_t)number;
	TRY(get_guid(n, "Guid", &v->guid, err));
	TRY(get_guid(n, "TypeGuid", &v->type_guid, err));
	TRY(get_number(n, "Offset", UINT64_MAX, &v->offset, err));
	TRY(get_number(n, "Size", UINT64_MAX, &v->size, err));
	TRY(get_attributes(n, &v->attributes, err));
	TRY(need_attr(n, "Name", &name, err));
	TRY(catalog_check_partition_name(name, v->number, SHVM_E_FORMAT, err));
	memcpy(v->name, name, strlen(name) + 1);
	TRY(xml_seq_need(&seq, CATALOG_NS, "Digest", &digest, err));
	TRY(decode_digest(digest, &v->digest, err));
	return xml_seq_end(&seq, err);
}

static int decode_region(const struct xml_node *n,
			 struct shvm_catalog_region *r, struct shvm_err *err)
{
	static const char *const attrs[] = { "Offset", "Size", NULL };
	struct xml_seq seq = xml_seq_begin(n);
	struct xml_node *digest;

	TRY(xml_check_attrs(n, attrs, err));
	TRY(xml_check_no_text(n, err));
	TRY(get_number(n, "Offset", UINT64_MAX, &r->offset, err));
	TRY(get_number(n, "Size", UINT64_MAX, &r->size, err));
	TRY(xml_seq_need(&seq, CATALOG_NS, "Digest", &digest, err));
	TRY(decode_digest(digest, &r->digest, err));
	return xml_seq_end(&seq, err);
}

static int too_many(const struct xml_node *n, int max, struct shvm_err *err)
{
	return err_set(err, SHVM_E_FORMAT,
		       "catalog: line %u: more than %d elements %s",
		       xml_line(n), max, xml_name(n));
}

/* Reads all volumes, then all regions. */
static int decode_lists(struct xml_seq *seq, struct shvm_catalog_info *c,
			struct catalog_lists *lists, struct shvm_err *err)
{
	struct xml_node *n;

	lists->volumes =
		calloc(SHVM_CATALOG_VOLUMES_MAX, sizeof(*lists->volumes));
	TRY(err_null(err, lists->volumes, "catalog"));
	c->volumes = lists->volumes;
	while ((n = xml_seq_maybe(seq, CATALOG_NS, "Volume")) != NULL) {
		if (c->volume_count == SHVM_CATALOG_VOLUMES_MAX)
			return too_many(n, SHVM_CATALOG_VOLUMES_MAX, err);
		TRY(decode_volume(n, &lists->volumes[c->volume_count++], err));
	}
	if (c->coverage != SHVM_COVERAGE_DISK)
		return SHVM_OK;
	lists->regions =
		calloc(SHVM_CATALOG_REGIONS_MAX, sizeof(*lists->regions));
	TRY(err_null(err, lists->regions, "catalog"));
	c->regions = lists->regions;
	while ((n = xml_seq_maybe(seq, CATALOG_NS, "Region")) != NULL) {
		if (c->region_count == SHVM_CATALOG_REGIONS_MAX)
			return too_many(n, SHVM_CATALOG_REGIONS_MAX, err);
		TRY(decode_region(n, &lists->regions[c->region_count++], err));
	}
	return SHVM_OK;
}

static int decode_root(const struct xml_node *root, struct shvm_catalog_info *c,
		       struct catalog_lists *lists, struct shvm_err *err)
{
	static const char *const no_attrs[] = { NULL };
	struct xml_seq seq = xml_seq_begin(root);
	struct xml_node *n;

	if (xml_is(root, CATALOG_NS_1, "VolumeSignatureCatalog"))
		return err_set(
			err, SHVM_E_FORMAT,
			"catalog: version 1, which covers only the OS volume, is not supported: sign the disk again");
	if (!xml_is(root, CATALOG_NS, "VolumeSignatureCatalog"))
		return err_set(
			err, SHVM_E_FORMAT,
			"catalog: the root element is %s in namespace \"%s\"",
			xml_name(root), xml_ns(root));
	TRY(xml_check_attrs(root, no_attrs, err));
	TRY(xml_check_no_text(root, err));
	TRY(xml_seq_need(&seq, CATALOG_NS, "Template", &n, err));
	TRY(decode_template(n, c, err));
	TRY(xml_seq_need(&seq, CATALOG_NS, "Disk", &n, err));
	TRY(decode_disk(n, c, err));
	if (c->coverage == SHVM_COVERAGE_DISK) {
		TRY(xml_seq_need(&seq, CATALOG_NS, "Table", &n, err));
		TRY(decode_table(n, c, err));
	}
	TRY(decode_lists(&seq, c, lists, err));
	return xml_seq_end(&seq, err);
}

int catalog_decode(const uint8_t *xml, size_t len,
		   struct shvm_catalog_info *ret,
		   struct catalog_lists *ret_lists, struct shvm_err *err)
{
	AUTO(xml_ptr) doc = NULL;
	AUTO_DONE(catalog_lists) lists = { 0 };
	struct shvm_catalog_info c = { 0 };

	TRY(xml_parse(xml, len, 0, "catalog", &doc, err));
	TRY(decode_root(xml_root(doc), &c, &lists, err));
	TRY(catalog_check(&c, SHVM_E_FORMAT, err));
	*ret = c;
	*ret_lists = MOVE(lists);
	return SHVM_OK;
}
