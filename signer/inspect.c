/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/guest.h>: gather facts, judge by the rules. */
#include "signer/fitness.h"

#include "base/clock.h"
#include "disk/disk.h"
#include "guest/guest.h"
#include "signer/template_volumes.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct shvm_inspection {
	struct shvm_guest_facts facts;
	struct fitness fitness;
	struct shvm_volume volumes[2];
	size_t volume_count;
	enum shvm_disk_type type;
	const char *engine;
	bool ready;
};
AUTO_DEFINE(inspection_ptr, struct shvm_inspection *, shvm_inspection_free);

static const struct shvm_partition *partition_of(
	const struct shvm_disk_info *info, uint32_t number)
{
	for (size_t i = 0; i < info->partition_count; i++) {
		if (info->partitions[i].number == number)
			return &info->partitions[i];
	}
	return NULL;
}

/* The volumes, or why there are none as one more result. */
static int locate(struct shvm_inspection *i, struct shvm_disk *disk,
		  int64_t until, struct shvm_err *err)
{
	struct shvm_check finding = { .level = SHVM_LEVEL_ERROR,
				      .offset = UINT64_MAX };
	struct shvm_err why = { 0 };
	int r;

	r = template_volumes(disk, i->type, until, i->volumes, &i->volume_count,
			     &why);
	if (r == 0)
		return SHVM_OK;
	i->volume_count = 0;
	if (r == SHVM_E_ARG || !why.reason || !fitness_rule(why.reason)) {
		if (err)
			*err = why;
		return r;
	}
	if (fitness_has(&i->fitness, why.reason))
		return SHVM_OK; /* said already, with its place */
	finding.id = why.reason;
	finding.text = why.msg;
	return fitness_add_finding(&i->fitness, &finding, err);
}

static int add_findings(struct shvm_inspection *i,
			const struct shvm_check *items, size_t count,
			struct shvm_err *err)
{
	int r;

	for (size_t k = 0; k < count; k++) {
		r = fitness_add_finding(&i->fitness, &items[k], err);
		if (r < 0)
			return r;
	}
	return SHVM_OK;
}

/* Type of template, and what image, table and partitions say about it. */
static int look_outside(struct shvm_inspection *i, struct shvm_disk *disk,
			const enum shvm_disk_type *type, struct shvm_err *err)
{
	const struct volumes_input in = template_volumes_input(disk);
	const struct shvm_disk_info *info = shvm_disk_info(disk);
	AUTO_DONE(checks) found = { 0 };
	int r;

	i->type = type ? *type : volumes_guess_type(&in);
	r = add_findings(i, info->checks, info->check_count, err);
	if (r == 0)
		r = volumes_check(&in, i->type, &found, err);
	return r == 0 ? add_findings(i, found.items, found.count, err) : r;
}

static int gather(struct shvm_inspection *i, struct fitness_input *in,
		  const struct shvm_inspect_params *params, struct buf *conf,
		  struct shvm_err *err)
{
	const struct facts_input where = {
		.disk = disk_source(in->disk),
		.esp = in->esp,
		.os = in->os,
		.volumes = in->volumes,
		.volume_count = in->volume_count,
		.until = in->until,
		.helper = disk_helper(in->disk),
	};

	i->engine = "fast";
	if (params->engine == SHVM_ENGINE_LIBGUESTFS) {
		const int r = guest_gather(&where, params->force_tcg, &i->facts,
					   conf, &i->engine, err);

		in->until = clock_ms() + GUEST_LUKS_SECONDS * 1000;
		return r;
	}
	return facts_gather(&where, &i->facts, conf, err);
}

static int judge(struct shvm_inspection *i, const struct fitness_input *in,
		 struct shvm_err *err)
{
	struct fitness *f = &i->fitness;
	int r;

	r = fitness_file(in, f, err);
	if (r == 0 && i->facts.trouble[0])
		r = fitness_add(f, "unreadable", UINT64_MAX, err, "%s",
				i->facts.trouble);
	if (r == 0)
		r = i->type == SHVM_DISK_LINUX ? fitness_linux(in, f, err)
					       : fitness_windows(in, f, err);
	return r == 0 ? fitness_add_passed(f, i->type, err) : r;
}

/* Mark what the caller ignores; anything else of level error is in the way. */
static int weigh(struct shvm_inspection *i,
		 const struct shvm_inspect_params *params)
{
	i->ready = true;
	for (size_t k = 0; k < i->fitness.count; k++) {
		struct shvm_rule_result *result = &i->fitness.items[k];

		if (result->level != SHVM_LEVEL_ERROR)
			continue;
		for (size_t n = 0; n < params->ignore_count; n++) {
			if (strcmp(params->ignore[n], result->rule) == 0)
				result->ignored = true;
		}
		if (!result->ignored)
			i->ready = false;
	}
	return SHVM_OK;
}

