/* SPDX-License-Identifier: MIT */
/*
 * The memory file that contains a registry hive. libhivex needs a name to open:
 * once the process is locked no name can be opened, so this program answers its
 * open() and fstat() itself, for the memory file and nothing else.
 */
#ifndef HELPER_HIVE_FILE_H
#define HELPER_HIVE_FILE_H

#define HIVE_FILE_NAME "registry hive"

/* The descriptor, above the inherited ones; -1 when it cannot be made. */
int hive_file_open(void);
int hive_file_fd(void);

#endif
