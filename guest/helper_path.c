/* SPDX-License-Identifier: MIT */
/* Where make install puts helper and plugin. Tests link other paths in. */
#include "guest/helper.h"
#include "guest/nbd_server.h"

const char helper_installed[] = SHVM_LIBEXECDIR "/" HELPER_PROGRAM;
const char plugin_installed[] = SHVM_PLUGINDIR "/" NBD_SERVER_PLUGIN;
