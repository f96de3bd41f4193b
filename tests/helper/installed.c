/* SPDX-License-Identifier: MIT */
/* In the place of guest/helper_path.c: helper and plugin of this build. */
#include "guest/helper.h"
#include "guest/nbd_server.h"
#include "tests/helper/jobs.h"

const char helper_installed[] = BUILT_HELPER;
const char plugin_installed[] = BUILT_PLUGIN;
const char test_helper[] = TEST_HELPER;
