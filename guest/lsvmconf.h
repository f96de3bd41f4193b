/* SPDX-License-Identifier: MIT */
/* The configuration of Microsoft's Linux shielded VM loader, lsvmconf. */
#ifndef GUEST_LSVMCONF_H
#define GUEST_LSVMCONF_H

#include "base/err.h"

#include <shvm/types.h>
#include <stdbool.h>

struct lsvmconf {
	char vendor[16]; /* folder of the distribution on the ESP */
	bool has_boot, has_root;
	struct shvm_guid boot, root; /* unique GUIDs of the LUKS partitions */
};

/* Texts for an invalid one (base/found.h). */
#define LSVMCONF_LINE "lsvmconf line {number}: {reason}"
#define LSVMCONF_MISSING "lsvmconf: {key} is missing"

/*
 * Lines of key=value; only the six keys that lsvmload knows, each once, and the
 * GUIDs in lower case, as it expects them. SHVM_E_FORMAT, reason
 * "bad-lsvmconf".
 */
int lsvmconf_decode(const char *text, size_t len, struct lsvmconf *ret,
		    struct shvm_err *err);

#endif