int shvm_disk_inspect(struct shvm_disk *disk,
		      const struct shvm_inspect_params *params,
		      struct shvm_inspection **ret, struct shvm_err *err)
{
	static const struct shvm_inspect_params defaults;
	const struct shvm_disk_info *info = shvm_disk_info(disk);
	AUTO(inspection_ptr) i = NULL;
	AUTO_DONE(buf) conf = { 0 };
	struct fitness_input in = { .disk = disk,
				    .info = info,
				    .conf = &conf,
				    .until = facts_deadline() };
	int r;

	if (!params)
		params = &defaults;
	r = fitness_check_names(params->ignore, params->ignore_count, err);
	if (r < 0)
		return r;
	i = calloc(1, sizeof(*i));
	if (!i)
		return err_nomem(err, "inspection");
	facts_init(&i->facts);

	r = look_outside(i, disk, params->type, err);
	if (r == 0)
		r = locate(i, disk, in.until, err);
	if (r < 0)
		return r;
	in.esp = template_esp(info);
	in.volumes = i->volumes;
	in.volume_count = i->volume_count;
	in.facts = &i->facts;
	in.catalog = params->catalog;
	if (i->type == SHVM_DISK_WINDOWS && i->volume_count > 0)
		in.os = partition_of(info, i->volumes[0].partition);
	r = gather(i, &in, params, &conf, err);
	if (r == 0)
		r = judge(i, &in, err);
	if (r == 0)
		r = weigh(i, params);
	if (r < 0)
		return r;
	*ret = STEAL(i);
	return SHVM_OK;
}

void shvm_inspection_free(struct shvm_inspection *inspection)
{
	if (!inspection)
		return;
	fitness_done(&inspection->fitness);
	free(inspection);
}

const struct shvm_guest_facts *shvm_inspection_facts(
	const struct shvm_inspection *inspection)
{
	return &inspection->facts;
}

const struct shvm_rule_result *shvm_inspection_rules(
	const struct shvm_inspection *inspection, size_t *ret_count)
{
	*ret_count = inspection->fitness.count;
	return inspection->fitness.items;
}

const struct shvm_volume *shvm_inspection_volumes(
	const struct shvm_inspection *inspection, size_t *ret_count)
{
	*ret_count = inspection->volume_count;
	return inspection->volumes;
}

enum shvm_disk_type shvm_inspection_type(
	const struct shvm_inspection *inspection)
{
	return inspection->type;
}

bool shvm_inspection_is_ready(const struct shvm_inspection *inspection)
{
	return inspection->ready;
}

const char *shvm_inspection_engine(const struct shvm_inspection *inspection)
{
	return inspection->engine;
}

/* Errors and warnings as plain findings. */
static int results_copy(const struct shvm_inspection *i, struct checks *ret,
			struct shvm_err *err)
{
	int r;

	for (size_t k = 0; ret && k < i->fitness.count; k++) {
		const struct shvm_rule_result *f = &i->fitness.items[k];

		if (f->level == SHVM_LEVEL_NOTE)
			continue;
		r = checks_add(ret, f->rule, f->level, f->offset, f->hint, err,
			       "%s", f->text);
		if (r < 0)
			return r;
	}
	return SHVM_OK;
}

int rules_check_template(struct shvm_disk *disk, enum shvm_disk_type type,
			 const char *const *ignore, size_t ignore_count,
			 struct checks *findings, struct shvm_err *err)
{
	const struct shvm_inspect_params params = {
		.type = &type,
		.ignore = ignore,
		.ignore_count = ignore_count,
	};
	const struct shvm_rule_result *first = NULL;
	AUTO(inspection_ptr) i = NULL;
	char others[256] = "";
	size_t used = 0;
	int r;

	r = shvm_disk_inspect(disk, &params, &i, err);
	if (r == 0)
		r = results_copy(i, findings, err);
	if (r < 0 || i->ready)
		return r;
	for (size_t k = 0; k < i->fitness.count; k++) {
		const struct shvm_rule_result *f = &i->fitness.items[k];

		if (f->level != SHVM_LEVEL_ERROR || f->ignored)
			continue;
		if (!first)
			first = f;
		else if (used < sizeof(others)) /* disk info has room for all */
			used += (size_t)snprintf(others + used,
						 sizeof(others) - used,
						 "%s[%s]",
						 used ? " " : "; as well ",
						 f->rule);
	}
	assert(first); /* an error made the disk unfit */
	return err_reason(err, SHVM_E_UNSUPPORTED, first->rule,
			  "%s: not fit to be a template: %s [%s]%s",
			  disk_path(disk), first->text, first->rule, others);
}
