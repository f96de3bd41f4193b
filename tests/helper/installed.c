/* SPDX-License-Identifier: MIT */
/* In the place of guest/helper_path.c: the helper of this build. */
#include "guest/helper.h"
#include "tests/helper/jobs.h"

const char helper_installed[] = BUILT_HELPER;
const char test_helper[] = TEST_HELPER;
