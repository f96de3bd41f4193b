/* SPDX-License-Identifier: MIT */
/* template extract, show and verify: these write nothing but result files. */
#include "cli/cmd_template.h"

#include "cli/template_view.h"
#include "cli/trust_opts.h"

#include <shvm/view.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct cli_opt template_no_opts[] = { OPT_END };

#define ARGS struct template_extract_args
const struct cli_opt template_extract_opts[] = {
	OPT(out, CLI_OUT, .required = true,
	    .help = "output file for the catalog"),
	DISK_OPEN_OPTS(disk),
	OPT_END,
};
#undef ARGS

#define ARGS struct template_show_args
const struct cli_opt template_show_opts[] = { DISK_OPEN_OPTS(disk), OPT_END };
#undef ARGS

#define ARGS struct template_verify_args
const struct cli_opt template_verify_opts[] = {
	OPT_LIST(
		signer, CLI_CERT, .help = "certificate of a trusted signer",
		.more = "Certificates are compared byte for byte. The file must contain one certificate or one chain (PEM or PKCS#7, in any order), of which the end is trusted and no other certificate."),
	OPT_LIST(
		ca, CLI_PATH, .meta = "FILE",
		.help = "CA certificates; signers with a chain to one of them are trusted",
		.more = "If --signer is given too, either is sufficient. Revocation is not checked."),
	OPT(catalog, CLI_PATH, .meta = "FILE.vsc",
	    .help = "catalog to use instead of the one in the disk"),
	AT_OPT(at),
	TSA_CA_OPT(tsa_ca),
	EKU_OPT(eku, "the signer"),
	HASH_KERNEL_OPT(kernel),
	OPT(tree, CLI_PATH, .meta = "FILE",
	    .help = "tree file written when the disk was signed, to report what changed",
	    .more = "The tree file is first verified against the signed digest; if it does not match, the command fails (exit 1). For a changed volume, the first thousand ranges of changed bytes are reported, in whole blocks."),
	OPT(require, CLI_CHOICE, .meta = "disk|os",
	    .help = "what must be signed: the whole disk (default) or the OS volumes",
	    .more = "With os, a catalog that covers only the OS volumes is accepted: the verdict then says nothing about boot loaders, partition table and other volumes. A catalog of the whole disk is always checked completely."),
	OPT(sample, CLI_UINT, .min = 1, .max = 1 << 20,
	    .help = "number of random blocks to check instead of all; requires --tree",
	    .more = "N blocks of each part are checked, which takes milliseconds. The verdict is sample-unchanged (exit 0) or rejected (exit 3) and never trusted: a sample says nothing about the other blocks."),
	DISK_DIFFERENCING_OPT(allow_differencing),
	DISK_OPEN_OPTS(disk),
	OPT_END,
};
#undef ARGS

#define ARGS struct template_tree_args
const struct cli_opt template_tree_opts[] = {
	OPT(out, CLI_OUT,
	    .help = "write the tree file here, not into the cache",
	    .more = "The same file as of sign --tree-out."),
	OPT(catalog, CLI_PATH, .meta = "FILE.vsc",
	    .help = "this catalog in place of the disk's own"),
	HASH_KERNEL_OPT(kernel),
	OPT(cache_limit, CLI_SIZE, .min = 1,
	    .help = "bytes that all trees in the cache may have, 4G by default",
	    .more = "Those that were not used for longest are removed; the new one always stays."),
	DISK_DIFFERENCING_OPT(allow_differencing),
	DISK_OPEN_OPTS(disk),
	OPT_END,
};
#undef ARGS

int template_extract_run(const void *args, char *const *operands,
			 struct out *out, struct shvm_err *err)
{
	const struct template_extract_args *a = args;
	struct shvm_disk_params how = disk_params(&a->disk);
	AUTO(catalog_ptr) catalog = NULL;
	AUTO(disk_ptr) disk = NULL;
	const uint8_t *der;
	size_t len;

	how.outputs = &a->out;
	how.output_count = 1;
	TRY(shvm_disk_open(operands[0], &how, &disk, err));
	TRY(shvm_catalog_from_disk(disk, &catalog, err));
	der = shvm_catalog_der(catalog, &len);
	TRY(out_file(out, a->out, der, len, 0644, err));
	out_text(out, "%s: %zu bytes", a->out, len);
	return out_json(out, OBJECT(M("out", a->out), M("size", len)), err);
}

int template_show_run(const void *args, char *const *operands, struct out *out,
		      struct shvm_err *err)
{
	const struct template_show_args *a = args;
	AUTO(catalog_ptr) catalog = NULL;
	AUTO(disk_ptr) disk = NULL;

	if (disk_args_given(&a->disk)) {
		TRY(disk_open(operands[0], &a->disk, &disk, err));
		TRY(shvm_catalog_from_disk(disk, &catalog, err));
	} else {
		TRY(shvm_catalog_load(operands[0], NULL, &catalog, err));
	}
	TRY(result_put(out, template_catalog_rows,
		       template_catalog_json(shvm_catalog_info(catalog)), err));
	out_note(
		out,
		"trust in the signer was not checked: use shvm template verify");
	return SHVM_OK;
}

