/* SPDX-License-Identifier: MIT */
/* A VHDX by its path, without the rest of a disk: for tests of the reader. */
#ifndef TESTS_DATA_VHDX_OPEN_H
#define TESTS_DATA_VHDX_OPEN_H

#include "source/source_file.h"
#include "vhdx/image.h"

static inline int image_open(const char *path,
			     const struct image_params *params,
			     struct source **ret, struct shvm_err *err)
{
	struct source *file;

	TRY(source_file_open(path, 512, &file, err));
	return image_open_on(file, path, params, ret, err);
}

#endif
