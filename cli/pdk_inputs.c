/* SPDX-License-Identifier: MIT */
/* Fabrics, templates and files that pdk commands name on the command line. */
#include "base/buf.h"
#include "cli/pdk_cmds.h"

#include <string.h>

#define ARGS struct content_args
const struct cli_opt pdk_signer_opts[] = {
	OPT_LIST(
		signers, CLI_CERT, .example = "author.pem",
		.help = "certificate that the catalogs must be signed with",
		.more = "Of a chain in PEM or a PKCS#7 bundle (.p7b), in any order, the certificate at its end."),
	OPT_LIST(ca, CLI_PATH, .meta = "FILE",
		 .help = "or that their signers must chain to"),
	TSA_CA_OPT(tsa_ca),
	OPT(trust_on_first_use, CLI_FLAG,
	    .help = "take the catalogs' signers as they are"),
	OPT(pin_digest, CLI_FLAG,
	    .help = "trust only the very disks that were signed"),
	OPT_END,
};

const struct cli_opt pdk_substitute_opts[] = {
	OPT_LIST(substitute, CLI_TEXT, .meta = "NAME",
		 .help = "put the fabric's values into this file, too"),
	OPT(no_size_limit, CLI_FLAG,
	    .help = "allow more than 384 KiB of further files"),
	OPT_END,
};
#undef ARGS

#define ARGS struct opening_args
const struct cli_opt pdk_opening_opts[] = {
	OPT_KEY(key,
		.help = "private encryption key of the owner or a guardian"),
	PDK_OWNER_OPT(owner_fingerprint),
	OPT_END,
};
#undef ARGS

void pdk_files_done(struct pdk_files *f)
{
	for (size_t i = 0; i < f->count; i++) {
		buf_done(&f->data[i]);
		free(f->names[i]);
	}
	free(f->items);
	free(f->data);
	free(f->names);
	*f = (struct pdk_files){ 0 };
}

/* "NAME=PATH" when what stands before the sign is no path itself. */
static int split(const char *text, char **ret_name, const char **ret_path)
{
	const char *equals = strchr(text, '=');
	const char *slash = strchr(text, '/');

	if (equals && equals > text && (!slash || equals < slash)) {
		*ret_name = strndup(text, (size_t)(equals - text));
		*ret_path = equals + 1;
	} else {
		*ret_name = strdup(answer_base_name(text));
		*ret_path = text;
	}
	return *ret_name ? SHVM_OK : SHVM_E_NOMEM;
}

int pdk_files_load(const struct cli_list *list, struct pdk_files *ret,
		   struct shvm_err *err)
{
	AUTO_DONE(pdk_files) f = { 0 };

	if (list->count > PDK_LIST_MAX)
		return err_set(err, SHVM_E_ARG, "%zu files, the limit is %d",
			       list->count, PDK_LIST_MAX);
	f.items = calloc(list->count + 1, sizeof(*f.items));
	f.data = calloc(list->count + 1, sizeof(*f.data));
	f.names = calloc(list->count + 1, sizeof(*f.names));
	if (!f.items || !f.data || !f.names)
		return err_nomem(err, "files");
	for (size_t i = 0; i < list->count; i++) {
		const char *path;

		f.count = i + 1;
		if (split(list->items[i], &f.names[i], &path) < 0)
			return err_nomem(err, "files");
		TRY(answer_read_file(path, &f.data[i], err));
		f.items[i] = (struct shvm_file){ f.names[i], f.data[i].data,
						 f.data[i].len };
	}
	*ret = MOVE(f);
	return SHVM_OK;
}
