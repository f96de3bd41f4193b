/* SPDX-License-Identifier: MIT */
/* Facts from file systems and registry hives: facts_*.c. */
#ifndef HELPER_FACTS_H
#define HELPER_FACTS_H

#include "guest/facts.h"
#include "guest/helper_wire.h"

/* Facts that cannot be read stay unknown; the reason is in f->trouble. */
void facts_look_windows(struct source *disk, const struct helper_place *os,
			struct shvm_guest_facts *f);
void facts_look_esp(struct source *disk, const struct helper_place *esp,
		    bool kernel, struct shvm_guest_facts *f, struct buf *conf);

/* A Linux root in an ext file system; reasons are in f->root_trouble. */
void facts_look_root(struct source *disk, const struct helper_place *root,
		     struct shvm_guest_facts *f);

/* Is there a \Windows\System32? */
int facts_look_system32(struct source *disk, const struct helper_place *p,
			bool *ret, struct shvm_err *err);

/* Is there an os-release of a Linux in the ext file system? */
int facts_look_linux(struct source *disk, const struct helper_place *p,
		     bool *ret, struct shvm_err *err);

/* Is there a kernel in the ext or FAT file system? */
int facts_look_kernel(struct source *disk, const struct helper_place *p,
		      bool *ret, struct shvm_err *err);

#endif
