/* SPDX-License-Identifier: MIT */
/* How catalogs and verdicts look, as text and as JSON. */
#include "cli/template_view.h"

#include "cli/guardian_view.h"
#include "cli/report.h"

static json_t *template_json(const struct shvm_catalog_info *i)
{
	return OBJECT(M("name", i->name), M("version", &i->version),
		      M("disk_type", shvm_disk_type_name(i->disk_type)));
}

static json_t *volume_json(const struct shvm_catalog_volume *v)
{
	return OBJECT(M("role", shvm_role_name(v->role)), M("guid", &v->guid),
		      M("type_guid", &v->type_guid), M("offset", v->offset),
		      M("size", v->size),
		      M("algorithm", shvm_hash_name(v->digest.algorithm)),
		      M("block_size", v->digest.block_size),
		      M("digest",
			result_hex(v->digest.digest, v->digest.hash_size)));
}

/* Null for a time that is not stated. */
static json_t *time_or_null(int64_t seconds)
{
	return seconds ? result_time(seconds) : json_null();
}

json_t *template_catalog_json(const struct shvm_catalog_info *i)
{
	json_t *volumes = json_array();

	for (size_t k = 0; k < i->volume_count; k++)
		out_list_add(&volumes, volume_json(&i->volumes[k]));
	return OBJECT(M("template", template_json(i)),
		      M("disk", OBJECT(M("guid", &i->disk_guid),
				       M("size", i->disk_size),
				       M("sector_size", i->sector_size))),
		      M("volumes", volumes),
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
	FIELD("volume",
	      "{role}, {size:size} at byte {offset}, partition {guid}",
	      .each = "volumes", .rows = volume_rows),
	FIELD("signer", "{signer.subject}"),
	FIELD("issuer", "{signer.issuer}"),
	FIELD("serial", "{signer.serial}"),
	FIELD("SHA-256", "{signer.sha256}"),
	FIELD("valid", "{signer.not_before} to {signer.not_after}"),
	FIELD("signature",
	      "{signature}; whether this signer is trusted is not checked"),
	FIELD("signed", "{signing_time}, by the signer's own clock"),
	FIELD("timestamp", "{timestamp}"),
	{ 0 },
};

static json_t *change_json(const struct shvm_change *c)
{
	return OBJECT(M("offset", c->offset), M("size", c->size));
}

/* Null without a tree file. */
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

/* actual is null for a volume that was not measured. */
static json_t *result_json(const struct shvm_part_result *v)
{
	return OBJECT(M("role", shvm_role_name(v->role)),
		      M("expected",
			result_hex(v->expected.digest, v->expected.hash_size)),
		      M("actual", v->checked ? result_hex(v->actual,
							  v->expected.hash_size)
					     : json_null()),
		      M("changes", changes_json(&v->changes)));
}

static json_t *verify_json(const struct shvm_verify_result *result)
{
	const struct shvm_catalog_info *i =
		result->catalog ? shvm_catalog_info(result->catalog) : NULL;
	json_t *volumes = json_array();

	for (size_t k = 0; k < result->part_count; k++)
		out_list_add(&volumes, result_json(&result->parts[k]));
	return OBJECT(M("template", i ? template_json(i) : json_null()),
		      M("signer",
			i ? guardian_cert_json(&i->signer) : json_null()),
		      M("volumes", volumes));
}

static const struct row changes_rows[] = {
	FIELD("changed", "{size} bytes at {offset} of the volume",
	      .each = "changes.ranges"),
	{ 0 },
};

static const struct row verify_rows[] = {
	FIELD("template", "{template.name}"),
	FIELD("version", "{template.version}"),
	FIELD("signer", "{signer.subject}"),
	FIELD("blocks",
	      "{role}, {changes.blocks_changed} of {changes.blocks_checked} changed",
	      .each = "volumes", .rows = changes_rows),
	{ 0 },
};

int template_verify_put(struct out *out,
			const struct shvm_verify_result *result,
			struct shvm_err *err)
{
	const struct shvm_verdict *v = &result->verdict;
	const struct report report = {
		.verdict = v,
		/* A sample that found nothing has a word of its own. */
		.word = v->yes				? "trusted"
			: result->sampled && !v->reason ? "sample-unchanged"
							: "rejected",
		.all = true,
	};
	json_t *object = verify_json(result);

	result_text(out, verify_rows, object);
	return report_put(out, &report, object, err);
}
