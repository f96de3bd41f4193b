/* SPDX-License-Identifier: MIT */
/* Finds the volumes of a template on an open disk: inspects the file systems if
 * the partition table is not sufficient. */
#include "signer/template_volumes.h"

#include "disk/disk.h"
#include "disk/partition.h"
#include "guest/facts.h"
#include "guest/lsvmconf.h"
#include "signer/readiness.h"

/* volumes_has_windows_fn; ctx has everything except the partition. */
static int has_windows(void *ctx, const struct shvm_partition *p, bool *ret,
		       struct shvm_err *err)
{
	struct facts_input in = *(const struct facts_input *)ctx;

	in.os = p;
	return facts_has_windows(&in, ret, err);
}

/* volumes_has_linux_fn; the same. */
static int has_linux(void *ctx, const struct shvm_partition *p, bool *ret,
		     struct shvm_err *err)
{
	struct facts_input in = *(const struct facts_input *)ctx;

	in.os = p;
	return facts_has_linux(&in, ret, err);
}

struct volumes_input template_volumes_input(const struct shvm_disk *disk)
{
	const struct shvm_disk_info *info = shvm_disk_info(disk);

	return (struct volumes_input){
		.table = info->table,
		.partitions = info->partitions,
		.count = info->partition_count,
		.content = info->content,
		.partition = disk_how(disk)->partition,
	};
}

const struct shvm_partition *template_esp(const struct shvm_disk_info *info)
{
	for (size_t i = 0; i < info->partition_count; i++) {
		const struct shvm_partition *p = &info->partitions[i];

		if (partition_type(&p->type_guid) == PARTITION_TYPE_ESP &&
		    p->content == SHVM_CONTENT_FAT)
			return p;
	}
	return NULL;
}

/* Bytes of lsvmconf on the ESP; *ret_found false without one. */
static int lsvmconf_find(struct shvm_disk *d, int64_t until, struct buf *conf,
			 bool *ret_found, struct shvm_err *err)
{
	const struct facts_input in = {
		.disk = disk_source(d),
		.esp = template_esp(shvm_disk_info(d)),
		.until = until,
		.helper = disk_how(d)->helper,
	};
	struct shvm_guest_facts facts;

	*ret_found = false;
	TRY(facts_gather(&in, &facts, conf, err));
	*ret_found = facts.lsvmconf == SHVM_YES;
	return SHVM_OK;
}

/*
 * What it says about boot and root. One that is there but not right is an
 * error: nothing is guessed.
 */
static int lsvmconf_load(struct shvm_disk *d, int64_t until,
			 struct lsvmconf *ret, bool *ret_found,
			 struct shvm_err *err)
{
	AUTO_DONE(buf) conf = { 0 };

	TRY(lsvmconf_find(d, until, &conf, ret_found, err));
	return *ret_found ? lsvmconf_decode((const char *)conf.data, conf.len,
					    ret, err)
			  : SHVM_OK;
}

enum shvm_disk_type template_guess_type(struct shvm_disk *disk, int64_t until)
{
	const struct volumes_input in = template_volumes_input(disk);
	const enum shvm_disk_type type = volumes_guess_type(&in);
	AUTO_DONE(buf) conf = { 0 };
	bool found = false;

	/* What cannot be read is reported by who needs it. */
	if (type != SHVM_DISK_LINUX ||
	    lsvmconf_find(disk, until, &conf, &found, NULL) < 0)
		return type;
	return found ? SHVM_DISK_PREPROCESSED_LINUX : type;
}

int template_volumes(struct shvm_disk *disk, enum shvm_disk_type type,
		     int64_t until, struct shvm_volume ret[2],
		     size_t *ret_count, struct shvm_err *err)
{
	struct volumes_input in = template_volumes_input(disk);
	struct facts_input search = {
		.disk = disk_source(disk),
		.until = until,
		.helper = disk_how(disk)->helper,
	};
	struct lsvmconf conf;
	bool found = false;
	int r;

	in.has_windows = has_windows;
	in.has_linux = has_linux;
	in.ctx = &search;
	if (type == SHVM_DISK_PREPROCESSED_LINUX && in.table == SHVM_TABLE_GPT)
		TRY(lsvmconf_load(disk, until, &conf, &found, err));
	if (found) {
		in.boot_guid = &conf.boot;
		in.root_guid = &conf.root;
	}
	r = volumes_find(&in, type, ret, ret_count, err);
	for (size_t i = 0; r == SHVM_OK && i < *ret_count; i++)
		if (ret[i].offset + ret[i].size >
		    shvm_disk_info(disk)->virtual_size)
			r = RULE_ERR(err, SHVM_E_FORMAT, "gpt-cut-off",
				     VOLUME_CUT_OFF, FOUND(ret[i].partition));
	return r;
}

int shvm_disk_volumes(struct shvm_disk *disk, enum shvm_disk_type type,
		      struct shvm_volume ret[2], size_t *ret_count,
		      struct shvm_err *err)
{
	const int r = template_volumes(disk, type, facts_deadline(), ret,
				       ret_count, err);

	return r < 0 ? err_prefix(err, r, "%s", disk_path(disk)) : SHVM_OK;
}
