/* SPDX-License-Identifier: MIT */
/* disk info: what is on a disk, and is it fit to be a template. */
#include "cli/cmd_disk.h"

#include "cli/report.h"
#include "cli/size.h"
#include "cli/template_view.h"

#include <shvm/guest.h>
#include <shvm/template.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGS struct disk_info_args
const struct cli_opt disk_info_opts[] = {
	DISK_OPEN_OPTS(disk),
	DISK_PARTITION_OPT(disk, "this partition is the OS volume"),
	OPT(type, CLI_CHOICE, .meta = "windows|linux",
	    .help = "the kind of template, in place of a guess",
	    .more = "The guess goes by what the partitions hold."),
	OPT(guest, CLI_FLAG,
	    .help = "look inside with libguestfs, in a VM of its own",
	    .more = "In place of the fast path. It also opens LUKS volumes with the well-known passphrase and checks the FAT; NTFS's dirty flag only the fast path reads. Every disk reaches the appliance through this program's own reader, never through a disk driver of QEMU."),
	OPT(tcg, CLI_FLAG, .help = "with --guest: emulate, do not use KVM",
	    .more = "A KVM that fails, or with which the appliance does not come up in 30 seconds, is given up without being asked."),
	OPT_LIST(ignore, CLI_TEXT, .meta = "RULE",
		 .help = "an error of this rule does not count"),
	OPT_END,
};
#undef ARGS

/* All that the command tells; gathered first, then put as text or JSON. */
struct facts {
	const struct shvm_disk_info *info;
	const struct shvm_inspection *inspection;
	const struct shvm_guest_facts *facts;
	const struct shvm_volume *volumes;
	const struct shvm_catalog *catalog; /* NULL: none, or not readable */
	size_t volume_count;
};

AUTO_DEFINE(catalog_ptr, struct shvm_catalog *, shvm_catalog_free);
AUTO_DEFINE(inspection_ptr, struct shvm_inspection *, shvm_inspection_free);

static struct facts facts_from(const struct shvm_disk *disk,
			       const struct shvm_inspection *i)
{
	struct facts rep = {
		.info = shvm_disk_info(disk),
		.inspection = i,
		.facts = shvm_inspection_facts(i),
	};

	rep.volumes = shvm_inspection_volumes(i, &rep.volume_count);
	return rep;
}

static void text_partitions(struct out *out, const struct facts *rep)
{
	char size[32], guid[SHVM_GUID_TEXT];

	for (size_t i = 0; i < rep->info->partition_count; i++) {
		const struct shvm_partition *p = &rep->info->partitions[i];

		out_text(out, "partition %u: %s, %s, %s at %ju%s%s%s",
			 p->number, shvm_partition_type_name(&p->type_guid),
			 shvm_content_name(p->content),
			 size_format(p->size, size), (uintmax_t)p->offset,
			 p->name[0] ? ", \"" : "", p->name,
			 p->name[0] ? "\"" : "");
		if (out->common.verbose)
			out_text(out, "    guid %s",
				 shvm_guid_format(&p->guid, guid));
	}
}

/* shvm_fact_fn; what is not known, and what is not there, is left out. */
static void text_fact(void *ctx, const char *name, const char *value)
{
	struct out *out = ctx;

	if (*value && (out->common.verbose || strcmp(value, "no") != 0))
		out_field(out, name, "%s", value);
}

static void text_put(struct out *out, const struct facts *rep)
{
	const struct shvm_disk_info *i = rep->info;
	char size[32], guid[SHVM_GUID_TEXT];

	out_field(out, "format", "%s%s%s", i->format, i->variant[0] ? ", " : "",
		  i->variant);
	out_field(out, "virtual size", "%ju (%s)", (uintmax_t)i->virtual_size,
		  size_format(i->virtual_size, size));
	if (i->block_size)
		out_field(out, "block size", "%s",
			  size_format(i->block_size, size));
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
	shvm_guest_facts_each(rep->facts, text_fact, out);
	if (rep->catalog)
		template_catalog_text(out, shvm_catalog_info(rep->catalog));
}

/* A member that only some formats have. */
static json_t *text_or_null(const char *text)
{
	return out_string(*text ? text : NULL);
}

static json_t *json_image(const struct shvm_disk_info *i)
{
	return json_pack("{s:o, s:o, s:I, s:o, s:I, s:I, s:o, s:o, s:o}",
			 "format", out_string(i->format), "type",
			 text_or_null(i->variant), "virtual_size",
			 (json_int_t)i->virtual_size, "block_size",
			 i->block_size ? json_integer((json_int_t)i->block_size)
				       : json_null(),
			 "logical_sector_size",
			 (json_int_t)i->logical_sector_size,
			 "physical_sector_size",
			 (json_int_t)i->physical_sector_size, "log",
			 out_string(i->log_replayed ? "replayed" : "clean"),
			 "creator", text_or_null(i->creator), "parent",
			 out_string(i->parent));
}

static json_t *json_partitions(const struct shvm_disk_info *i)
{
	char guid[SHVM_GUID_TEXT], type[SHVM_GUID_TEXT];
	json_t *list = json_array();

	for (size_t k = 0; k < i->partition_count; k++) {
		const struct shvm_partition *p = &i->partitions[k];

		out_list_add(
			&list,
			json_pack("{s:I, s:o, s:o, s:o, s:o, s:I, s:I, s:o}",
				  "number", (json_int_t)p->number, "guid",
				  out_string(shvm_guid_format(&p->guid, guid)),
				  "type_guid",
				  out_string(shvm_guid_format(&p->type_guid,
							      type)),
				  "type",
				  out_string(shvm_partition_type_name(
					  &p->type_guid)),
				  "name", out_string(p->name), "offset",
				  (json_int_t)p->offset, "size",
				  (json_int_t)p->size, "content",
				  out_string(shvm_content_name(p->content))));
	}
	return list;
}

