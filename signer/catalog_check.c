/* SPDX-License-Identifier: MIT */
/* The rules about a catalog's values, for writing and reading. */
#include "base/guid.h"
#include "base/utf16.h"
#include "base/utf8.h"
#include "disk/gpt.h"
#include "hash/tree.h"
#include "signer/catalog.h"
#include "signer/parts.h"

#include <stdio.h>
#include <string.h>

enum {
	PLACE_MAX = 40 /* bytes: the place in a message */
};

static int bad_number(struct shvm_err *err, int code, const char *what,
		      uint64_t value)
{
	return err_set(err, code, "catalog: %s is %ju", what, (uintmax_t)value);
}

static int bad_of(struct shvm_err *err, int code,
		  const struct shvm_catalog_volume *v, const char *what,
		  uint64_t value)
{
	return err_set(err, code, "catalog: partition %u: %s is %ju", v->number,
		       what, (uintmax_t)value);
}

/* C0 and C1 controls, and U+FFFE and U+FFFF, which XML 1.0 cannot represent. */
static bool is_forbidden(const uint8_t *p)
{
	if (p[0] < 0x20 || p[0] == 0x7f)
		return true;
	if (p[0] == 0xc2 && p[1] < 0xa0)
		return true;
	return p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe;
}

static int check_text(const char *text, const char *what, int code,
		      struct shvm_err *err)
{
	const size_t len = strlen(text);

	if (!utf8_is_valid(text, len))
		return err_set(err, code, "catalog: %s is not UTF-8", what);
	for (size_t i = 0; i < len; i++)
		if (is_forbidden((const uint8_t *)text + i))
			return err_set(err, code,
				       "catalog: %s contains %s at byte %zu",
				       what,
				       (uint8_t)text[i] == 0xef
					       ? "U+FFFE or U+FFFF"
					       : "a control character",
				       i);
	return SHVM_OK;
}

int catalog_check_name(const char *name, int code, struct shvm_err *err)
{
	const size_t len = strlen(name);

	if (len == 0)
		return err_set(err, code, "catalog: template name is empty");
	if (len > SHVM_CATALOG_NAME_MAX)
		return err_set(
			err, code,
			"catalog: the template name has %zu bytes, the limit is %d",
			len, SHVM_CATALOG_NAME_MAX);
	return check_text(name, "template name", code, err);
}

int catalog_check_partition_name(const char *name, uint32_t number, int code,
				 struct shvm_err *err)
{
	AUTO_DONE(buf) units = { 0 };
	char what[PLACE_MAX];

	(void)snprintf(what, sizeof(what), "partition %u: name", number);
	TRY(check_text(name, what, code, err));
	(void)utf16_from_utf8(name, strlen(name), &units);
	TRY(buf_check(&units, "catalog", err));
	if (units.len > (size_t)2 * CATALOG_NAME_UNITS_MAX)
		return err_set(
			err, code,
			"catalog: %s has %zu UTF-16 units, the limit is %d",
			what, units.len / 2, CATALOG_NAME_UNITS_MAX);
	return SHVM_OK;
}

/* where: the element with the digest */
static int check_digest(const struct shvm_signed_digest *d, const char *where,
			int code, struct shvm_err *err)
{
	if (d->algorithm != SHVM_HASH_SHA256 &&
	    d->algorithm != SHVM_HASH_SHA512)
		return err_set(err, code,
			       "catalog: %s: Digest/@Algorithm is %d", where,
			       (int)d->algorithm);
	if (d->block_size < BLOCK_SIZE_MIN || d->block_size > BLOCK_SIZE_MAX ||
	    (d->block_size & (d->block_size - 1)) != 0)
		return err_set(err, code,
			       "catalog: %s: Digest/@BlockSize is %u", where,
			       d->block_size);
	return SHVM_OK;
}

static int check_volume(const struct shvm_catalog_info *c,
			const struct shvm_catalog_volume *v, int code,
			struct shvm_err *err)
{
	char where[PLACE_MAX];

