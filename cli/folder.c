/* SPDX-License-Identifier: MIT */
/* Result files that go into one folder, by names from a file. */
#include "cli/folder.h"

#include "base/auto.h"
#include "base/hold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int join(const char *folder, const char *name, char **ret,
		struct shvm_err *err)
{
	const size_t len = strlen(folder);
	const char *slash = len > 0 && folder[len - 1] != '/' ? "/" : "";

	if (asprintf(ret, "%s%s%s", folder, slash, name) < 0) {
		*ret = NULL;
		return err_nomem(err, folder);
	}
	return SHVM_OK;
}

int folder_check(struct out *out, const char *folder,
		 const struct shvm_file *files, size_t count,
		 struct shvm_err *err)
{
	for (size_t i = 0; i < count; i++) {
		AUTOFREE char *path = NULL;

		TRY(join(folder, files[i].name, &path, err));
		TRY(out_check(out, path, err));
	}
	return SHVM_OK;
}

int folder_write(struct out *out, const char *folder, bool make,
		 const struct shvm_file *files, size_t count, json_t **names,
		 struct shvm_err *err)
{
	AUTO_DONE(hold) hold = { 0 };

	TRY(folder_check(out, folder, files, count, err));
	hold_signals(&hold); /* all of them */
	if (make && mkdir(folder, 0700) < 0 && errno != EEXIST)
		return err_set_errno(err, "%s", folder);
	for (size_t i = 0; i < count; i++) {
		AUTOFREE char *path = NULL;

		TRY(join(folder, files[i].name, &path, err));
		TRY(out_file(out, path, files[i].data, files[i].size, 0600,
			     err));
		out_field(out, "file", "%s", path);
		if (names)
			out_list_add(names, out_string(path));
	}
	return SHVM_OK;
}
