/* SPDX-License-Identifier: MIT */
/* pdk specialize: writes the files that provisioning puts into a VM. */
#include "base/buf.h"
#include "base/file.h"
#include "cli/folder.h"
#include "cli/pdk_cmds.h"

#include <string.h>

#define ARGS struct specialize_args
const struct cli_opt pdk_specialize_opts[] = {
	PDK_OPENING_OPTS(opening, .required = true),
	OPT(disk, CLI_PATH, .meta = "DISK",
	    .help = "disk to check first, as pdk check does"),
	TSA_CA_OPT(tsa_ca),
	DISK_OPEN_OPTS(how),
	DISK_PARTITION_OPT(how, "this partition is the OS volume"),
	OPT(fsk, CLI_PATH, .meta = "FILE.fsk",
	    .help = "fabric data: values for the placeholders"),
	OPT(out_dir, CLI_OUT_DIR, .help = "output folder for the files"),
	OPT(format, CLI_CHOICE, .meta = "files|cloud-init",
	    .help = "content of --out-dir: the files (default), or a seed for cloud-init"),
	OPT(instance_id, CLI_TEXT, .meta = "ID",
	    .help = "instance id in the seed (default: random)"),
	OPT(out, CLI_OUT,
	    .help = "output file for the payload of a Linux guest, instead of --out-dir"),
	OPT(volume_key, CLI_PATH, .meta = "FILE",
	    .help = "file with a key of 16, 24 or 32 bytes to encrypt the payload with"),
	OPT_END,
};
#undef ARGS

static bool is_payload(const struct specialize_args *a)
{
	return a->out != NULL;
}

static int write_payload(const struct shvm_specialized *s,
			 const struct specialize_args *a, struct out *out,
			 struct shvm_err *err)
{
	AUTO_DONE(buf) key = { .wipe = true };
	AUTO_DONE(buf) payload = { .wipe = true };
	uint8_t *data;
	size_t size;

	if (a->volume_key) {
		TRY(file_read_all(a->volume_key, 64, &key, err));
		if (key.len != 16 && key.len != 24 && key.len != 32)
			return err_set(
				err, SHVM_E_FORMAT,
				"%s: the volume key has %zu bytes, not 16, 24 or 32",
				a->volume_key, key.len);
	}
	TRY(shvm_specialized_encode(s, a->volume_key ? key.data : NULL, key.len,
				    &data, &size, err));
	/* From malloc(), like the bytes of a buf; this one wipes them. */
	payload.data = data;
	payload.len = payload.cap = size;
	TRY(out_file(out, a->out, data, size, 0600, err));
	out_field(out, "payload", "%s, %zu bytes, %s", a->out, size,
		  a->volume_key ? "encrypted" : "not encrypted");
	return SHVM_OK;
}

static bool is_seed(const struct specialize_args *a)
{
	return a->format && strcmp(a->format, "cloud-init") == 0;
}

static int specialize(const struct shvm_specialized *s,
		      const struct specialize_args *a, struct out *out,
		      struct shvm_err *err)
{
	json_t *names;
	int r;

	if (is_payload(a))
		r = write_payload(s, a, out, err);
	else
		r = folder_write(out, a->out_dir, true, s->files, s->file_count,
				 NULL, err);
	if (r < 0)
		return r;
	names = json_array();
	for (size_t i = 0; i < s->file_count; i++)
		out_list_add(&names, out_string(s->files[i].name));
	out_field(out, "substitutions", "%zu", s->substitutions);
	return out_json(out,
			OBJECT(M("out", is_payload(a) ? a->out : a->out_dir),
			       M("files", names),
			       M("substitutions", s->substitutions)),
			err);
}

/* The bytes in memory that are checked here are those that are written. */
static int check(struct shvm_pdk *pdk, const struct shvm_fabric *fabric,
		 const struct specialize_args *a, struct out *out,
		 struct shvm_err *err)
{
	const struct shvm_disk_params how = disk_params(&a->how);
	struct shvm_pdk_check_params params = {
		.owner_fingerprint = a->opening.owner_fingerprint,
		.fabric = fabric,
		.digest = { .jobs = out->common.jobs,
			    .progress = out_progress,
			    .progress_ctx = out },
	};
	AUTO(trust_ptr) trust = NULL;
	AUTO(disk_ptr) disk = NULL;
	struct shvm_pdk_verdict v = { 0 };
	int r = SHVM_OK;

	TRY(trust_load(NULL, NULL, &a->tsa_ca, &trust, err));
	TRY(shvm_disk_open(a->disk, &how, &disk, err));
	params.trust = trust;
	params.disk = disk;
	TRY(shvm_pdk_check(pdk, &params, &v, err));
	out_progress_end(out);
	if (v.outcome != SHVM_PDK_PROVISION)
		r = err_reason(err, SHVM_E_VERIFY, v.verdict.reason, "%s",
			       v.verdict.text);
	else
		out_field(out, "verdict", "%s: %s",
			  shvm_pdk_outcome_name(v.outcome), v.verdict.text);
	shvm_verdict_done(&v.verdict);
	return r;
}

/* The files, or the seed that is made of them. */
static int made_of(const struct shvm_pdk *pdk, const struct shvm_fabric *fabric,
		   const struct specialize_args *a, struct out *out,
		   struct shvm_specialized *ret, struct shvm_err *err)
{
	const struct shvm_seed_params params = {
		.fabric = fabric,
		.instance_id = a->instance_id,
	};
	struct shvm_specialized files = { 0 };
	int r;

	r = shvm_pdk_specialize(pdk, fabric, out_told, out, &files, err);
	if (r == SHVM_OK && is_seed(a))
		r = shvm_specialized_seed(&files, &params, ret, err);
	else if (r == SHVM_OK)
		*ret = MOVE(files);
	shvm_specialized_done(&files);
	return r;
}

static int load(const char *path, const struct specialize_args *a,
		struct out *out, struct shvm_specialized *ret,
		struct shvm_err *err)
{
	AUTO(fabric_ptr) fabric = NULL;
	AUTO(pdk_ptr) pdk = NULL;

	TRY(pdk_opening_load(path, &a->opening, &pdk, err));
	if (a->fsk)
		TRY(shvm_fabric_load(a->fsk, &fabric, err));
	if (a->disk)
		TRY(check(pdk, fabric, a, out, err));
	if (!shvm_pdk_info(pdk)->owner_certificate_good)
		out_warn(out, "%s: %s", path,
			 shvm_pdk_info(pdk)->owner_certificate_text);
	return made_of(pdk, fabric, a, out, ret, err);
}

int pdk_specialize_run(const void *args, char *const *operands, struct out *out,
		       struct shvm_err *err)
{
	const struct specialize_args *a = args;
	struct shvm_specialized s = { 0 };
	int r;

	if (a->tsa_ca.count > 0 && !a->disk)
		return err_set(err, SHVM_E_ARG, "--tsa-ca requires --disk");
	if (a->volume_key && !is_payload(a))
		return err_set(err, SHVM_E_ARG, "--volume-key requires --out");
	if (a->format && !a->out_dir)
		return err_set(err, SHVM_E_ARG, "--format requires --out-dir");
	if (a->instance_id && !is_seed(a))
		return err_set(err, SHVM_E_ARG,
			       "--instance-id requires --format cloud-init");
	if (!a->out == !a->out_dir)
		return err_set(
			err, SHVM_E_ARG,
			"no output: give --out-dir DIR for the files, or --out FILE for the payload of a Linux guest");
	TRY(load(operands[0], a, out, &s, err));
	r = specialize(&s, a, out, err);
	shvm_specialized_done(&s);
	return r;
}
