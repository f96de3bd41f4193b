/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/template.h>: verifies a disk against its catalog. */
#include "base/checks.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/line.h"
#include "base/reserved.h"
#include "signer/template.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void template_checks_done(struct template_checks *c)
{
	parts_done(&c->parts);
	checks_done(&c->differences);
	shvm_catalog_free(c->own_catalog);
}

int template_check_signed(struct template_checks *c, struct shvm_err *err)
{
	const struct shvm_catalog_info *info;

	c->stage = STAGE_CATALOG;
	if (!c->catalog)
		TRY(shvm_catalog_from_disk(c->disk, &c->own_catalog, err));
	if (!c->catalog)
		c->catalog = c->own_catalog;
	info = &c->catalog->info;
	TRY(parts_plan(info, &c->parts, err));
	c->stage = STAGE_SIGNER;
	TRY(cms_check_trust(&c->catalog->message, c->trust, err));
	c->stage = STAGE_COVERAGE;
	TRY(template_check_coverage(info->coverage, c->require, err));
	c->stage = STAGE_LAYOUT;
	TRY(template_check_form(c->disk, info, c->allow_differencing, &c->parts,
				&c->differences, err));
	c->stage = STAGE_DIGEST;
	return SHVM_OK;
}

/* Adds the result of a stage about the whole disk. */
static int note_stage(struct checks *c, enum template_stage stage,
		      const struct template_checks *v,
		      const struct shvm_err *why, struct shvm_err *err)
{
	static const struct {
		const char *id, *passed;
	} stages[] = {
		[STAGE_CATALOG] = { "catalog", "the catalog is well-formed and "
					       "has a good signature" },
		[STAGE_SIGNER] = { "signer", "the signer has a trust anchor" },
		[STAGE_COVERAGE] = { "coverage",
				     "the catalog has the required coverage" },
		[STAGE_LAYOUT] = { "layout",
				   "size, table and partitions match the catalog" },
	};
	const struct shvm_check check = {
		.id = stages[stage].id,
		.outcome = stage > v->stage    ? SHVM_CHECK_SKIPPED
			   : stage == v->stage ? SHVM_CHECK_FAILED
					       : SHVM_CHECK_PASSED,
		.level = SHVM_LEVEL_ERROR,
		.offset = UINT64_MAX,
	};

	if (stage == STAGE_LAYOUT && v->differences.count > 0)
		return checks_put_all(c, &v->differences, err);
	return checks_put(c, &check, err, "%s",
			  stage > v->stage    ? "not reached"
			  : stage == v->stage ? why->msg
					      : stages[stage].passed);
}

/* Adds the result of a part: hashed, sampled or not reached. */
static int note_part(struct checks *c, const struct shvm_part_result *p,
		     struct shvm_err *err)
{
	const uint64_t blocks = p->changes.blocks_checked;
	char expected[2 * SHVM_HASH_SIZE_MAX + 1];
	char actual[2 * SHVM_HASH_SIZE_MAX + 1];
	char name[PART_NAME_MAX];
	struct shvm_check check = {
		.id = p->part == SHVM_PART_TABLE ? "table" : "digest",
		.outcome = SHVM_CHECK_SKIPPED,
		.level = SHVM_LEVEL_ERROR,
		.object = part_name(p, name),
		.offset = UINT64_MAX,
	};

