/* SPDX-License-Identifier: MIT */
/* pdk check: would this file provision this disk? */
#include "base/buf.h"
#include "cli/pdk_cmds.h"
#include "cli/report.h"

#include <string.h>

#define ARGS struct check_args
const struct cli_opt pdk_check_opts[] = {
	OPT(disk, CLI_PATH, .meta = "DISK", .help = "disk to check"),
	OPT(catalog, CLI_PATH, .meta = "FILE.vsc",
	    .help = "catalog to use instead of the disk's, or without a disk"),
	OPT_LIST(keys, CLI_KEY, .help = "private encryption key of a guardian"),
	OPT_LIST(
		key_pass_files, CLI_SECRET,
		.help = "source of the passphrase, one for all keys or one per key"),
	PDK_OWNER_OPT(owner_fingerprint),
	OPT(fsk, CLI_PATH, .meta = "FILE.fsk",
	    .help = "fabric data; checks that no placeholder is left without a value"),
	AT_OPT(at),
	TSA_CA_OPT(tsa_ca),
	DISK_DIFFERENCING_OPT(allow_differencing),
	DISK_PARTITION_OPT(how, "this partition is the OS volume"),
	DISK_OPEN_OPTS(how),
	OPT_END,
};
#undef ARGS

static const struct row check_rows[] = {
	FIELD("template", "\"{template.name}\" {template.version}"),
	FIELD("policy", "{policy}"),
	{ 0 },
};

static json_t *show_json(const struct shvm_pdk_verdict *v)
{
	return OBJECT(M("policy",
			v->policy_known ? shvm_policy_name(v->policy) : NULL),
		      M("template",
			v->template_name[0]
				? OBJECT(M("name", v->template_name),
					 M("version", &v->template_version))
				: json_null()));
}

static int show(struct out *out, const struct shvm_pdk_verdict *v,
		struct shvm_err *err)
{
	const struct report report = {
		.verdict = &v->verdict,
		.word = shvm_pdk_outcome_name(v->outcome),
		.all = true,
	};
	json_t *object = show_json(v);

	result_text(out, check_rows, object);
	return report_put(out, &report, object, err);
}

static int load_keys(const struct check_args *a, struct passphrase *passphrases,
		     struct shvm_key_source *keys, struct shvm_err *err)
{
	const size_t passes = a->key_pass_files.count;

	if (passes > 1 && passes != a->keys.count)
		return err_set(
			err, SHVM_E_ARG,
			"%zu --key-pass-file for %zu --key: give one for all keys or one per key",
			passes, a->keys.count);
	if (passes > 0 && a->keys.count == 0)
		return err_set(err, SHVM_E_ARG,
			       "--key-pass-file requires --key");
	for (size_t i = 0; i < a->keys.count; i++)
		keys[i] = passphrase_key(&passphrases[i], a->keys.items[i],
					 passes == 0 ? NULL
					 : passes == 1
						 ? a->key_pass_files.items[0]
						 : a->key_pass_files.items[i]);
	return SHVM_OK;
}

int pdk_check_run(const void *args, char *const *operands, struct out *out,
		  struct shvm_err *err)
{
	const struct check_args *a = args;
	AUTOFREE struct passphrase *passphrases =
		calloc(a->keys.count + 1, sizeof(*passphrases));
	AUTOFREE struct shvm_key_source *keys =
		calloc(a->keys.count + 1, sizeof(*keys));
	struct shvm_pdk_verdict v = { 0 };
	const struct shvm_disk_params how = disk_params(&a->how);
	AUTO(fabric_ptr) fabric = NULL;
	AUTO(trust_ptr) trust = NULL;
	AUTO(disk_ptr) disk = NULL;
	AUTO(catalog_ptr) catalog = NULL;
	AUTO(pdk_ptr) pdk = NULL;
	struct shvm_err no_pdk = { 0 }, no_catalog = { 0 };
	struct shvm_pdk_check_params p = {
		.keys = keys,
		.key_count = a->keys.count,
		.owner_fingerprint = a->owner_fingerprint,
		.allow_differencing = a->allow_differencing,
		.digest = { .jobs = out->common.jobs,
			    .progress = out_progress,
			    .progress_ctx = out },
	};
	int r;

	if (!passphrases || !keys)
		return err_nomem(err, "keys");
	if (!a->disk && (disk_args_given(&a->how) || a->allow_differencing))
		return err_set(err, SHVM_E_ARG,
			       "options that describe a disk require --disk");
	TRY(load_keys(a, passphrases, keys, err));
	if (a->fsk)
		TRY(shvm_fabric_load(a->fsk, &fabric, err));
	TRY(trust_load(NULL, NULL, &a->tsa_ca, &trust, err));
	if (a->disk)
		TRY(shvm_disk_open(a->disk, &how, &disk, err));
	shvm_trust_set_time(trust, a->at);
	/* That one of these is none is a verdict. */
	if (a->catalog &&
	    shvm_catalog_load(a->catalog, NULL, &catalog, &no_catalog) < 0)
		p.no_catalog = &no_catalog;
	if (shvm_pdk_load(operands[0], &pdk, &no_pdk) < 0)
		p.no_pdk = &no_pdk;
	p.fabric = fabric;
	p.trust = trust;
	p.disk = disk;
	p.catalog = catalog;
	TRY(shvm_pdk_check(pdk, &p, &v, err));
	r = show(out, &v, err);
	shvm_verdict_done(&v.verdict);
	return r;
}
