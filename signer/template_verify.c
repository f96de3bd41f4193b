/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/template.h>: is the disk what its signer signed? */
#include "base/checks.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/line.h"
#include "base/reserved.h"
#include "signer/template.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* What is checked, in this order; the first no ends it. */
enum stage {
	STAGE_CATALOG,
	STAGE_SIGNER,
	STAGE_LAYOUT,
	STAGE_DIGEST
};

/*
 * The checks in their order; *stage is the one that ended it, and
 * template_says_no() tells what is a verdict.
 */
static int run_checks(struct shvm_disk *disk, const struct shvm_trust *trust,
		      const struct shvm_verify_params *p,
		      struct shvm_verify_result *ret, struct parts *parts,
		      enum stage *stage, struct shvm_err *err)
{
	const struct shvm_catalog_info *info;

	*stage = STAGE_CATALOG;
	if (!ret->catalog)
		TRY(shvm_catalog_from_disk(disk, &ret->own_catalog, err));
	if (!ret->catalog)
		ret->catalog = ret->own_catalog;
	info = &ret->catalog->info;
	TRY(parts_plan(info, parts, err));
	*stage = STAGE_SIGNER;
	TRY(cms_check_trust(&ret->catalog->message, trust, err));
	*stage = STAGE_LAYOUT;
	TRY(template_check_form(disk, info, p->allow_differencing, err));
	*stage = STAGE_DIGEST;
	return template_check_digests(disk, p, parts, err);
}

/* Whatever was checked on the way: no trust without equal digests. */
static bool has_signed_digests(const struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++) {
		const struct shvm_part_result *p = &parts->items[i];

		if (!p->checked || !p->match)
			return false;
	}
	return parts->count > 0;
}

/* A stage that is about the disk as a whole. */
static int note_stage(struct checks *c, enum stage stage, enum stage last,
		      const struct shvm_err *why, struct shvm_err *err)
{
	static const struct {
		const char *id, *passed;
	} stages[] = {
		[STAGE_CATALOG] = { "catalog", "the catalog is well-formed and "
					       "has a good signature" },
		[STAGE_SIGNER] = { "signer", "the signer has a trust anchor" },
		[STAGE_LAYOUT] = { "layout", "the volumes are where the "
					     "catalog says" },
	};
	const struct shvm_check check = {
		.id = stages[stage].id,
		.outcome = stage > last	   ? SHVM_CHECK_SKIPPED
			   : stage == last ? SHVM_CHECK_FAILED
					   : SHVM_CHECK_PASSED,
		.level = SHVM_LEVEL_ERROR,
		.offset = UINT64_MAX,
	};

	return checks_put(c, &check, err, "%s",
			  stage > last	  ? "not reached"
			  : stage == last ? why->msg
					  : stages[stage].passed);
}

/* A part that was measured, of which a sample was, or that was not reached. */
static int note_part(struct checks *c, const struct shvm_part_result *p,
		     struct shvm_err *err)
{
	const uint64_t blocks = p->changes.blocks_checked;
	char expected[2 * SHVM_HASH_SIZE_MAX + 1];
	char actual[2 * SHVM_HASH_SIZE_MAX + 1];
	struct shvm_check check = {
		.id = "digest",
		.outcome = SHVM_CHECK_SKIPPED,
		.level = SHVM_LEVEL_ERROR,
		.object = shvm_role_name(p->role),
		.offset = UINT64_MAX,
		.expected = expected,
	};

	hex_format(p->expected.digest, p->expected.hash_size, expected);
	if (p->checked) {
		hex_format(p->actual, p->expected.hash_size, actual);
		check.outcome =
			p->match ? SHVM_CHECK_PASSED : SHVM_CHECK_FAILED;
		return checks_put(c, &check, err, "the digest is %s", actual);
	}
	if (blocks == 0)
		return checks_put(c, &check, err, "not reached");
	check.outcome = p->match ? SHVM_CHECK_UNKNOWN : SHVM_CHECK_FAILED;
	return checks_put(c, &check, err,
			  "%ju of a sample of %ju blocks changed",
			  (uintmax_t)p->changes.blocks_changed,
			  (uintmax_t)blocks);
}

