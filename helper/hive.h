/* SPDX-License-Identifier: MIT */
/* Registry hives, by libhivex. */
#ifndef HELPER_HIVE_H
#define HELPER_HIVE_H

#include "guest/files.h"

/* Load what libhivex would load later, when nothing can be loaded. */
void hive_prepare(void);

/* hive_open() and hive_close() of struct files_ops, for a file of the system. */
void *hive_open(const char *path, char why[FILES_WHY]);
void hive_close(void *hive);
extern const struct registry_ops hive_registry;

#endif
