/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/guest.h>: gathers facts and checks the rules. */
#include "signer/readiness.h"

#include "base/clock.h"
#include "base/line.h"
#include "base/reserved.h"
#include "disk/disk.h"
#include "guest/guest.h"
#include "signer/template_volumes.h"

#include <stdio.h>
#include <string.h>

struct shvm_inspection {
	struct shvm_guest_facts facts;
	struct readiness readiness;
	struct shvm_volume volumes[2];
	size_t volume_count;
	enum shvm_disk_type type;
	const char *engine;
	struct shvm_verdict verdict;
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

/* Finds the volumes; a failure is added to the results. */
static int locate(struct shvm_inspection *i, struct shvm_disk *disk,
		  int64_t until, struct shvm_err *err)
{
	struct shvm_err why = { 0 };
	int r;

	r = template_volumes(disk, i->type, until, i->volumes, &i->volume_count,
			     &why);
	if (r == 0)
		return SHVM_OK;
	i->volume_count = 0;
	if (r == SHVM_E_ARG || !why.reason || !readiness_rule(why.reason))
		return err_take(err, &why);
	if (readiness_has(&i->readiness, why.reason))
		return SHVM_OK; /* already reported, with its offset */
	return readiness_add_err(&i->readiness, UINT64_MAX, &why, err);
}

static int add_checks(struct shvm_inspection *i, const struct shvm_check *items,
		      size_t count, struct shvm_err *err)
{
	for (size_t k = 0; k < count; k++)
		TRY(readiness_add_check(&i->readiness, &items[k], err));
	return SHVM_OK;
}

/* The type of template, and the rules about image, table and partitions. */
static int look_outside(struct shvm_inspection *i, struct shvm_disk *disk,
			const enum shvm_disk_type *type, int64_t until,
			struct shvm_err *err)
{
	const struct volumes_input in = template_volumes_input(disk);
	const struct shvm_disk_info *info = shvm_disk_info(disk);
	AUTO_DONE(checks) found = { 0 };

	i->type = type ? *type : template_guess_type(disk, until);
	TRY(add_checks(i, info->checks, info->check_count, err));
	TRY(volumes_check(&in, i->type, &found, err));
	return add_checks(i, found.items, found.count, err);
}

static struct facts_input facts_where(const struct readiness_input *in)
{
	return (struct facts_input){
		.disk = disk_source(in->disk),
		.esp = in->esp,
		.os = in->os,
		.volumes = in->volumes,
		.volume_count = in->volume_count,
		.partitions = in->info->partitions,
		.partition_count = in->info->partition_count,
		.until = in->until,
		.helper = disk_how(in->disk)->helper,
		.path = disk_path(in->disk),
		.how = disk_how(in->disk),
	};
}

static int gather(struct shvm_inspection *i, struct readiness_input *in,
		  const struct shvm_inspect_params *params, struct buf *conf,
		  struct shvm_err *err)
{
	const struct facts_input where = facts_where(in);

	i->engine = "fast";
	if (params->engine == SHVM_ENGINE_LIBGUESTFS) {
		const int r = guest_gather(&where, params->force_tcg, &i->facts,
					   conf, &i->engine, err);

		in->until = clock_ms() + GUEST_LUKS_SECONDS * 1000;
		return r;
	}
	return facts_gather(&where, &i->facts, conf, err);
}

/* libguestfs has inspected the root already. */
static int judge_linux(struct shvm_inspection *i,
		       const struct readiness_input *in,
		       enum shvm_engine engine, struct shvm_err *err)
{
	const struct facts_input where = facts_where(in);
	struct readiness *f = &i->readiness;

	TRY(i->type == SHVM_DISK_LINUX ? readiness_plain(in, f, err)
				       : readiness_linux(in, f, err));
	if (f->root && engine == SHVM_ENGINE_FAST)
		TRY(facts_gather_root(&where, f->root, f->root_partition,
				      &i->facts, err));
	if (engine == SHVM_ENGINE_FAST)
		TRY(facts_gather_kernel(&where, &i->facts, err));
	return readiness_root(in, i->type, f, err);
}

static int judge(struct shvm_inspection *i, const struct readiness_input *in,
		 enum shvm_engine engine, struct shvm_err *err)
{
	struct readiness *f = &i->readiness;

