/* SPDX-License-Identifier: MIT */
/* What a shielding data file would hold, before it is made. */
#include "pdk/pdk_create.h"
#include "pdk/specialize.h"

struct plan {
	struct shvm_pdk_plan plan; /* first, so that the pointers convert */
	struct draft draft;
	struct strings strings;
	struct tokens keys;
	struct shvm_pdk_guardian *guardians;
	struct shvm_qualifier_info *qualifiers;
};

void shvm_pdk_plan_free(struct shvm_pdk_plan *plan)
{
	struct plan *p = (struct plan *)plan;

	if (!p)
		return;
	draft_done(&p->draft);
	strings_done(&p->strings);
	tokens_done(&p->keys);
	free(p->guardians);
	free(p->qualifiers);
	free(p);
}

AUTO_DEFINE(plan_ptr, struct shvm_pdk_plan *, shvm_pdk_plan_free);

static int plan_guardian(struct plan *p, const struct shvm_guardian *g,
			 uint32_t id, struct shvm_err *err)
{
	struct shvm_pdk_guardian *to = &p->guardians[id - 1];

	to->id = id;
	to->is_owner = id == 1;
	TRY(describe_cert(g->signing_cert, &p->strings, &to->signing, err));
	return describe_cert(g->encryption_cert, &p->strings, &to->encryption,
			     err);
}

static int plan_fill(struct plan *p, struct shvm_err *err)
{
	const struct draft *d = &p->draft;
	const struct payload *files = &d->body.payload;
	struct shvm_pdk_plan *plan = &p->plan;
	int r;

	p->guardians = calloc(d->guardians.count + 1, sizeof(*p->guardians));
	TRY(err_null(err, p->guardians, "plan"));
	r = plan_guardian(p, d->owner, 1, err);
	for (size_t i = 0; r == SHVM_OK && i < d->guardians.count; i++)
		r = plan_guardian(p, d->guardians.items[i], (uint32_t)i + 2,
				  err);
	if (r < 0)
		return r;
	TRY(describe_qualifiers(&d->body.qualifiers, &p->strings,
				&p->qualifiers, err));
	TRY(specialize_keys(files, &p->keys, err));

	plan->kind = d->body.kind;
	plan->policy = d->body.policy;
	plan->guardians = p->guardians;
	plan->guardian_count = d->guardians.count + 1;
	plan->qualifiers = p->qualifiers;
	plan->qualifier_count = d->body.qualifiers.count;
	plan->answer_name = files->answer.name;
	plan->answer_size = files->answer.data.len;
	plan->files_size = payload_other_size(files);
	plan->keys = (const char *const *)p->keys.items;
	plan->key_count = p->keys.count;
	return SHVM_OK;
}

int shvm_pdk_plan_new(const struct shvm_pdk_params *params,
		      struct shvm_pdk_plan **ret, struct shvm_err *err)
{
	struct plan *p = calloc(1, sizeof(*p));
	AUTO(plan_ptr) plan = p ? &p->plan : NULL;

	TRY(err_null(err, p, "plan"));
	TRY(draft_load(params, &p->draft, err));
	TRY(plan_fill(p, err));
	*ret = STEAL(plan);
	return SHVM_OK;
}
