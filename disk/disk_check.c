/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/disk.h>: an image against the rules of its format. */
#include "disk/format.h"
#include "source/source_file.h"

static void count_levels(const struct findings *found,
			 struct shvm_disk_check *ret)
{
	for (size_t i = 0; i < found->count; i++) {
		ret->errors += found->items[i].level == SHVM_LEVEL_ERROR;
		ret->warnings += found->items[i].level == SHVM_LEVEL_WARNING;
	}
}

int shvm_disk_check(const char *path, const struct shvm_disk_params *params,
		    struct shvm_disk_check *ret, struct shvm_err *err)
{
	static const struct shvm_disk_params defaults;
	const struct shvm_disk_params *p = params ? params : &defaults;
	AUTO_DONE(findings) found = { 0 };
	const struct disk_format *format;
	struct shvm_disk_check c = { 0 };
	AUTO(source_ptr) file = NULL;
	int r;

	r = source_file_open(path, 512, &file, err);
	if (r < 0)
		return r;
	r = disk_format_find(file, path, p, &format, err);
	if (r < 0)
		return r;
	if (!format->check)
		return err_reason(err, SHVM_E_UNSUPPORTED, "no-format-rules",
				  "%s: not a VHDX or VHD image, and %s bytes "
				  "have no rules to check",
				  path, format->name);
	c.file_size = file->size;
	r = format->check(STEAL(file), path, p, &found, &c, err);
	if (r < 0)
		return err_name(err, r, path);
	count_levels(&found, &c);

	c.findings = found.items;
	c.finding_count = found.count;
	found = (struct findings){ 0 };
	*ret = c;
	return SHVM_OK;
}

void shvm_disk_check_done(struct shvm_disk_check *check)
{
	struct findings own = { .count = check->finding_count };
	union {
		const struct shvm_finding *kept;
		struct shvm_finding *own;
	} items = { .kept = check->findings };

	own.items = items.own;
	findings_done(&own);
	*check = (struct shvm_disk_check){ 0 };
}