	TRY(readiness_file(in, f, err));
	if (i->facts.trouble[0])
		TRY(readiness_add_unknown(f, "unreadable", i->facts.trouble,
					  err));
	TRY(i->type == SHVM_DISK_WINDOWS ? readiness_windows(in, f, err)
					 : judge_linux(i, in, engine, err));
	return readiness_add_others(f, i->type, err);
}

/*
 * An error blocks signing, and so do file systems that could not be read. Every
 * other unknown result is a consequence of one of these.
 */
static bool is_in_the_way(const struct shvm_check *c)
{
	return c->level == SHVM_LEVEL_ERROR &&
	       (c->outcome == SHVM_CHECK_FAILED ||
		(c->outcome == SHVM_CHECK_UNKNOWN &&
		 strcmp(c->id, "unreadable") == 0));
}

/* Marks what the caller ignores; any other blocking result makes it a no. */
static void weigh(struct shvm_inspection *i,
		  const struct shvm_inspect_params *params)
{
	struct shvm_verdict *v = &i->verdict;

	for (size_t k = 0; k < i->readiness.checks.count; k++) {
		struct shvm_check *c = &i->readiness.checks.items[k];

		for (size_t n = 0; n < params->ignore_count; n++) {
			if (is_in_the_way(c) &&
			    strcmp(params->ignore[n], c->id) == 0)
				c->outcome = SHVM_CHECK_IGNORED;
		}
		if (!is_in_the_way(c) || v->reason)
			continue;
		v->reason = c->id;
		line_put(v->text, sizeof(v->text), "%s", c->text);
	}
	v->yes = !v->reason;
	checks_give(&i->readiness.checks, v);
}

int shvm_disk_inspect(struct shvm_disk *disk,
		      const struct shvm_inspect_params *params,
		      struct shvm_inspection **ret, struct shvm_err *err)
{
	static const struct shvm_inspect_params defaults;
	const struct shvm_disk_info *info = shvm_disk_info(disk);
	AUTO(inspection_ptr) i = NULL;
	AUTO_DONE(buf) conf = { 0 };
	struct readiness_input in = { .disk = disk,
				      .info = info,
				      .conf = &conf,
				      .until = facts_deadline() };

	if (!params)
		params = &defaults;
	TRY(reserved_check(params->reserved, "struct shvm_inspect_params",
			   err));
	TRY(readiness_check_names(params->ignore, params->ignore_count, err));
	i = calloc(1, sizeof(*i));
	TRY(err_null(err, i, "inspection"));
	facts_init(&i->facts);

	TRY(look_outside(i, disk, params->type, in.until, err));
	TRY(locate(i, disk, in.until, err));
	in.esp = template_esp(info);
	in.volumes = i->volumes;
	in.volume_count = i->volume_count;
	in.facts = &i->facts;
	in.catalog = params->catalog;
	if (i->type == SHVM_DISK_WINDOWS && i->volume_count > 0)
		in.os = partition_of(info, i->volumes[0].partition);
	TRY(gather(i, &in, params, &conf, err));
	TRY(judge(i, &in, params->engine, err));
	weigh(i, params);
	*ret = STEAL(i);
	return SHVM_OK;
}

void shvm_inspection_free(struct shvm_inspection *inspection)
{
	if (!inspection)
		return;
	readiness_done(&inspection->readiness);
	shvm_verdict_done(&inspection->verdict);
	free(inspection);
}

const struct shvm_guest_facts *shvm_inspection_facts(
	const struct shvm_inspection *inspection)
{
	return &inspection->facts;
}

const struct shvm_verdict *shvm_inspection_verdict(
	const struct shvm_inspection *inspection)
{
	return &inspection->verdict;
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

const char *shvm_inspection_engine(const struct shvm_inspection *inspection)
{
	return inspection->engine;
}

/* The ids of all other errors, if there is room. */
static void name_others(const struct shvm_verdict *v, char *ret, size_t size)
{
	const char *start = "; also ";
	size_t used = 0;

	*ret = '\0';
	for (size_t k = 0; k < v->count && used < size; k++) {
		if (!is_in_the_way(&v->checks[k]) ||
		    v->checks[k].id == v->reason)
			continue;
		used += (size_t)snprintf(ret + used, size - used, "%s[%s]",
					 start, v->checks[k].id);
		start = " ";
	}
}

int readiness_check_template(struct shvm_disk *disk, enum shvm_disk_type type,
			     const char *const *ignore, size_t ignore_count,
			     shvm_check_fn put, void *ctx, struct shvm_err *err)
{
	const struct shvm_inspect_params params = {
		.type = &type,
		.ignore = ignore,
		.ignore_count = ignore_count,
	};
	AUTO(inspection_ptr) i = NULL;
	const struct shvm_verdict *v;
	char others[256];

	TRY(shvm_disk_inspect(disk, &params, &i, err));
	v = &i->verdict;
	if (!v->yes) {
		name_others(v, others, sizeof(others));
		return err_reason(err, SHVM_E_UNSUPPORTED, v->reason,
				  "%s: not ready as a template: %s [%s]%s",
				  disk_path(disk), v->text, v->reason, others);
	}
	for (size_t k = 0; put && k < v->count; k++) {
		const struct shvm_check *c = &v->checks[k];

		if (c->outcome == SHVM_CHECK_FAILED ||
		    c->outcome == SHVM_CHECK_IGNORED ||
		    c->outcome == SHVM_CHECK_UNKNOWN)
			put(ctx, c);
	}
	return SHVM_OK;
}
