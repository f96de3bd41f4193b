/* SPDX-License-Identifier: MIT */
/* fsk create, fsk show: fabric data for one VM. */
#include "base/buf.h"
#include "cli/result.h"

#include <shvm/fabric.h>
#include <string.h>
#include <strings.h>

AUTO_DEFINE(fabric_ptr, struct shvm_fabric *, shvm_fabric_free);

/* As New-ShieldedVMSpecializationDataFile: .fsk is appended if missing, and no
 * other suffix is accepted. */
static int output_name(const char *path, struct buf *ret, struct shvm_err *err)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');

	if (dot && strcasecmp(dot, ".fsk") != 0)
		return err_set(
			err, SHVM_E_ARG,
			"%s: the name of a fabric data file must end in .fsk",
			path);
	buf_add_text(ret, path);
	if (!dot)
		buf_add_text(ret, ".fsk");
	buf_add_zeros(ret, 1);
	return buf_check(ret, "path", err);
}

static int add_pair(struct shvm_fabric *f, const char *text, struct out *out,
		    struct shvm_err *err)
{
	const char *equals = strchr(text, '=');
	AUTOFREE char *key = NULL;

	if (!equals)
		return err_set(err, SHVM_E_ARG,
			       "\"%s\" is not of the form NAME=VALUE", text);
	key = strndup(text, (size_t)(equals - text));
	TRY(err_null(err, key, "fabric data"));
	TRY(shvm_fabric_add(f, key, equals + 1, err));
	if (!shvm_fabric_key_is_token(key))
		out_warn(
			out,
			"name \"%s\" is not a placeholder (@...@) and will not be substituted",
			key);
	return SHVM_OK;
}

static const struct row created_rows[] = {
	FIELD("fabric data", "{file}, {pairs} pairs"),
	{ 0 },
};

static int create_run(const void *args, char *const *operands, struct out *out,
		      struct shvm_err *err)
{
	AUTO(fabric_ptr) f = NULL;
	AUTO_DONE(buf) path = { 0 };
	AUTOFREE uint8_t *data = NULL;
	size_t size;

	(void)args;
	TRY(output_name(operands[0], &path, err));
	TRY(out_check(out, (const char *)path.data, err));
	TRY(shvm_fabric_new(&f, err));
	for (size_t i = 1; operands[i]; i++)
		TRY(add_pair(f, operands[i], out, err));
	TRY(shvm_fabric_encode(f, &data, &size, err));
	TRY(out_file(out, (const char *)path.data, data, size, 0644, err));
	return result_put(out, created_rows,
			  OBJECT(M("file", (const char *)path.data),
				 M("pairs", shvm_fabric_count(f))),
			  err);
}

static const struct row pair_rows[] = {
	LINE("{key}={value}", .each = "pairs"),
	{ 0 },
};

static int show_run(const void *args, char *const *operands, struct out *out,
		    struct shvm_err *err)
{
	AUTO(fabric_ptr) f = NULL;
	json_t *pairs;

	(void)args;
	TRY(shvm_fabric_load(operands[0], &f, err));
	pairs = json_array();
	for (size_t i = 0; i < shvm_fabric_count(f); i++) {
		const char *key = shvm_fabric_key(f, i);

		out_list_add(&pairs,
			     OBJECT(M("key", key),
				    M("value", shvm_fabric_value(f, i)),
				    M("token", shvm_fabric_key_is_token(key))));
	}
	return result_put(out, pair_rows, OBJECT(M("pairs", pairs)), err);
}

const struct cli_cmd fsk_cmds[] = {
	{ "fsk create", "OUT.fsk NAME=VALUE...",
	  "create fabric data: the values that a fabric supplies for one VM",
	  "New-ShieldedVMSpecializationDataFile", NO_OPTS, create_run },
	{ "fsk show", "FILE.fsk", "print fabric data", NULL, NO_OPTS,
	  show_run },
	{ 0 },
};
