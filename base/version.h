/* SPDX-License-Identifier: MIT */
/* Template versions a.b.c.d; the functions are public, see <shvm/types.h>. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#include "base/err.h"

#include <shvm/types.h>

/* An unsigned decimal number within min..max: digits only, no sign, no space. */
int number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *ret,
		 struct shvm_err *err);

#endif
