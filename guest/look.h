/* SPDX-License-Identifier: MIT */
/* Facts from the files of a Windows, and of an EFI system partition. */
#ifndef GUEST_LOOK_H
#define GUEST_LOOK_H

#include "guest/files.h"

/*
 *  Facts that cannot be read stay unknown, with the reason in f->trouble.
 *  number is that of
 * the partition; conf receives the bytes of lsvmconf.
 */
void look_windows(const struct files *files, uint32_t number,
		  struct shvm_guest_facts *f);
/* kernel: is one of Linux looked for, too? Nothing else reads all folders. */
void look_esp(const struct files *files, uint32_t number, bool kernel,
	      struct shvm_guest_facts *f, struct buf *conf);

#endif