static json_t *json_volumes(const struct facts *rep)
{
	json_t *list = json_array();

	for (size_t k = 0; k < rep->volume_count; k++) {
		const struct shvm_volume *v = &rep->volumes[k];

		out_list_add(&list,
			     json_pack("{s:o, s:I}", "role",
				       out_string(shvm_role_name(v->role)),
				       "partition", (json_int_t)v->partition));
	}
	return list;
}

/* shvm_fact_fn; yes and no become true and false, unknown null. */
static void json_fact(void *ctx, const char *name, const char *value)
{
	json_t **object = ctx;
	json_t *item;

	if (!*value)
		item = json_null();
	else if (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0)
		item = json_boolean(*value == 'y');
	else if (strcmp(name, "free_bytes") == 0)
		item = json_integer((json_int_t)strtoull(value, NULL, 10));
	else
		item = out_string(value);
	out_member(object, name, item);
}

static json_t *json_guest(const struct facts *rep)
{
	json_t *guest =
		json_pack("{s:o}", "engine",
			  out_string(shvm_inspection_engine(rep->inspection)));

	shvm_guest_facts_each(rep->facts, json_fact, &guest);
	return guest;
}

static json_t *json_from(const struct facts *rep)
{
	const struct shvm_disk_info *i = rep->info;
	char guid[SHVM_GUID_TEXT];

	return json_pack(
		"{s:o, s:I, s:{s:o, s:o}, s:o, s:o, s:o, s:o, s:o}", "image",
		json_image(i), "virtual_size", (json_int_t)i->virtual_size,
		"table", "kind", out_string(shvm_table_name(i->table)), "guid",
		i->table == SHVM_TABLE_GPT
			? out_string(shvm_guid_format(&i->table_guid, guid))
			: json_null(),
		"partitions", json_partitions(i), "disk_type",
		out_string(shvm_disk_type_name(
			shvm_inspection_type(rep->inspection))),
		"volumes", json_volumes(rep), "guest", json_guest(rep),
		"catalog",
		rep->catalog
			? template_catalog_json(shvm_catalog_info(rep->catalog))
			: json_null());
}

/* The catalog in the disk; whether its signer is trusted is not checked. */
static int catalog_find(struct shvm_disk *disk, struct out *out,
			struct shvm_catalog **ret, struct shvm_err *err)
{
	struct shvm_err why = { 0 };
	int r = shvm_catalog_from_disk(disk, ret, &why);

	if (r < 0 && why.reason && strcmp(why.reason, "no-catalog") == 0)
		return SHVM_OK;
	if (r < 0 && why.reason &&
	    (strcmp(why.reason, "bad-catalog") == 0 ||
	     strcmp(why.reason, "bad-signature") == 0)) {
		out_warn(out, "%s", why.msg);
		return SHVM_OK;
	}
	if (r < 0 && err)
		*err = why;
	return r;
}

/* The catalog in a few words, NULL without one; for the caller to free. */
static int catalog_words(const struct shvm_catalog *catalog, char **ret,
			 struct shvm_err *err)
{
	const struct shvm_catalog_info *i;
	char version[SHVM_VERSION_TEXT];

	if (!catalog)
		return SHVM_OK;
	i = shvm_catalog_info(catalog);
	if (asprintf(ret, "\"%s\" %s, signed by %s", i->name,
		     shvm_version_format(&i->version, version),
		     i->signer.subject) < 0) {
		*ret = NULL;
		return err_nomem(err, "catalog");
	}
	return SHVM_OK;
}

int disk_info_run(const void *args, char *const *operands, struct out *out,
		  struct shvm_err *err)
{
	const struct disk_info_args *a = args;
	enum shvm_disk_type type = SHVM_DISK_WINDOWS;
	struct shvm_inspect_params params = {
		.engine = a->guest ? SHVM_ENGINE_LIBGUESTFS : SHVM_ENGINE_FAST,
		.ignore = a->ignore.items,
		.ignore_count = a->ignore.count,
		.force_tcg = a->tcg,
	};
	AUTO(disk_ptr) disk = NULL;
	AUTO(inspection_ptr) inspection = NULL;
	AUTO(catalog_ptr) catalog = NULL;
	AUTOFREE char *words = NULL;
	struct report report = { 0 };
	struct facts rep;

	if (a->tcg && !a->guest)
		return err_set(err, SHVM_E_ARG, "--tcg needs --guest");
	TRY(disk_open(operands[0], &a->disk, &disk, err));
	if (a->type) {
		if (strcmp(a->type, "linux") == 0)
			type = SHVM_DISK_PREPROCESSED_LINUX;
		params.type = &type;
	}
	TRY(catalog_find(disk, out, &catalog, err));
	TRY(catalog_words(catalog, &words, err));
	params.catalog = words;
	TRY(shvm_disk_inspect(disk, &params, &inspection, err));
	rep = facts_from(disk, inspection);
	rep.catalog = catalog;
	text_put(out, &rep);
	report.verdict = shvm_inspection_verdict(inspection);
	report.word = report.verdict->yes ? "ready" : "not-ready";
	return report_put(out, &report, json_from(&rep), err);
}
