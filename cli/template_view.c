/* SPDX-License-Identifier: MIT */
/* How catalogs and verdicts look, as text and as JSON. */
#include "cli/template_view.h"

#include "base/buf.h"
#include "base/encode.h"
#include "cli/report.h"
#include "cli/size.h"
#include "cli/time.h"

/* Unix time as text; null for a time that is not stated. */
static json_t *time_json(int64_t seconds)
{
	char text[32];

	return seconds == 0 ? json_null()
			    : out_string(time_format(seconds, text));
}

static json_t *guid_json(const struct shvm_guid *guid)
{
	char text[SHVM_GUID_TEXT];

	return out_string(shvm_guid_format(guid, text));
}

static json_t *hex_json(const uint8_t *data, size_t len)
{
	char text[2 * SHVM_HASH_SIZE_MAX + 1];

	hex_format(data, len, text);
	return out_string(text);
}

static json_t *template_json(const struct shvm_catalog_info *i)
{
	char version[SHVM_VERSION_TEXT];

	return json_pack("{s:o, s:o, s:o}", "name", out_string(i->name),
			 "version",
			 out_string(shvm_version_format(&i->version, version)),
			 "disk_type",
			 out_string(shvm_disk_type_name(i->disk_type)));
}

static json_t *signer_json(const struct shvm_cert_info *c)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "subject",
			 out_string(c->subject), "issuer",
			 out_string(c->issuer), "serial", out_string(c->serial),
			 "sha256", out_string(c->sha256), "not_before",
			 time_json(c->not_before), "not_after",
			 time_json(c->not_after));
}

static json_t *volume_json(const struct shvm_catalog_volume *v)
{
	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:I, s:o}", "role",
			 out_string(shvm_role_name(v->role)), "guid",
			 guid_json(&v->guid), "type_guid",
			 guid_json(&v->type_guid), "offset",
			 (json_int_t)v->offset, "size", (json_int_t)v->size,
			 "algorithm",
			 out_string(shvm_hash_name(v->digest.algorithm)),
			 "block_size", (json_int_t)v->digest.block_size,
			 "digest",
			 hex_json(v->digest.digest, v->digest.hash_size));
}

json_t *template_catalog_json(const struct shvm_catalog_info *i)
{
	json_t *volumes = json_array();

	for (size_t k = 0; k < i->volume_count; k++)
		out_list_add(&volumes, volume_json(&i->volumes[k]));
	return json_pack(
		"{s:o, s:{s:o, s:I, s:I}, s:o, s:o, s:o, s:o, s:o, s:o}",
		"template", template_json(i), "disk", "guid",
		guid_json(&i->disk_guid), "size", (json_int_t)i->disk_size,
		"sector_size", (json_int_t)i->sector_size, "volumes", volumes,
		"signer", signer_json(&i->signer), "signing_time",
		time_json(i->signing_time), "timestamp",
		time_json(i->timestamp), "signature", out_string("good"),
		"signer_trust", out_string("unchecked"));
}

static void signer_text(struct out *out, const struct shvm_cert_info *c)
{
	char from[32], to[32];

	out_field(out, "signer", "%s", c->subject);
	out_field(out, "issuer", "%s", c->issuer);
	out_field(out, "serial", "%s", c->serial);
	out_field(out, "SHA-256", "%s", c->sha256);
	out_field(out, "valid", "%s to %s", time_format(c->not_before, from),
		  time_format(c->not_after, to));
	out_field(out, "signature",
		  "good; whether this signer is trusted is "
		  "not checked");
}

static void volume_text(struct out *out, const struct shvm_catalog_volume *v)
{
	char guid[SHVM_GUID_TEXT], size[32];
	char digest[2 * SHVM_HASH_SIZE_MAX + 1];

	hex_format(v->digest.digest, v->digest.hash_size, digest);
	out_field(out, "volume", "%s, %s at byte %ju, partition %s",
		  shvm_role_name(v->role), size_format(v->size, size),
		  (uintmax_t)v->offset, shvm_guid_format(&v->guid, guid));
	out_field(out, "digest", "%s", digest);
	out_field(out, "algorithm", "%s, blocks of %u",
		  shvm_hash_name(v->digest.algorithm), v->digest.block_size);
}

