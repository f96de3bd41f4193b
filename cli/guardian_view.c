/* SPDX-License-Identifier: MIT */
/* How certificates, and the guardians of a protector, are shown. */
#include "cli/guardian_view.h"

#include "cli/time.h"

#include <time.h>

json_t *guardian_cert_json(const struct shvm_cert_info *c)
{
	if (!c->subject)
		return json_null();
	return OBJECT(M("subject", c->subject), M("issuer", c->issuer),
		      M("serial", c->serial), M("sha256", c->sha256),
		      M("not_before", result_time(c->not_before)),
		      M("not_after", result_time(c->not_after)));
}

void guardian_cert_text(struct out *out, const char *title,
			const struct shvm_cert_info *c)
{
	const int64_t now = time(NULL);
	char from[32], to[32];

	if (!c->subject)
		return;
	out_text(out, "%s:", title);
	out_field(out, "  subject", "%s", c->subject);
	out_field(out, "  issuer", "%s", c->issuer);
	out_field(out, "  SHA-256", "%s", c->sha256);
	out_field(out, "  valid", "%s to %s%s",
		  time_format(c->not_before, from),
		  time_format(c->not_after, to),
		  now > c->not_after	? " (expired)"
		  : now < c->not_before ? " (not yet valid)"
					: "");
}

const char *guardian_role(const struct shvm_wrapping_info *w)
{
	return w->is_owner ? "owner" : "guardian";
}

json_t *guardian_wrapping_json(const struct shvm_wrapping_info *w)
{
	return OBJECT(M("id", w->id), M("parent", w->parent),
		      M("role", guardian_role(w)),
		      M("signing", guardian_cert_json(&w->signing)),
		      M("encryption", guardian_cert_json(&w->encryption)),
		      M("algorithms",
			OBJECT(M("signing_certificate", w->signing_algorithm),
			       M("encryption_certificate",
				 w->encryption_algorithm),
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
			"the key protector was signed by the guardian of wrapping %u, %s, SHA-256 %s, and not by the owner: check the list of guardians",
			w->id, w->signing.subject, w->signing.sha256);
}

json_t *guardian_removed(struct out *out, const struct shvm_protector_info *old,
			 const struct shvm_protector_info *new)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < old->wrapping_count; i++) {
		const struct shvm_wrapping_info *w = &old->wrappings[i];

		if (find(new, w->id))
			continue;
		out_field(out, "removed", "wrapping %u, %s, SHA-256 %s", w->id,
			  w->signing.subject, w->signing.sha256);
		out_list_add(&list, guardian_wrapping_json(w));
	}
	return list;
}
