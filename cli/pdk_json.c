/* SPDX-License-Identifier: MIT */
/* The description of a shielding data file as JSON and as text. */
#include "base/buf.h"
#include "base/encode.h"
#include "cli/pdk_cmds.h"
#include "cli/time.h"

static json_t *json_digests(const struct shvm_qualifier_info *q)
{
	json_t *list = json_array();
	char hex[2 * SHVM_HASH_SIZE_MAX + 1];

	for (size_t i = 0; i < q->digest_count; i++) {
		const struct shvm_qualifier_digest *d = &q->digests[i];

		hex_format(d->digest, d->hash_size, hex);
		out_list_add(&list,
			     json_pack("{s:o, s:o, s:I, s:o}", "role",
				       out_string(shvm_role_name(d->role)),
				       "algorithm",
				       out_string(shvm_hash_name(d->algorithm)),
				       "block_size", (json_int_t)d->block_size,
				       "digest", out_string(hex)));
	}
	return list;
}

static json_t *json_qualifiers(const struct shvm_qualifier_info *q,
			       size_t count)
{
	json_t *list = json_array();
	char version[SHVM_VERSION_TEXT];

	for (size_t i = 0; i < count; i++)
		out_list_add(
			&list,
			json_pack("{s:o, s:o, s:o, s:o, s:o}", "name",
				  out_string(q[i].name), "version",
				  out_string(shvm_version_format(&q[i].version,
								 version)),
				  "rule", out_string(shvm_rule_name(q[i].rule)),
				  "signer", guardian_cert_json(&q[i].signer),
				  "digests", json_digests(&q[i])));
	return list;
}

static json_t *json_strings(const char *const *items, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		out_list_add(&list, out_string(items[i]));
	return list;
}

static json_t *json_file(const struct shvm_file *f)
{
	return json_pack("{s:o, s:I}", "name", out_string(f->name), "size",
			 (json_int_t)f->size);
}

static const char *kind_name(enum shvm_pdk_kind kind)
{
	return kind == SHVM_PDK_TEMPLATE ? "Template" : "ExistingVM";
}

json_t *pdk_json_content(const struct shvm_pdk_info *info)
{
	json_t *files = json_array();
	json_t *obj =
		json_pack("{s:o, s:o, s:b, s:b}", "policy",
			  out_string(shvm_policy_name(info->policy)),
			  "guardians", guardian_wrappings_json(info->protector),
			  "qualifiers_published", info->qualifiers_published,
			  "open", info->is_open);

	if (info->is_open || info->qualifiers_published)
		out_member(&obj, "qualifiers",
			   json_qualifiers(info->qualifiers,
					   info->qualifier_count));
	if (!info->is_open) {
		json_decref(files);
		return obj;
	}
	for (size_t i = 0; i < info->file_count; i++)
		out_list_add(&files, json_file(&info->files[i]));
	out_member(&obj, "kind", out_string(kind_name(info->kind)));
	out_member(&obj, "answer_file",
		   info->answer.name ? json_file(&info->answer) : json_null());
	out_member(&obj, "files", files);
	out_member(&obj, "substitute",
		   json_strings(info->substitute, info->substitute_count));
	out_member(&obj, "keys", json_strings(info->keys, info->key_count));
	return obj;
}

void pdk_text_guardians(struct out *out, const struct shvm_protector_info *p)
{
	char to[32];

	for (size_t i = 0; i < p->wrapping_count; i++) {
		const struct shvm_wrapping_info *w = &p->wrappings[i];

		out_field(out, guardian_role(w), "%s", w->signing.subject);
		out_field(out, "  signing", "SHA-256 %s, until %s",
			  w->signing.sha256,
			  time_format(w->signing.not_after, to));
		out_field(out, "  encryption", "SHA-256 %s",
			  w->encryption.sha256);
	}
}

static void text_qualifier(struct out *out, const struct shvm_qualifier_info *q)
{
	char version[SHVM_VERSION_TEXT];

	out_field(out, "template", "\"%s\", version %s %s%s", q->name,
		  shvm_rule_name(q->rule),
		  shvm_version_format(&q->version, version),
		  q->digest_count > 0 ? ", pinned to its digest" : "");
	out_field(out, "  signer", "%s, SHA-256 %s", q->signer.subject,
		  q->signer.sha256);
}

/* Names and sizes; what is in the files is never shown. */
void pdk_text_content(struct out *out, const struct shvm_pdk_info *info)
{
	out_field(out, "policy", "%s", shvm_policy_name(info->policy));
	pdk_text_guardians(out, info->protector);
	if (!info->is_open && !info->qualifiers_published)
		out_field(out, "templates", "sealed");
	for (size_t i = 0; i < info->qualifier_count; i++)
		text_qualifier(out, &info->qualifiers[i]);
	if (!info->is_open) {
		out_note(out, "with --key the sealed part is shown, too");
		return;
	}
	out_field(out, "kind", "%s", kind_name(info->kind));
	if (info->answer.name)
		out_field(out, "answer file", "%s, %zu bytes (not shown)",
			  info->answer.name, info->answer.size);
	for (size_t i = 0; i < info->file_count; i++)
		out_field(out, "file", "%s, %zu bytes (not shown)",
			  info->files[i].name, info->files[i].size);
	for (size_t i = 0; i < info->substitute_count; i++)
		out_field(out, "values go into", "%s", info->substitute[i]);
	for (size_t i = 0; i < info->key_count; i++)
		out_field(out, "fabric key", "%s", info->keys[i]);
}

json_t *pdk_trusted(struct out *out, const struct shvm_pdk_info *info,
		    size_t count)
{
	const struct shvm_qualifier_info *last =
		info->qualifiers + (info->qualifier_count - count);
	char version[SHVM_VERSION_TEXT];

	for (size_t i = 0; i < count; i++)
		out_note(
			out,
			"template \"%s\", version %s %s: signed by %s, SHA-256 %s",
			last[i].name, shvm_rule_name(last[i].rule),
			shvm_version_format(&last[i].version, version),
			last[i].signer.subject, last[i].signer.sha256);
	return json_qualifiers(last, count);
}
