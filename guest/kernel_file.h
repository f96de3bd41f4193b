/* SPDX-License-Identifier: MIT */
/* Looks for the kernel of a Linux by the names that distributions give it. */
#ifndef GUEST_KERNEL_FILE_H
#define GUEST_KERNEL_FILE_H

#include "guest/files.h"

/*
 * In this folder, and in those inside it as deep as boot loaders look: vmlinuz-*
 * and the like, or a unified image in EFI/Linux. "" is the whole file system. Unknown: not all of it
 * could be read, or there are too many folders.
 */
enum shvm_known kernel_file_look(const struct files *files, const char *folder);

#endif
