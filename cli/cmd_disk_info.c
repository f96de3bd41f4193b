/* SPDX-License-Identifier: MIT */
/* disk info: what is on a disk, and is it fit to be a template. */
#include "cli/cmd_disk.h"

#include "base/findings.h"

#include <string.h>

#define INFO struct disk_info_args

const struct cli_opt disk_info_opts[] = {
	DISK_OPEN_OPTS(INFO, disk),
	DISK_PARTITION_OPT(INFO, disk, "this partition is the OS volume"),
	{ "type", CLI_CHOICE, offsetof(INFO, type), false, 0, 0,
	  "windows|linux", "the kind of template, in place of a guess" },
	{ 0 },
};

/* All that the command tells; gathered first, then put as text or JSON. */
struct report {
	const struct shvm_disk_info *info;
	enum shvm_disk_type type;
	struct shvm_volume volumes[2];
	size_t volume_count;
	struct findings findings;
	bool ready;
};

static const char *level_name(enum shvm_level level)
{
	return level == SHVM_LEVEL_ERROR     ? "error"
	       : level == SHVM_LEVEL_WARNING ? "warning"
					     : "ok";
}

static bool has_rule(const struct findings *f, const char *rule)
{
	for (size_t i = 0; i < f->count; i++) {
		if (strcmp(f->items[i].rule, rule) == 0)
			return true;
	}
	return false;
}

/* The volumes, or the reason why there are none as one more finding. */
static int report_volumes(struct report *rep, struct shvm_disk *disk,
			  struct shvm_err *err)
{
	struct shvm_err why = { 0 };
	int r;

	r = shvm_disk_volumes(disk, rep->type, rep->volumes, &rep->volume_count,
			      &why);
	if (r == 0)
		return SHVM_OK;
	if (!why.reason || r == SHVM_E_ARG) {
		if (err)
			*err = why;
		return r;
	}
	if (has_rule(&rep->findings, why.reason))
		return SHVM_OK; /* said already, with a place and a remedy */
	return findings_add(&rep->findings, why.reason, SHVM_LEVEL_ERROR,
			    UINT64_MAX, NULL, err, "%s", why.msg);
}

static int report_load(struct report *rep, struct shvm_disk *disk,
		       struct shvm_err *err)
{
	int r;

	for (size_t i = 0; i < rep->info->finding_count; i++) {
		const struct shvm_finding *f = &rep->info->findings[i];

		r = findings_add(&rep->findings, f->rule, f->level, f->offset,
				 f->hint, err, "%s", f->text);
		if (r < 0)
			return r;
	}
	r = report_volumes(rep, disk, err);
	if (r < 0)
		return r;
	rep->ready = findings_worst(&rep->findings) != SHVM_LEVEL_ERROR;
	return SHVM_OK;
}

static void text_partitions(struct out *out, const struct report *rep)
{
	char size[32], guid[SHVM_GUID_TEXT];

	for (size_t i = 0; i < rep->info->partition_count; i++) {
		const struct shvm_partition *p = &rep->info->partitions[i];

		out_text(out, "partition %u: %s, %s, %s at %ju%s%s%s",
			 p->number, shvm_partition_type_name(&p->type_guid),
			 shvm_content_name(p->content), out_size(p->size, size),
			 (uintmax_t)p->offset, p->name[0] ? ", \"" : "",
			 p->name, p->name[0] ? "\"" : "");
		if (out->common.verbose)
			out_text(out, "    guid %s",
				 shvm_guid_format(&p->guid, guid));
	}
}

static void text_put(struct out *out, const struct report *rep)
{
	const struct shvm_disk_info *i = rep->info;
	char size[32], guid[SHVM_GUID_TEXT];

	out_field(out, "format", "%s", shvm_disk_format_name(i->format));
	out_field(out, "virtual size", "%ju (%s)", (uintmax_t)i->virtual_size,
		  out_size(i->virtual_size, size));
	if (i->block_size)
		out_field(out, "block size", "%s",
			  out_size(i->block_size, size));
	out_field(out, "sectors", "%u logical, %u physical",
		  i->logical_sector_size, i->physical_sector_size);
	if (i->log_replayed)
		out_field(out, "log", "replayed in memory");
	if (i->parent)
		out_field(out, "parent", "%s", i->parent);
	out_field(out, "table", "%s%s%s", shvm_table_name(i->table),
		  i->table == SHVM_TABLE_GPT ? " " : "",
		  i->table == SHVM_TABLE_GPT
			  ? shvm_guid_format(&i->table_guid, guid)
			  : "");
	text_partitions(out, rep);
	for (size_t k = 0; k < rep->volume_count; k++)
		out_field(out, "volume", "%s: partition %u",
			  shvm_role_name(rep->volumes[k].role),
			  rep->volumes[k].partition);
	for (size_t k = 0; k < rep->findings.count; k++) {
		const struct shvm_finding *f = &rep->findings.items[k];

		out_text(out, "%s: %s [%s]", level_name(f->level), f->text,
			 f->rule);
		if (f->hint)
			out_text(out, "    %s", f->hint);
	}
	out_field(out, "ready", "%s", rep->ready ? "yes" : "no");
}