/* All checks, those that were not reached too. */
static int note_all(const struct parts *parts, enum stage last,
		    const struct shvm_err *why, struct checks *c,
		    struct shvm_err *err)
{
	int r = SHVM_OK;

	for (enum stage s = STAGE_CATALOG; r == 0 && s < STAGE_DIGEST; s++)
		r = note_stage(c, s, last, why, err);
	for (size_t i = 0; r == 0 && i < parts->count; i++)
		r = note_part(c, &parts->items[i], err);
	return r;
}

/* What the checks come to; r and why are of run_checks(). */
static void judge(int r, const struct shvm_err *why, uint32_t sample,
		  const struct parts *parts, struct shvm_verify_result *result)
{
	struct shvm_verdict *v = &result->verdict;

	result->sampled = sample != 0;
	v->yes = r == SHVM_OK && !result->sampled && has_signed_digests(parts);
	if (r == SHVM_OK && result->sampled) {
		line_put(v->text, sizeof(v->text),
			 "the signature is good, and %u random blocks "
			 "of each volume are those that were signed; "
			 "the others were not looked at",
			 sample);
	} else if (!v->yes) {
		assert(why->reason); /* every verdict has its code */
		v->reason = why->reason;
		line_put(v->text, sizeof(v->text), "%s", why->msg);
	}
}

/* Equal to what was signed, and all other bytes of the disk. */
static void count_bytes(const struct shvm_disk *disk, const struct parts *parts,
			struct shvm_verify_result *result)
{
	uint64_t covered = 0;

	for (size_t i = 0; i < parts->count; i++)
		if (parts->items[i].checked && parts->items[i].match)
			covered += parts->items[i].size;
	result->bytes_covered = covered;
	result->bytes_uncovered = shvm_disk_info(disk)->virtual_size - covered;
}

int shvm_template_verify(struct shvm_disk *disk,
			 const struct shvm_catalog *catalog,
			 const struct shvm_trust *trust,
			 const struct shvm_verify_params *params,
			 struct shvm_verify_result *ret, struct shvm_err *err)
{
	static const struct shvm_verify_params defaults;
	const struct shvm_verify_params *p = params ? params : &defaults;
	const struct shvm_digest_params *digest = &p->digest;
	struct shvm_verify_result result = { .catalog = catalog };
	enum stage stage = STAGE_CATALOG;
	AUTO_DONE(checks) checks = { 0 };
	AUTO_DONE(parts) parts = { 0 };
	struct shvm_err why = { 0 };
	int r;

	TRY(reserved_check(p->reserved, "struct shvm_verify_params", err));
	TRY(digest_params_check(&digest, err));
	if (!trust_has_anchor(trust))
		return err_set(err, SHVM_E_ARG,
			       "verify: neither a signer nor a CA to trust");
	if (p->sample && !p->tree_file)
		return err_set(err, SHVM_E_ARG,
			       "verify: a sample needs the tree file");
	r = run_checks(disk, trust, p, &result, &parts, &stage, &why);
	if (r < 0 && !template_says_no(&why)) {
		if (err)
			*err = why;
	} else {
		judge(r, &why, p->sample, &parts, &result);
		r = note_all(&parts, stage, &why, &checks, err);
	}
	if (r < 0) {
		shvm_verify_result_done(&result);
		return r;
	}
	checks_give(&checks, &result.verdict);
	count_bytes(disk, &parts, &result);
	result.part_count = parts.count;
	result.parts = parts.items;
	parts = (struct parts){ 0 };
	*ret = result;
	return SHVM_OK;
}

void shvm_verify_result_done(struct shvm_verify_result *result)
{
	struct parts parts = { result->parts, result->part_count };

	parts_done(&parts);
	shvm_catalog_free(result->own_catalog);
	shvm_verdict_done(&result->verdict);
	*result = (struct shvm_verify_result){ 0 };
}
