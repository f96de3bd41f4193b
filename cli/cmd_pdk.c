/* SPDX-License-Identifier: MIT */
/* pdk show, open, protector; and the table of all pdk commands. */
#include "cli/folder.h"
#include "cli/pdk_cmds.h"

struct key_args {
	struct opening_args opening;
	const char *out, *out_dir;
};

#define ARGS struct key_args
static const struct cli_opt show_opts[] = { PDK_OPENING_OPTS(opening),
					    OPT_END };

static const struct cli_opt open_opts[] = {
	PDK_OPENING_OPTS(opening, .required = true),
	OPT(out_dir, CLI_OUT_DIR, .required = true,
	    .help = "output folder for the answer file and the other files, mode 0600"),
	OPT_END,
};

static const struct cli_opt protector_opts[] = {
	OPT(out, CLI_OUT, .required = true, .meta = "FILE",
	    .help = "output file for the raw key protector"),
	OPT_END,
};
#undef ARGS

static const struct row file_rows[] = {
	FIELD("shielding data", "{file}, {size} bytes"),
	FIELD("key protector", "{protector_size} bytes"),
	{ 0 },
};

static const struct row body_rows[] = {
	FIELD("offline unwraps",
	      "at most {max_offline_unwraps} (covered by the file's signature)"),
	FIELD("sealed body", "{body_size} bytes"),
	FIELD("signature",
	      "{signature_good}good, by the owner, SHA-256 {owner.signing.sha256}"),
	FIELD("signature", "{signature_text?}"),
	FIELD("owner's certificate",
	      "{signature_good}{owner_certificate_text?}"),
	{ 0 },
};

static json_t *show_json(const char *path, const struct shvm_pdk_info *info)
{
	const struct shvm_wrapping_info *signer = info->protector_signer;
	json_t *obj = OBJECT(
		M("file", path), M("size", info->size),
		M("protector_size", info->protector->raw_size),
		M("body_size", info->body_size),
		M("signature_good", info->signature_good),
		M("owner", info->owner ? guardian_wrapping_json(info->owner)
				       : json_null()),
		M("protector_signer",
		  signer ? json_integer(signer->id) : json_null()),
		M("max_offline_unwraps", info->protector->max_offline_unwraps),
		M("owner_certificate_good", info->owner_certificate_good));

	if (!info->owner_certificate_good)
		out_member(&obj, "owner_certificate_text",
			   out_string(info->owner_certificate_text));
	if (!info->signature_good)
		out_member(&obj, "signature_text",
			   out_string(info->signature_text));
	out_members(&obj, pdk_json_content(info));
	return obj;
}

static int show(struct out *out, const char *path,
		const struct shvm_pdk_info *info, struct shvm_err *err)
{
	const struct shvm_wrapping_info *signer = info->protector_signer;
	json_t *object = show_json(path, info);

	result_text(out, file_rows, object);
	if (signer && !signer->is_owner)
		out_field(out, "protector signed by",
			  "a guardian, not the owner: wrapping %u, %s",
			  signer->id, signer->signing.subject);
	result_text(out, body_rows, object);
	return pdk_put_content(out, info, object, err);
}

static int show_run(const void *args, char *const *operands, struct out *out,
		    struct shvm_err *err)
{
	const struct key_args *a = args;
	AUTO(pdk_ptr) pdk = NULL;

	TRY(pdk_opening_load(operands[0], &a->opening, &pdk, err));
	return show(out, operands[0], shvm_pdk_info(pdk), err);
}

static int open_run(const void *args, char *const *operands, struct out *out,
		    struct shvm_err *err)
{
	const struct key_args *a = args;
	const struct shvm_pdk_info *info;
	AUTOFREE struct shvm_file *files = NULL;
	AUTO(pdk_ptr) pdk = NULL;
	size_t count = 0;
	json_t *names;
	int r;

	TRY(pdk_opening_load(operands[0], &a->opening, &pdk, err));
	info = shvm_pdk_info(pdk);
	if (!info->owner_certificate_good)
		out_warn(out, "%s: %s", operands[0],
			 info->owner_certificate_text);
	files = calloc(info->file_count + 1, sizeof(*files));
	TRY(err_null(err, files, operands[0]));
	if (info->answer.name)
		files[count++] = info->answer;
	for (size_t i = 0; i < info->file_count; i++)
		files[count++] = info->files[i];
	names = json_array();
	r = folder_write(out, a->out_dir, true, files, count, &names, err);
	if (r < 0) {
		json_decref(names);
		return r;
	}
	return out_json(out, OBJECT(M("files", names)), err);
}

static int protector_run(const void *args, char *const *operands,
			 struct out *out, struct shvm_err *err)
{
	const struct key_args *a = args;
	AUTO(pdk_ptr) pdk = NULL;
	AUTOFREE uint8_t *data = NULL;
	size_t size;

	TRY(shvm_pdk_load(operands[0], &pdk, err));
	TRY(shvm_protector_raw(shvm_pdk_protector(pdk), &data, &size, err));
	TRY(out_file(out, a->out, data, size, 0644, err));
	out_field(out, "key protector", "%s, %zu bytes", a->out, size);
	return out_json(out, OBJECT(M("file", a->out), M("size", size)), err);
}

const struct cli_cmd pdk_cmds[] = {
	{ "pdk create", "[OUT.pdk]",
	  "create a shielding data file from options or a specification",
	  "New-ShieldingDataFile, New-VolumeIDQualifier", pdk_create_opts,
	  sizeof(struct create_args), pdk_create_run },
	{ "pdk show", "FILE.pdk", "describe a shielding data file",
	  "Import-ShieldingDataFile", show_opts, sizeof(struct key_args),
	  show_run },
	{ "pdk open", "FILE.pdk",
	  "write the files of a shielding data file to a folder",
	  "Import-ShieldingDataFile", open_opts, sizeof(struct key_args),
	  open_run },
	{ "pdk edit", "FILE.pdk",
	  "change the contents of a shielding data file, as its owner", NULL,
	  pdk_edit_opts, sizeof(struct edit_args), pdk_edit_run },
	{ "pdk grant", "FILE.pdk", "give more guardians access", NULL,
	  pdk_grant_opts, sizeof(struct edit_args), pdk_grant_run },
	{ "pdk revoke", "FILE.pdk", "remove guardians and re-encrypt", NULL,
	  pdk_revoke_opts, sizeof(struct edit_args), pdk_revoke_run },
	{ "pdk protector", "FILE.pdk",
	  "write the key protector of a shielding data file to a file",
	  "Get-KeyProtectorFromShieldingDataFile", protector_opts,
	  sizeof(struct key_args), protector_run },
	{ "pdk check", "FILE.pdk",
	  "check whether a shielding data file would provision a disk",
	  "Test-ShieldingDataApplicability", pdk_check_opts,
	  sizeof(struct check_args), pdk_check_run },
	{ "pdk specialize", "FILE.pdk",
	  "write the files for one VM, with the fabric's values",
	  "Initialize-ShieldedVM", pdk_specialize_opts,
	  sizeof(struct specialize_args), pdk_specialize_run },
	{ 0 },
};
