/* SPDX-License-Identifier: MIT */
/* Prints catalogs and verdicts, as text and as JSON. */
#include "cli/template_view.h"

#include "base/be.h"
#include "cli/guardian_view.h"
#include "cli/report.h"

static json_t *template_json(const struct shvm_catalog_info *i)
{
	return OBJECT(M("name", i->name), M("version", &i->version),
		      M("disk_type", shvm_disk_type_name(i->disk_type)));
}

static json_t *digest_json(const struct shvm_signed_digest *d)
{
	return OBJECT(M("algorithm", shvm_hash_name(d->algorithm)),
		      M("block_size", d->block_size),
		      M("digest", result_hex(d->digest, d->hash_size)));
}

static json_t *volume_json(const struct shvm_catalog_volume *v)
{
	uint8_t attributes[8];
	json_t *object;

	be64_put(attributes, v->attributes);
	object = OBJECT(M("role", shvm_role_name(v->role)),
			M("number", v->number), M("guid", &v->guid),
			M("type_guid", &v->type_guid), M("offset", v->offset),
			M("size", v->size),
			M("attributes",
			  result_hex(attributes, sizeof(attributes))),
			M("name", v->name));

	out_members(&object, digest_json(&v->digest));
	return object;
}

static json_t *region_json(const struct shvm_catalog_region *r)
{
	json_t *object = OBJECT(M("offset", r->offset), M("size", r->size));

	out_members(&object, digest_json(&r->digest));
	return object;
}

/* The number of bytes that the catalog covers; with coverage disk all bytes. */
static uint64_t covered_bytes(const struct shvm_catalog_info *i)
{
	uint64_t sum = 0;

	if (i->coverage == SHVM_COVERAGE_DISK)
		return i->disk_size;
	for (size_t k = 0; k < i->volume_count; k++)
		sum += i->volumes[k].size;
	return sum;
}

/* Null for an unknown time. */
static json_t *time_or_null(int64_t seconds)
{
	return seconds ? result_time(seconds) : json_null();
}

json_t *template_catalog_json(const struct shvm_catalog_info *i)
{
	json_t *volumes = json_array(), *regions = json_array();

	const uint64_t covered = covered_bytes(i);

	for (size_t k = 0; k < i->volume_count; k++)
		out_list_add(&volumes, volume_json(&i->volumes[k]));
	for (size_t k = 0; k < i->region_count; k++)
		out_list_add(&regions, region_json(&i->regions[k]));
	return OBJECT(
		M("template", template_json(i)),
		M("disk",
		  OBJECT(M("guid", &i->disk_guid), M("size", i->disk_size),
			 M("sector_size", i->sector_size),
			 M("coverage", shvm_coverage_name(i->coverage)))),
		M("bytes_covered", covered),
		M("bytes_uncovered", i->disk_size - covered),
		M("volumes", volumes), M("regions", regions),
		M("content_sha256",
		  result_hex(i->content_sha256, sizeof(i->content_sha256))),
		M("signer", guardian_cert_json(&i->signer)),
		M("signing_time", time_or_null(i->signing_time)),
		M("timestamp", time_or_null(i->timestamp)),
		M("signature", "good"), M("signer_trust", "unchecked"));
}

static const struct row volume_rows[] = {
	FIELD("digest", "{digest}"),
	FIELD("algorithm", "{algorithm}, blocks of {block_size}"),
	{ 0 },
};

const struct row template_catalog_rows[] = {
	FIELD("template", "{template.name}"),
	FIELD("version", "{template.version}"),
	FIELD("type", "{template.disk_type}"),
	FIELD("disk",
	      "{disk.guid}, {disk.size:size}, sectors of {disk.sector_size}"),
	FIELD("coverage",
	      "{disk.coverage}: {bytes_covered} bytes are signed, {bytes_uncovered} are not"),
	FIELD("volume",
	      "{role}, {size:size} at byte {offset}, partition {number}, {guid}",
	      .each = "volumes", .rows = volume_rows),
	FIELD("region", "{size} bytes at byte {offset}", .each = "regions",
	      .rows = volume_rows),
	FIELD("signer", "{signer.subject}"),
	FIELD("issuer", "{signer.issuer}"),
	FIELD("serial", "{signer.serial}"),
	FIELD("SHA-256", "{signer.sha256}"),
	FIELD("valid", "{signer.not_before} to {signer.not_after}"),
	FIELD("signature", "{signature}; trust in the signer was not checked"),
	FIELD("signed", "{signing_time}, by the clock of the signer"),
	FIELD("timestamp", "{timestamp}"),
	{ 0 },
};

static json_t *change_json(const struct shvm_change *c)
{
	return OBJECT(M("offset", c->offset), M("size", c->size));
}

