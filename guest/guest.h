/* SPDX-License-Identifier: MIT */
/*
 * The same facts from a real file-system stack: libguestfs, whose appliance
 * runs in a VM of its own. The only user of that library.
 */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include "guest/facts.h"

enum {
	GUEST_LUKS_SECONDS = 60 /* ours: seconds for trying the keys of a
				   volume */
};

/*
 * Fill ret and conf like facts_gather(). *engine is how the appliance ran.
 * SHVM_E_UNSUPPORTED, with the missing package in the text, if it cannot start.
 */
int guest_gather(const struct facts_input *in, bool force_tcg,
		 struct shvm_guest_facts *ret, struct buf *conf,
		 const char **engine, struct shvm_err *err);

/* Start an empty appliance and stop it again: for `doctor`. say->msg: how. */
int guest_try(struct shvm_err *say);

#endif
