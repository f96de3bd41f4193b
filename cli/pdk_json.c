/* SPDX-License-Identifier: MIT */
/* Parts of a shielding data file's description as JSON and as text. */
#include "base/buf.h"
#include "base/encode.h"
#include "cli/guardian_opts.h"
#include "cli/pdk_cmds.h"
#include "cli/time.h"

static const char *role(const struct shvm_pdk_guardian *g)
{
	return g->is_owner ? "owner" : "guardian";
}

json_t *pdk_json_guardian(const struct shvm_pdk_guardian *g)
{
	return json_pack("{s:I, s:o, s:o, s:o}", "id", (json_int_t)g->id,
			 "role", out_string(role(g)), "signing",
			 guardian_cert_json(&g->signing), "encryption",
			 guardian_cert_json(&g->encryption));
}

json_t *pdk_json_guardians(const struct shvm_pdk_guardian *g, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		out_list_add(&list, pdk_json_guardian(&g[i]));
	return list;
}

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

json_t *pdk_json_qualifiers(const struct shvm_qualifier_info *q, size_t count)
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

json_t *pdk_json_strings(const char *const *items, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		out_list_add(&list, out_string(items[i]));
	return list;
}

void pdk_text_guardians(struct out *out, const struct shvm_pdk_guardian *g,
			size_t count)
{
	char to[32];

	for (size_t i = 0; i < count; i++) {
		out_field(out, role(&g[i]), "%s", g[i].signing.subject);
		out_field(out, "  signing", "SHA-256 %s, until %s",
			  g[i].signing.sha256,
			  time_format(g[i].signing.not_after, to));
		out_field(out, "  encryption", "SHA-256 %s",
			  g[i].encryption.sha256);
	}
}

void pdk_text_qualifiers(struct out *out, const struct shvm_qualifier_info *q,
			 size_t count)
{
	char version[SHVM_VERSION_TEXT];

	for (size_t i = 0; i < count; i++) {
		out_field(out, "template", "\"%s\", version %s %s%s", q[i].name,
			  shvm_rule_name(q[i].rule),
			  shvm_version_format(&q[i].version, version),
			  q[i].digest_count > 0 ? ", pinned to its digest"
						: "");
		out_field(out, "  signer", "%s, SHA-256 %s",
			  q[i].signer.subject, q[i].signer.sha256);
	}
}
