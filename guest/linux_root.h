/* SPDX-License-Identifier: MIT */
/*
 * What the files of a Linux root file system tell about a template: which system
 * it is, what names this one machine, and what is left over from making it.
 */
#ifndef GUEST_LINUX_ROOT_H
#define GUEST_LINUX_ROOT_H

#include "guest/files.h"

/* All facts of a root; f->root_trouble says what is not known. number is that
 * of its partition. */
void linux_look(const struct files *files, uint32_t number,
		struct shvm_guest_facts *f);

/* Has it an os-release(5), as a file or a link? */
enum shvm_known linux_has_release(const struct files *files);

#endif
