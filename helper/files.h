/* SPDX-License-Identifier: MIT */
/* Files of a file system that libtsk has open. */
#ifndef HELPER_FILES_H
#define HELPER_FILES_H

#include "guest/files.h"
#include "helper/tsk.h"

struct files files_of_tsk(TSK_FS_INFO *fs);

#endif