	(void)snprintf(where, sizeof(where), "partition %u", v->number);
	TRY(check_digest(&v->digest, where, code, err));
	TRY(catalog_check_partition_name(v->name, v->number, code, err));
	if (v->number == 0 || v->number > GPT_ENTRY_COUNT_MAX)
		return bad_number(err, code, "Volume/@Number", v->number);
	if (v->role > SHVM_ROLE_DATA)
		return bad_of(err, code, v, "Role", v->role);
	if (guid_is_zero(&v->guid))
		return err_set(err, code,
			       "catalog: partition %u: Guid is all zeros",
			       v->number);
	if (guid_is_zero(&v->type_guid))
		return err_set(err, code,
			       "catalog: partition %u: TypeGuid is all zeros",
			       v->number);
	if (v->offset == 0 || v->offset % c->sector_size != 0)
		return bad_of(err, code, v, "Offset", v->offset);
	if (v->size == 0 || v->size % c->sector_size != 0)
		return bad_of(err, code, v, "Size", v->size);
	if (v->offset > c->disk_size || v->size > c->disk_size - v->offset)
		return err_set(
			err, code,
			"catalog: partition %u at offset %ju with %ju bytes is outside the disk of %ju bytes",
			v->number, (uintmax_t)v->offset, (uintmax_t)v->size,
			(uintmax_t)c->disk_size);
	return SHVM_OK;
}

/* Sorted by offset, without overlaps and without duplicate numbers or GUIDs. */
static int check_volumes(const struct shvm_catalog_info *c, int code,
			 struct shvm_err *err)
{
	for (size_t i = 0; i < c->volume_count; i++) {
		const struct shvm_catalog_volume *v = &c->volumes[i];

		TRY(check_volume(c, v, code, err));
		if (i > 0 && v->offset < v[-1].offset + v[-1].size)
			return err_set(
				err, code,
				"catalog: partition %u does not start after the previous one, partition %u",
				v->number, v[-1].number);
		for (size_t k = 0; k < i; k++) {
			const struct shvm_catalog_volume *w = &c->volumes[k];

			if (v->number == w->number)
				return err_set(
					err, code,
					"catalog: two partitions have number %u",
					v->number);
			if (guid_equal(&v->guid, &w->guid))
				return err_set(
					err, code,
					"catalog: partitions %u and %u have the "
					"same Guid",
					w->number, v->number);
		}
	}
	return SHVM_OK;
}

/* The number of OS volumes of each role that a type of disk has. */
static int check_roles(const struct shvm_catalog_info *c, int code,
		       struct shvm_err *err)
{
	static const struct {
		unsigned int min[3], max[3]; /* of OS, Boot, Root */
	} types[] = {
		[SHVM_DISK_WINDOWS] = { { 1, 0, 0 }, { 1, 0, 0 } },
		[SHVM_DISK_PREPROCESSED_LINUX] = { { 0, 1, 1 }, { 0, 1, 1 } },
		[SHVM_DISK_LINUX] = { { 0, 0, 1 }, { 0, 1, 1 } },
	};
	unsigned int found[SHVM_ROLE_DATA + 1] = { 0 }, others = 0;

	for (size_t i = 0; i < c->volume_count; i++)
		found[c->volumes[i].role]++;
	for (size_t i = SHVM_ROLE_OS; i <= SHVM_ROLE_ROOT; i++)
		if (found[i] < types[c->disk_type].min[i] ||
		    found[i] > types[c->disk_type].max[i])
			return err_set(
				err, code,
				"catalog: %u volumes with Role %s are not allowed for DiskType %s",
				found[i], shvm_role_name((enum shvm_role)i),
				shvm_disk_type_name(c->disk_type));
	for (size_t i = SHVM_ROLE_ESP; i <= SHVM_ROLE_DATA; i++)
		others += found[i];
	if (c->coverage == SHVM_COVERAGE_OS && others > 0)
		return err_set(
			err, code,
			"catalog: %u volumes are not OS volumes, which Coverage os does not allow",
			others);
	return SHVM_OK;
}

