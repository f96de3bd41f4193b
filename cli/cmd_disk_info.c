/* SPDX-License-Identifier: MIT */
/* disk info: describes a disk and checks the readiness rules for templates. */
#include "cli/cmd_disk.h"

#include "cli/report.h"
#include "cli/template_view.h"

#include <shvm/guest.h>
#include <shvm/template.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGS struct disk_info_args
const struct cli_opt disk_info_opts[] = {
	DISK_OPEN_OPTS(disk),
	DISK_PARTITION_OPT(disk, "number of the OS volume's partition"),
	OPT(type, CLI_CHOICE, .meta = DISK_TYPE_META,
	    .help = "type of template (default: detected)",
	    .more = "By default the type is detected from the contents of the partitions. " DISK_TYPE_MORE),
	OPT(guest, CLI_FLAG,
	    .help = "inspect file systems with libguestfs, in a separate VM",
	    .more = "This replaces the fast path. It also opens LUKS volumes with the well-known passphrase and checks the FAT; only the fast path reads the dirty flag of NTFS. The appliance reads every disk through this program's own reader, in nbdkit with nbdkit-shvm-plugin, never through a disk driver of QEMU."),
	OPT(tcg, CLI_FLAG,
	    .help = "emulate the CPU with --guest instead of using KVM",
	    .more = "Without this option KVM is tried first. If it fails, or if the appliance does not start within 30 seconds, the CPU is emulated."),
	OPT_LIST(ignore, CLI_TEXT, .meta = "RULE",
		 .help = "readiness rule whose error does not count"),
	OPT_END,
};
#undef ARGS

AUTO_DEFINE(catalog_ptr, struct shvm_catalog *, shvm_catalog_free);
AUTO_DEFINE(inspection_ptr, struct shvm_inspection *, shvm_inspection_free);

static const struct row partition_rows[] = {
	LINE("    guid {guid}", .verbose = true),
	{ 0 },
};

static const struct row image_rows[] = {
	FIELD("format", "{image.format}[, {image.type}]"),
	FIELD("virtual size", "{virtual_size} ({virtual_size:size})"),
	FIELD("block size", "{image.block_size:size}"),
	FIELD("sectors", "{image.logical_sector_size} logical, "
			 "{image.physical_sector_size} physical"),
	FIELD("log", "{image.log=replayed}replayed in memory"),
	FIELD("parent", "{image.parent}"),
	FIELD("table", "{table.kind}[ {table.guid}]"),
	LINE("partition {number}: {type}, {content}, {size:size} at {offset}[, \"{name}\"]",
	     .each = "partitions", .rows = partition_rows),
	FIELD("volume", "{role}: partition {partition}", .each = "volumes"),
	{ 0 },
};

/* shvm_fact_fn; unknown and missing values are left out. */
static void text_fact(void *ctx, const char *name, const char *value)
{
	struct out *out = ctx;

	if (*value && (out->common.verbose || strcmp(value, "no") != 0))
		out_field(out, name, "%s", value);
}

static json_t *json_image(const struct shvm_disk_info *i)
{
	return OBJECT(M("format", i->format),
		      M("type", text_or_null(i->variant)),
		      M("virtual_size", i->virtual_size),
		      M("block_size", i->block_size
					      ? json_integer(i->block_size)
					      : json_null()),
		      M("logical_sector_size", i->logical_sector_size),
		      M("physical_sector_size", i->physical_sector_size),
		      M("log", i->log_replayed ? "replayed" : "clean"),
		      M("creator", text_or_null(i->creator)),
		      M("parent", i->parent));
}

static json_t *json_partitions(const struct shvm_disk_info *i)
{
	json_t *list = json_array();

	for (size_t k = 0; k < i->partition_count; k++) {
		const struct shvm_partition *p = &i->partitions[k];

		out_list_add(&list,
			     OBJECT(M("number", p->number), M("guid", &p->guid),
				    M("type_guid", &p->type_guid),
				    M("type",
				      shvm_partition_type_name(&p->type_guid)),
				    M("name", p->name), M("offset", p->offset),
				    M("size", p->size),
				    M("content",
				      shvm_content_name(p->content))));
	}
	return list;
}

static json_t *json_volumes(const struct shvm_inspection *inspection)
{
	size_t count;
	const struct shvm_volume *v =
		shvm_inspection_volumes(inspection, &count);
	json_t *list = json_array();

	for (size_t k = 0; k < count; k++)
		out_list_add(&list, OBJECT(M("role", shvm_role_name(v[k].role)),
					   M("partition", v[k].partition)));
	return list;
}

/* shvm_fact_fn; yes and no become true and false, unknown becomes null. */
static void json_fact(void *ctx, const char *name, const char *value)
{
	json_t **object = ctx;
	json_t *item;

	if (!*value)
		item = json_null();
	else if (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0)
		item = json_boolean(*value == 'y');
	else if (strcmp(name, "free_bytes") == 0)
		item = json_integer(strtoll(value, NULL, 10));
	else
		item = out_string(value);
	out_member(object, name, item);
}

static json_t *json_guest(const struct shvm_inspection *inspection)
{
	json_t *guest = OBJECT(M("engine", shvm_inspection_engine(inspection)));

	shvm_guest_facts_each(shvm_inspection_facts(inspection), json_fact,
			      &guest);
	return guest;
}

static json_t *json_table(const struct shvm_disk_info *i)
{
	return OBJECT(M("kind", shvm_table_name(i->table)),
		      M("guid", i->table == SHVM_TABLE_GPT
					? result_guid(&i->table_guid)
					: json_null()));
}

/* catalog is NULL when there is none, or when it cannot be read. */
static int put(struct out *out, const struct shvm_disk_info *i,
	       const struct shvm_inspection *inspection,
	       const struct shvm_catalog *catalog, struct shvm_err *err)
{
	const struct shvm_verdict *v = shvm_inspection_verdict(inspection);
	const struct report report = {
		.verdict = v,
		.word = v->yes ? "ready" : "not-ready",
	};
	json_t *in_disk =
		catalog ? template_catalog_json(shvm_catalog_info(catalog))
			: json_null();
	json_t *object = OBJECT(
		M("image", json_image(i)), M("virtual_size", i->virtual_size),
		M("table", json_table(i)), M("partitions", json_partitions(i)),
		M("disk_type",
		  shvm_disk_type_name(shvm_inspection_type(inspection))),
		M("volumes", json_volumes(inspection)),
		M("guest", json_guest(inspection)), M("catalog", in_disk));

	result_text(out, image_rows, object);
	shvm_guest_facts_each(shvm_inspection_facts(inspection), text_fact,
			      out);
	if (catalog)
		result_text(out, template_catalog_rows,
			    json_object_get(object, "catalog"));
	TRY(report_put(out, &report, object, err));
	return SHVM_OK; /* the question was what the disk contains, and that was answered */
}

/* The catalog in the disk; trust in its signer is not checked. */
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
	return err_take(err, &why);
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

	if (a->tcg && !a->guest)
		return err_set(err, SHVM_E_ARG, "--tcg requires --guest");
	TRY(disk_open(operands[0], &a->disk, &disk, err));
	if (a->type) {
		type = disk_type_choice(a->type);
		params.type = &type;
	}
	TRY(catalog_find(disk, out, &catalog, err));
	TRY(catalog_words(catalog, &words, err));
	params.catalog = words;
	TRY(shvm_disk_inspect(disk, &params, &inspection, err));
	return put(out, shvm_disk_info(disk), inspection, catalog, err);
}