static json_t *json_vhdx(const struct shvm_disk_info *i)
{
	if (i->format == SHVM_FORMAT_RAW)
		return json_null();
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:o, s:o}", "type",
			 shvm_disk_format_name(i->format), "virtual_size",
			 (json_int_t)i->virtual_size, "block_size",
			 (json_int_t)i->block_size, "logical_sector_size",
			 (json_int_t)i->logical_sector_size,
			 "physical_sector_size",
			 (json_int_t)i->physical_sector_size, "log",
			 i->log_replayed ? "replayed" : "clean", "creator",
			 out_string(i->creator), "parent",
			 i->parent ? out_string(i->parent) : json_null());
}

static json_t *json_partitions(const struct shvm_disk_info *i)
{
	char guid[SHVM_GUID_TEXT], type[SHVM_GUID_TEXT];
	json_t *list = json_array();

	for (size_t k = 0; k < i->partition_count; k++) {
		const struct shvm_partition *p = &i->partitions[k];

		if (json_array_append_new(
			    list,
			    json_pack("{s:I, s:s, s:s, s:s, s:o, s:I, s:I, "
				      "s:s}",
				      "number", (json_int_t)p->number, "guid",
				      shvm_guid_format(&p->guid, guid),
				      "type_guid",
				      shvm_guid_format(&p->type_guid, type),
				      "type",
				      shvm_partition_type_name(&p->type_guid),
				      "name", out_string(p->name), "offset",
				      (json_int_t)p->offset, "size",
				      (json_int_t)p->size, "content",
				      shvm_content_name(p->content))) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *json_volumes(const struct report *rep)
{
	json_t *list = json_array();

	for (size_t k = 0; k < rep->volume_count; k++) {
		const struct shvm_volume *v = &rep->volumes[k];

		if (json_array_append_new(list,
					  json_pack("{s:s, s:I}", "role",
						    shvm_role_name(v->role),
						    "partition",
						    (json_int_t)v->partition)) <
		    0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *json_findings(const struct findings *findings)
{
	json_t *list = json_array();

	for (size_t k = 0; k < findings->count; k++) {
		const struct shvm_finding *f = &findings->items[k];
		json_t *item =
			json_pack("{s:s, s:s, s:o, s:o, s:o}", "rule", f->rule,
				  "level", level_name(f->level), "text",
				  out_string(f->text), "offset",
				  f->offset == UINT64_MAX
					  ? json_null()
					  : json_integer((json_int_t)f->offset),
				  "hint",
				  f->hint ? json_string(f->hint) : json_null());

		if (json_array_append_new(list, item) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *json_from(const struct report *rep)
{
	const struct shvm_disk_info *i = rep->info;
	char guid[SHVM_GUID_TEXT];

	return json_pack(
		"{s:o, s:I, s:{s:s, s:o}, s:o, s:s, s:o, s:b, s:o}", "vhdx",
		json_vhdx(i), "virtual_size", (json_int_t)i->virtual_size,
		"table", "kind", shvm_table_name(i->table), "guid",
		i->table == SHVM_TABLE_GPT
			? json_string(shvm_guid_format(&i->table_guid, guid))
			: json_null(),
		"partitions", json_partitions(i), "disk_type",
		shvm_disk_type_name(rep->type), "volumes", json_volumes(rep),
		"ready", rep->ready, "findings", json_findings(&rep->findings));
}

int disk_info_run(const void *args, char *const *operands, struct out *out,
		  struct shvm_err *err)
{
	const struct disk_info_args *a = args;
	struct report rep = { 0 };
	AUTO(disk_ptr) disk = NULL;
	int r;

	r = disk_open(operands[0], &a->disk, &disk, err);
	if (r < 0)
		return r;
	rep.info = shvm_disk_info(disk);
	rep.type = !a->type			   ? rep.info->likely_type
		   : strcmp(a->type, "linux") == 0 ? SHVM_DISK_LINUX
						   : SHVM_DISK_WINDOWS;
	r = report_load(&rep, disk, err);
	if (r == 0) {
		text_put(out, &rep);
		r = out_json(out, json_from(&rep), err);
	}
	findings_done(&rep.findings);
	return r;
}
