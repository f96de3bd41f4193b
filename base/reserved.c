/* SPDX-License-Identifier: MIT */
/* Reserved members of public structs, by which they can grow. */
#include "base/reserved.h"

#include <shvm/version.h>

int reserved_check(const uint64_t reserved[4], const char *type,
		   struct shvm_err *err)
{
	for (size_t i = 0; i < 4; i++)
		if (reserved[i] != 0)
			return err_reason(
				err, SHVM_E_ARG, "reserved",
				"%s: reserved[%zu] is not 0: the program "
				"needs a later version of libshvm than %s",
				type, i, shvm_library_version());
	return SHVM_OK;
}
