/* SPDX-License-Identifier: MIT */
/* Reserved members of public structs, by which they can grow. */
#ifndef BASE_RESERVED_H
#define BASE_RESERVED_H

#include "base/err.h"

/*
 * A member that got a meaning in a later version is non-zero only if the caller
 * wants something that this version does not know: SHVM_E_ARG "reserved".
 */
int reserved_check(const uint64_t reserved[4], const char *type,
		   struct shvm_err *err);

#endif
