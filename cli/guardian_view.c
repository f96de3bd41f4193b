/* SPDX-License-Identifier: MIT */
/* How certificates, and the guardians of a protector, are shown. */
#include "cli/guardian_view.h"

json_t *guardian_cert_json(const struct shvm_cert_info *c)
{
	if (!c->subject)
		return json_null();
	return OBJECT(M("subject", c->subject), M("issuer", c->issuer),
		      M("serial", c->serial), M("sha256", c->sha256),
		      M("not_before", result_time(c->not_before)),
		      M("not_after", result_time(c->not_after)));
}

const struct row guardian_cert_rows[] = {
	FIELD("  subject", "{subject}"),
	FIELD("  issuer", "{issuer}"),
	FIELD("  SHA-256", "{sha256}"),
	FIELD("  valid",
	      "{not_before} to {not_after}[{not_after:past} (expired)][{not_before:future} (not yet valid)]"),
	{ 0 },
};

static const char *role_of(const struct shvm_wrapping_info *w)
{
	return w->is_owner ? "owner" : "guardian";
}

json_t *guardian_wrapping_json(const struct shvm_wrapping_info *w)
{
	return OBJECT(
		M("id", w->id), M("parent", w->parent), M("role", role_of(w)),
		M("signing", guardian_cert_json(&w->signing)),
		M("encryption", guardian_cert_json(&w->encryption)),
		M("algorithms",
		  OBJECT(M("signing_certificate", w->signing_algorithm),
			 M("encryption_certificate", w->encryption_algorithm),
			 M("transport_key", w->transport_algorithm))));
}

json_t *guardian_wrappings_json(const struct shvm_protector_info *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->wrapping_count; i++)
		out_list_add(&list, guardian_wrapping_json(&p->wrappings[i]));
	return list;
}

static const struct shvm_wrapping_info *find(
	const struct shvm_protector_info *p, uint32_t id)
{
	for (size_t i = 0; i < p->wrapping_count; i++)
		if (p->wrappings[i].id == id)
			return &p->wrappings[i];
	return NULL;
}

void guardian_warn_signer(struct out *out,
			  const struct shvm_protector_info *old)
{
	const struct shvm_wrapping_info *w = find(old, old->signer);

	if (w && !w->is_owner)
		out_warn(
			out,
			"the key protector was signed by the guardian of wrapping %u, %s, SHA-256 %s, not by the owner: check the list of guardians",
			w->id, w->signing.subject, w->signing.sha256);
}

json_t *guardian_removed(const struct shvm_protector_info *old,
			 const struct shvm_protector_info *new)
{
	json_t *list = json_array();

	for (size_t i = 0; i < old->wrapping_count; i++)
		if (!find(new, old->wrappings[i].id))
			out_list_add(&list, guardian_wrapping_json(
						    &old->wrappings[i]));
	return list;
}
