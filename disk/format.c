/* SPDX-License-Identifier: MIT */
/* The table of image formats, and which of them a file has. */
#include "disk/format.h"

#include "base/match.h"

#include <string.h>

/*
 * The rows, each in its own file. The last one is for files that no other
 * claims.
 */
extern const struct disk_format format_vhdx, format_vhd, format_raw;

static const struct disk_format *const formats[] = {
	&format_vhdx,
	&format_vhd,
	&format_raw,
};

/* NULL: no file name implies this format. */
static const struct disk_format *by_name(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		for (const char *const *e = formats[i]->endings; *e; e++)
			if (text_ends(path, *e))
				return formats[i];
	return NULL;
}

/* NULL: the bytes do not identify a format. */
static int by_bytes(struct source *file, const struct disk_format **ret,
		    struct shvm_err *err)
{
	const struct disk_format *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		bool claims = false;

		if (!formats[i]->probe)
			continue;
		TRY(formats[i]->probe(file, &claims, err));
		if (claims && found)
			return err_reason(err, SHVM_E_UNSUPPORTED,
					  "ambiguous-format",
					  "the file is both a %s and a %s "
					  "image",
					  found->name, formats[i]->name);
		if (claims)
			found = formats[i];
	}
	*ret = found;
	return SHVM_OK;
}

int disk_format_find(struct source *file, const char *path,
		     const struct shvm_disk_params *params,
		     const struct disk_format **ret, struct shvm_err *err)
{
	const struct disk_format *found = NULL;

	if (!params->raw) {
		TRY(err_name(err, by_bytes(file, &found, err), path));
		if (!found)
			found = by_name(path);
	}
	*ret = found ? found : formats[ARRAY_SIZE(formats) - 1];
	return SHVM_OK;
}

int disk_format_is_image(struct source *file, bool *ret, struct shvm_err *err)
{
	const struct disk_format *found = NULL;
	int r = by_bytes(file, &found, err);

	*ret = found != NULL;
	return r;
}