/* Null if there is no tree file. */
static json_t *changes_json(const struct shvm_changes *c)
{
	json_t *list;

	if (!c->blocks_checked)
		return json_null();
	list = json_array();
	for (size_t i = 0; i < c->count; i++)
		out_list_add(&list, change_json(&c->items[i]));
	return OBJECT(M("blocks_checked", c->blocks_checked),
		      M("blocks_changed", c->blocks_changed),
		      M("ranges", list));
}

static const char *part_kind(enum shvm_part part)
{
	static const char *const words[] = { "volume", "lba0", "table", "gap" };

	return words[part];
}

/*
 * Role and number are null except for a volume; expected is null for a copy of the
 * table; actual is null for a part that was not hashed.
 */
static json_t *part_json(const struct shvm_part_result *p)
{
	const bool is_volume = p->part == SHVM_PART_VOLUME;
	const uint32_t size = p->expected.hash_size;

	return OBJECT(
		M("part", part_kind(p->part)),
		M("role", is_volume ? shvm_role_name(p->role) : NULL),
		M("number", is_volume ? json_integer(p->number) : json_null()),
		M("offset", p->offset), M("size", p->size),
		M("match", p->checked ? json_boolean(p->match) : json_null()),
		M("expected",
		  size ? result_hex(p->expected.digest, size) : json_null()),
		M("actual", size && p->checked ? result_hex(p->actual, size)
					       : json_null()),
		M("changes", changes_json(&p->changes)));
}

static bool is_covered(const struct shvm_verify_result *result,
		       const struct shvm_partition *p)
{
	for (size_t i = 0; i < result->part_count; i++) {
		const struct shvm_part_result *part = &result->parts[i];

		if (part->part == SHVM_PART_VOLUME &&
		    part->number == p->number && part->offset == p->offset &&
		    part->size == p->size)
			return part->checked && part->match;
	}
	return false;
}

/* Partitions on the disk whose bytes are not covered by the catalog. */
static json_t *uncovered_json(const struct shvm_verify_result *result,
			      const struct shvm_disk_info *disk)
{
	json_t *list = json_array();

	for (size_t i = 0; i < disk->partition_count; i++) {
		const struct shvm_partition *p = &disk->partitions[i];

		if (!is_covered(result, p))
			out_list_add(&list,
				     OBJECT(M("number", p->number),
					    M("guid", &p->guid),
					    M("type", shvm_partition_type_name(
							      &p->type_guid)),
					    M("offset", p->offset),
					    M("size", p->size)));
	}
	return list;
}

static json_t *verify_json(const struct shvm_verify_result *result,
			   const struct shvm_disk_info *disk)
{
	const struct shvm_catalog_info *i =
		result->catalog ? shvm_catalog_info(result->catalog) : NULL;
	json_t *parts = json_array();

	for (size_t k = 0; k < result->part_count; k++)
		out_list_add(&parts, part_json(&result->parts[k]));
	return OBJECT(M("template", i ? template_json(i) : json_null()),
		      M("signer",
			i ? guardian_cert_json(&i->signer) : json_null()),
		      M("coverage", i ? shvm_coverage_name(i->coverage) : NULL),
		      M("bytes_covered", result->bytes_covered),
		      M("bytes_uncovered", result->bytes_uncovered),
		      M("partitions_uncovered", uncovered_json(result, disk)),
		      M("parts", parts));
}

static const struct row changes_rows[] = {
	FIELD("changed", "{size} bytes at {offset} of the disk",
	      .each = "changes.ranges"),
	{ 0 },
};

static const struct row verify_rows[] = {
	FIELD("template", "{template.name}"),
	FIELD("version", "{template.version}"),
	FIELD("signer", "{signer.subject}"),
	FIELD("coverage",
	      "[{coverage}: ]{bytes_covered} bytes match the signed digests, {bytes_uncovered} bytes do not or were not checked"),
	FIELD("not covered",
	      "partition {number} ({type}), {size} bytes at {offset}",
	      .each = "partitions_uncovered"),
	FIELD("blocks",
	      "{size} bytes at {offset}: {changes.blocks_changed} of {changes.blocks_checked} changed",
	      .each = "parts", .rows = changes_rows),
	{ 0 },
};

int template_verify_put(struct out *out,
			const struct shvm_verify_result *result,
			const struct shvm_disk_info *disk, struct shvm_err *err)
{
	const struct shvm_verdict *v = &result->verdict;
	const struct report report = {
		.verdict = v,
		/* A sample without a change has its own word. */
		.word = v->yes				? "trusted"
			: result->sampled && !v->reason ? "sample-unchanged"
							: "rejected",
		.all = true,
	};
	json_t *object = verify_json(result, disk);

	result_text(out, verify_rows, object);
	return report_put(out, &report, object, err);
}