/* LBA 0, and gaps: each region is a whole gap. */
static int check_regions(const struct shvm_catalog_info *c, int code,
			 struct shvm_err *err)
{
	AUTOFREE struct shvm_span *gaps = NULL;
	size_t count, next = 0;
	char where[PLACE_MAX];

	if (c->region_count == 0 || c->regions[0].offset != 0 ||
	    c->regions[0].size != c->sector_size)
		return err_set(err, code,
			       "catalog: the first Region is not LBA 0");
	gaps = calloc(c->volume_count + 1, sizeof(*gaps));
	TRY(err_null(err, gaps, "catalog"));
	count = parts_gaps(c, gaps);
	for (size_t i = 0; i < c->region_count; i++) {
		const struct shvm_catalog_region *r = &c->regions[i];

		(void)snprintf(where, sizeof(where), "Region at %ju",
			       (uintmax_t)r->offset);
		TRY(check_digest(&r->digest, where, code, err));
		if (i == 0)
			continue;
		while (next < count && gaps[next].offset < r->offset)
			next++;
		if (next == count || gaps[next].offset != r->offset ||
		    gaps[next].size != r->size)
			return err_set(
				err, code,
				"catalog: the Region at offset %ju with %ju bytes is not a gap between partitions, or is out of order",
				(uintmax_t)r->offset, (uintmax_t)r->size);
		next++;
	}
	return SHVM_OK;
}

/* The values of the table, its volumes, and the regions. */
static int check_table(const struct shvm_catalog_info *c, int code,
		       struct shvm_err *err)
{
	const struct gpt_values v = parts_table(c, NULL);
	const char *what;

	if (!gpt_values_fit(&v, &what))
		return err_set(
			err, code,
			"catalog: a table of %u entries with LBA %ju to %ju for partitions does not fit on the disk: %s",
			v.entry_count, (uintmax_t)v.first_usable_lba,
			(uintmax_t)v.last_usable_lba, what);
	for (size_t i = 0; i < c->volume_count; i++) {
		const struct shvm_catalog_volume *p = &c->volumes[i];

		if (p->number > c->entry_count)
			return bad_of(err, code, p, "Number", p->number);
		if (p->offset / c->sector_size < c->first_usable ||
		    (p->offset + p->size) / c->sector_size - 1 > c->last_usable)
			return err_set(
				err, code,
				"catalog: partition %u is outside the usable LBAs of the table",
				p->number);
	}
	return check_regions(c, code, err);
}

int catalog_check(const struct shvm_catalog_info *c, int code,
		  struct shvm_err *err)
{
	TRY(catalog_check_name(c->name, code, err));
	if (c->disk_type > SHVM_DISK_LINUX)
		return bad_number(err, code, "Template/@DiskType",
				  c->disk_type);
	if (c->coverage > SHVM_COVERAGE_OS)
		return bad_number(err, code, "Disk/@Coverage", c->coverage);
	if (guid_is_zero(&c->disk_guid))
		return err_set(err, code, "catalog: Disk/@Guid is all zeros");
	if (c->sector_size != 512 && c->sector_size != 4096)
		return bad_number(err, code, "Disk/@SectorSize",
				  c->sector_size);
	if (c->disk_size == 0 || c->disk_size % c->sector_size != 0 ||
	    c->disk_size > CATALOG_DISK_MAX)
		return bad_number(err, code, "Disk/@Size", c->disk_size);
	if (c->volume_count > SHVM_CATALOG_VOLUMES_MAX)
		return bad_number(err, code, "number of volumes",
				  c->volume_count);
	TRY(check_volumes(c, code, err));
	TRY(check_roles(c, code, err));
	return c->coverage == SHVM_COVERAGE_DISK ? check_table(c, code, err)
						 : SHVM_OK;
}
