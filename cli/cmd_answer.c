/* SPDX-License-Identifier: MIT */
/* answer windows, answer linux: answer files for shielding data. */
#include "base/hold.h"
#include "cli/answer_opts.h"
#include "cli/folder.h"
#include "cli/result.h"

#include <string.h>

struct args {
	struct answer_args a;
	const char *files;
};

#define ARGS struct args
static const struct cli_opt windows_opts[] = {
	ANSWER_OPTS_WINDOWS(a),
	ANSWER_OPTS_BOTH(a),
	OPT(files, CLI_OUT_DIR,
	    .help = "folder for additional files (default: that of OUT.xml)"),
	OPT_END,
};

static const struct cli_opt linux_opts[] = { ANSWER_OPTS_LINUX(a),
					     ANSWER_OPTS_BOTH(a), OPT_END };
#undef ARGS

/* The folder for additional files; "" is the current folder. */
static char *folder_for(const char *folder, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (folder)
		return strdup(folder);
	return strndup(path, slash ? (size_t)(slash - path + 1) : 0);
}

static int write_all(const struct answer_build *b, const char *folder,
		     const char *path, struct out *out, struct shvm_err *err)
{
	AUTOFREE char *in = folder_for(folder, path);
	AUTO(json_ptr) files = json_array();
	json_t *keys;
	AUTO_DONE(hold) hold = { 0 };

	TRY(err_null(err, in, path));
	TRY(folder_check(out, in, b->answer.files, b->answer.file_count, err));
	hold_signals(&hold); /* write all files or none */
	TRY(answer_write_password(b, out, err));
	TRY(folder_write(out, in, false, b->answer.files, b->answer.file_count,
			 &files, err));
	TRY(out_file(out, path, b->answer.xml, b->answer.xml_size, 0600, err));
	hold_done(&hold);
	keys = json_array();
	out_field(out, "answer file", "%s", path);
	for (size_t i = 0; i < b->answer.key_count; i++) {
		out_field(out, "placeholder", "%s", b->answer.keys[i]);
		out_list_add(&keys, out_string(b->answer.keys[i]));
	}
	out_note(
		out,
		"the answer file is not encrypted and contains its passwords: pdk create --answer leaves no such file on disk");
	return out_json(out,
			OBJECT(M("answer", path), M("files", STEAL(files)),
			       M("keys", keys),
			       M("password_file", b->random_out)),
			err);
}

static int run(const struct args *args, bool windows, const char *path,
	       struct out *out, struct shvm_err *err)
{
	const size_t len = strlen(path);
	AUTO_DONE(answer_build) b = { 0 };

	if (len < 4 || strcmp(path + len - 4, ".xml") != 0)
		return err_set(
			err, SHVM_E_ARG,
			"%s: the name of an answer file must end in .xml",
			path);
	TRY(out_check(out, path, err));
	TRY(answer_build(&args->a, windows, out, &b, err));
	return write_all(&b, args->files, path, out, err);
}

static int windows_run(const void *args, char *const *operands, struct out *out,
		       struct shvm_err *err)
{
	return run(args, true, operands[0], out, err);
}

static int linux_run(const void *args, char *const *operands, struct out *out,
		     struct shvm_err *err)
{
	return run(args, false, operands[0], out, err);
}

const struct cli_cmd answer_cmds[] = {
	{ "answer windows", "OUT.xml",
	  "create an unattend.xml for VMs created from templates",
	  "New-ShieldingDataAnswerFile", windows_opts, sizeof(struct args),
	  windows_run },
	{ "answer linux", "OUT.xml",
	  "create a LinuxOSSpecialization file for VMs created from templates",
	  "New-ShieldingDataAnswerFile", linux_opts, sizeof(struct args),
	  linux_run },
	{ 0 },
};
