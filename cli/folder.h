/* SPDX-License-Identifier: MIT */
/* Result files in one folder, with names that come from a file. */
#ifndef CLI_FOLDER_H
#define CLI_FOLDER_H

#include "cli/out.h"

#include <shvm/pdk.h>

/* Can each of them be written? See out_check(). "" is the current folder. */
int folder_check(struct out *out, const char *folder,
		 const struct shvm_file *files, size_t count,
		 struct shvm_err *err);

/*
 * Write the files, mode 0600, or none: if one cannot be written, replaced files are
 * restored. make: create a missing folder, mode 0700, and remove it if nothing was
 * written. A link in the folder is replaced and never followed. names (may be
 * NULL) receives the paths.
 */
int folder_write(struct out *out, const char *folder, bool make,
		 const struct shvm_file *files, size_t count, json_t **names,
		 struct shvm_err *err);

#endif
