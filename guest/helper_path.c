/* SPDX-License-Identifier: MIT */
/* Where make install puts the helper. Tests link another path in. */
#include "guest/helper.h"

const char helper_installed[] = SHVM_LIBEXECDIR "/" HELPER_PROGRAM;