	hex_format(p->expected.digest, p->expected.hash_size, expected);
	if (p->checked)
		check.outcome =
			p->match ? SHVM_CHECK_PASSED : SHVM_CHECK_FAILED;
	if (p->part == SHVM_PART_TABLE)
		return checks_put(
			c, &check, err,
			p->checked
				? "each byte matches the values in the catalog"
				: "not reached");
	if (p->checked || blocks > 0)
		check.expected = expected;
	if (p->checked) {
		hex_format(p->actual, p->expected.hash_size, actual);
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

/* Adds all checks, also those that were not reached. */
static int note_all(const struct template_checks *v, const struct shvm_err *why,
		    struct checks *c, struct shvm_err *err)
{
	int r = SHVM_OK;

	for (enum template_stage s = STAGE_CATALOG; r == 0 && s < STAGE_DIGEST;
	     s++)
		r = note_stage(c, s, v, why, err);
	for (size_t i = 0; r == 0 && i < v->parts.count; i++)
		r = note_part(c, &v->parts.items[i], err);
	return r;
}

/* What the checks come to; r and why are of the last of them. */
static void judge(const struct template_checks *v,
		  const struct shvm_verify_params *params, int r,
		  const struct shvm_err *why, struct shvm_verify_result *result)
{
	struct shvm_verdict *verdict = &result->verdict;
	const uint64_t size = shvm_disk_info(v->disk)->virtual_size;

	result->sampled = params->sample != 0;
	result->bytes_covered = parts_equal(&v->parts);
	result->bytes_uncovered = size - result->bytes_covered;
	verdict->yes = r == SHVM_OK && !result->sampled &&
		       parts_as_signed(&v->parts, &result->catalog->info, size);
	if (verdict->yes && result->bytes_uncovered > 0)
		line_put(
			verdict->text, sizeof(verdict->text),
			"only the OS volumes are signed; %ju other bytes of the disk were not checked",
			(uintmax_t)result->bytes_uncovered);
	if (verdict->yes)
		return;
	if (r == SHVM_OK && result->sampled) {
		line_put(
			verdict->text, sizeof(verdict->text),
			"the signature is good, and %u random blocks of each part match; the other blocks were not checked",
			params->sample);
		return;
	}
	assert(why->reason); /* every verdict has a reason */
	verdict->reason = why->reason;
	line_put(verdict->text, sizeof(verdict->text), "%s", why->msg);
}

static int check_params(const struct shvm_verify_params *p,
			const struct shvm_trust *trust, struct shvm_err *err)
{
	const struct shvm_digest_params *digest = &p->digest;

	TRY(reserved_check(p->reserved, "struct shvm_verify_params", err));
	TRY(digest_params_check(&digest, err));
	if (!trust_has_anchor(trust))
		return err_set(
			err, SHVM_E_ARG,
			"verify: neither a trusted signer nor a CA was given");
	if (p->sample && !p->tree_file)
		return err_set(err, SHVM_E_ARG,
			       "verify: a sample requires the tree file");
	return SHVM_OK;
}

int shvm_template_verify(struct shvm_disk *disk,
			 const struct shvm_catalog *catalog,
			 const struct shvm_trust *trust,
			 const struct shvm_verify_params *params,
			 struct shvm_verify_result *ret, struct shvm_err *err)
{
	static const struct shvm_verify_params defaults;
	const struct shvm_verify_params *p = params ? params : &defaults;
	AUTO_DONE(template_checks)
	v = { .disk = disk, .catalog = catalog, .trust = trust };
	struct shvm_verify_result result = { 0 };
	AUTO_DONE(checks) checks = { 0 };
	struct shvm_err why = { 0 };
	int r;

	TRY(check_params(p, trust, err));
	v.require = p->require;
	v.allow_differencing = p->allow_differencing;
	r = template_check_signed(&v, &why);
	if (r == SHVM_OK)
		r = template_check_digests(disk, p, &v.parts, &why);
	result.catalog = v.catalog;
	result.own_catalog = STEAL(v.own_catalog);
	if (r < 0 && !template_says_no(&why)) {
		(void)err_take(err, &why); /* r is the code */
	} else {
		judge(&v, p, r, &why, &result);
		r = note_all(&v, &why, &checks, err);
	}
	if (r < 0) {
		shvm_verify_result_done(&result);
		return r;
	}
	checks_give(&checks, &result.verdict);
	result.part_count = v.parts.count;
	result.parts = v.parts.items;
	v.parts = (struct parts){ 0 };
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