static void template_text(struct out *out, const struct shvm_catalog_info *i)
{
	char version[SHVM_VERSION_TEXT];

	out_field(out, "template", "%s", i->name);
	out_field(out, "version", "%s",
		  shvm_version_format(&i->version, version));
}

void template_catalog_text(struct out *out, const struct shvm_catalog_info *i)
{
	char guid[SHVM_GUID_TEXT], text[32];

	template_text(out, i);
	out_field(out, "type", "%s", shvm_disk_type_name(i->disk_type));
	out_field(out, "disk", "%s, %s, sectors of %u",
		  shvm_guid_format(&i->disk_guid, guid),
		  size_format(i->disk_size, text), i->sector_size);
	for (size_t k = 0; k < i->volume_count; k++)
		volume_text(out, &i->volumes[k]);
	signer_text(out, &i->signer);
	if (i->signing_time)
		out_field(out, "signed", "%s, by the signer's own clock",
			  time_format(i->signing_time, text));
	if (i->timestamp)
		out_field(out, "timestamp", "%s",
			  time_format(i->timestamp, text));
}

/* Null without a tree file. */
static json_t *changes_json(const struct shvm_changes *c)
{
	json_t *list;

	if (!c->blocks_checked)
		return json_null();
	list = json_array();
	for (size_t i = 0; i < c->count; i++)
		out_list_add(&list,
			     json_pack("{s:I, s:I}", "offset",
				       (json_int_t)c->items[i].offset, "size",
				       (json_int_t)c->items[i].size));
	return json_pack("{s:I, s:I, s:o}", "blocks_checked",
			 (json_int_t)c->blocks_checked, "blocks_changed",
			 (json_int_t)c->blocks_changed, "ranges", list);
}

static void changes_text(struct out *out, const struct shvm_part_result *v)
{
	const struct shvm_changes *c = &v->changes;

	if (!c->blocks_checked)
		return;
	out_field(out, "blocks", "%s, %ju of %ju changed",
		  shvm_role_name(v->role), (uintmax_t)c->blocks_changed,
		  (uintmax_t)c->blocks_checked);
	for (size_t i = 0; i < c->count; i++)
		out_field(out, "changed", "%ju bytes at %ju of the volume",
			  (uintmax_t)c->items[i].size,
			  (uintmax_t)c->items[i].offset);
}

/* actual is null for a volume that was not measured. */
static json_t *result_json(const struct shvm_part_result *v)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "role",
			 out_string(shvm_role_name(v->role)), "expected",
			 hex_json(v->expected.digest, v->expected.hash_size),
			 "actual",
			 v->checked ? hex_json(v->actual, v->expected.hash_size)
				    : json_null(),
			 "changes", changes_json(&v->changes));
}

static json_t *result_members(const struct shvm_verify_result *result)
{
	const struct shvm_catalog_info *i =
		result->catalog ? shvm_catalog_info(result->catalog) : NULL;
	json_t *volumes = json_array();

	for (size_t k = 0; k < result->part_count; k++)
		out_list_add(&volumes, result_json(&result->parts[k]));
	return json_pack("{s:o, s:o, s:o}", "template",
			 i ? template_json(i) : json_null(), "signer",
			 i ? signer_json(&i->signer) : json_null(), "volumes",
			 volumes);
}

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

	if (result->catalog) {
		template_text(out, shvm_catalog_info(result->catalog));
		out_field(out, "signer", "%s",
			  shvm_catalog_info(result->catalog)->signer.subject);
	}
	for (size_t k = 0; k < result->part_count; k++)
		changes_text(out, &result->parts[k]);
	return report_put(out, &report, result_members(result), err);
}