/* An invalid catalog file gives a verdict, as an invalid one in the disk. */
static int put_bad_catalog(const struct shvm_disk *disk, struct out *out,
			   const struct shvm_err *why, struct shvm_err *err)
{
	const struct shvm_check check = { .id = "catalog",
					  .outcome = SHVM_CHECK_FAILED,
					  .level = SHVM_LEVEL_ERROR,
					  .offset = UINT64_MAX,
					  .text = why->msg };
	const struct shvm_disk_info *info = shvm_disk_info(disk);
	struct shvm_verify_result result = {
		.verdict = { .reason = why->reason,
			     .checks = &check,
			     .count = 1 },
		.bytes_uncovered = info->virtual_size,
	};

	memcpy(result.verdict.text, why->msg, sizeof(why->msg));
	return template_verify_put(out, &result, info, err);
}

static int verify_put(const struct template_verify_args *a,
		      struct shvm_disk *disk,
		      const struct shvm_catalog *catalog,
		      const struct shvm_trust *trust, struct out *out,
		      struct shvm_err *err)
{
	struct shvm_verify_params params = {
		.allow_differencing = a->allow_differencing,
		.sample = a->sample,
		.tree_file = a->tree,
		.digest = { .jobs = out->common.jobs,
			    .kernel = a->kernel,
			    .progress = out_progress,
			    .progress_ctx = out },
	};
	AUTO_DONE(shvm_verify_result) result = { 0 };

	if (a->require)
		TRY(shvm_coverage_parse(a->require, &params.require, err));
	TRY(shvm_template_verify(disk, catalog, trust, &params, &result, err));
	TRY(template_verify_put(out, &result, shvm_disk_info(disk), err));
	/* A "no" without a reason is a sample without a change: exit 0. */
	return result.verdict.reason ? CLI_SAYS_NO : SHVM_OK;
}

int template_verify_run(const void *args, char *const *operands,
			struct out *out, struct shvm_err *err)
{
	const struct template_verify_args *a = args;
	AUTO(catalog_ptr) catalog = NULL;
	AUTO(trust_ptr) trust = NULL;
	AUTO(disk_ptr) disk = NULL;
	struct shvm_err why = { 0 };

	if (a->signer.count == 0 && a->ca.count == 0)
		return err_set(
			err, SHVM_E_ARG,
			"no trust anchor: give --signer CERT or --ca FILE");
	if (a->sample && !a->tree)
		return err_set(err, SHVM_E_ARG,
			       "--sample requires --tree FILE");
	TRY(trust_load(&a->signer, &a->ca, &a->tsa_ca, &trust, err));
	shvm_trust_set_time(trust, a->at);
	TRY(shvm_trust_set_eku(trust, a->eku, err));
	TRY(disk_open(operands[0], &a->disk, &disk, err));
	if (!a->catalog ||
	    shvm_catalog_load(a->catalog, NULL, &catalog, &why) == SHVM_OK)
		return verify_put(a, disk, catalog, trust, out, err);
	if (why.code == SHVM_E_VERIFY ||
	    (why.reason && (strcmp(why.reason, "bad-catalog") == 0 ||
			    strcmp(why.reason, "no-catalog") == 0)))
		return put_bad_catalog(disk, out, &why, err);
	return err_take(err, &why);
}

/* Where trees are kept, unless a file is named. */
static int tree_place(const struct template_tree_args *a, char **ret,
		      struct shvm_err *err)
{
	if (a->out && a->cache_limit)
		return err_set(err, SHVM_E_ARG,
			       "--cache-limit is about the cache, and --out "
			       "writes elsewhere");
	if (a->out)
		return SHVM_OK;
	return shvm_cache_folder(secure_getenv("XDG_CACHE_HOME"),
				 secure_getenv("HOME"), geteuid() == 0, ret,
				 err);
}

int template_tree_run(const void *args, char *const *operands, struct out *out,
		      struct shvm_err *err)
{
	const struct template_tree_args *a = args;
	AUTOFREE char *cache = NULL, *path = NULL;
	struct shvm_tree_params params = {
		.allow_differencing = a->allow_differencing,
		.tree = { .path = a->out, .replace = out->common.force },
		.cache_limit = a->cache_limit,
		.digest = { .jobs = out->common.jobs,
			    .kernel = a->kernel,
			    .progress = out_progress,
			    .progress_ctx = out },
	};
	AUTO(catalog_ptr) catalog = NULL;
	AUTO(disk_ptr) disk = NULL;
	struct stat st = { 0 };
	bool found = false;

	TRY(tree_place(a, &cache, err));
	params.cache = cache;
	TRY(disk_open(operands[0], &a->disk, &disk, err));
	if (a->catalog)
		TRY(shvm_catalog_load(a->catalog, NULL, &catalog, err));
	TRY(shvm_template_tree(disk, catalog, &params, &path, &found, err));
	if (stat(path, &st) < 0)
		return err_set_errno(err, "%s", path);
	out_text(out, "%s: %ju bytes%s", path, (uintmax_t)st.st_size,
		 found ? ", was there already" : "");
	return out_json(out,
			OBJECT(M("out", path), M("size", (uint64_t)st.st_size),
			       M("cached", (bool)!a->out), M("found", found)),
			err);
}
