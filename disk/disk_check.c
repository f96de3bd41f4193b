/* SPDX-License-Identifier: MIT */
/*
 * Public API of <shvm/disk.h>: checks an image against the rules of its format.
 */
#include "base/line.h"
#include "base/reserved.h"
#include "disk/format.h"
#include "source/source_file.h"

#include <inttypes.h>

/* From the failed checks: an error or a warning means no. */
static int judge(struct checks *found, struct shvm_disk_check *ret,
		 struct shvm_err *err)
{
	const enum shvm_level worst = checks_worst(found);
	struct shvm_verdict *v = &ret->verdict;

	for (size_t i = 0; i < found->count; i++) {
		const struct shvm_check *c = &found->items[i];

		ret->errors += c->level == SHVM_LEVEL_ERROR;
		ret->warnings += c->level == SHVM_LEVEL_WARNING;
		if (c->level == worst && !v->reason)
			v->reason = c->id;
	}
	v->yes = worst == SHVM_LEVEL_NOTE;
	if (v->yes)
		v->reason = NULL;
	else
		line_put(v->text, sizeof(v->text),
			 "%" PRIu64 " errors, %" PRIu64 " warnings",
			 ret->errors, ret->warnings);
	if (!ret->complete)
		return checks_put(found,
				  &(struct shvm_check){
					  .id = "complete",
					  .outcome = SHVM_CHECK_UNKNOWN,
					  .level = SHVM_LEVEL_ERROR,
					  .offset = UINT64_MAX },
				  err, "not everything could be checked");
	return SHVM_OK;
}

int shvm_disk_check(const char *path, const struct shvm_disk_params *params,
		    struct shvm_disk_check *ret, struct shvm_err *err)
{
	static const struct shvm_disk_params defaults;
	const struct shvm_disk_params *p = params ? params : &defaults;
	AUTO_DONE(checks) found = { 0 };
	const struct disk_format *format;
	struct shvm_disk_check c = { 0 };
	AUTO(source_ptr) file = NULL;

	TRY(reserved_check(p->reserved, "struct shvm_disk_params", err));
	TRY(source_file_open(path, 512, &file, err));
	TRY(disk_format_find(file, path, p, &format, err));
	if (!format->check)
		return err_reason(err, SHVM_E_UNSUPPORTED, "no-format-rules",
				  "%s: not a VHDX or VHD image: there are no "
				  "format rules for %s disks",
				  path, format->name);
	c.file_size = file->size;
	TRY(err_name(err, format->check(STEAL(file), path, p, &found, &c, err),
		     path));
	TRY(judge(&found, &c, err));
	checks_give(&found, &c.verdict);
	*ret = c;
	return SHVM_OK;
}

void shvm_disk_check_done(struct shvm_disk_check *check)
{
	shvm_verdict_done(&check->verdict);
	*check = (struct shvm_disk_check){ 0 };
}
