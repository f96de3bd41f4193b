/* SPDX-License-Identifier: MIT */
/* Named VHDX files: what must be read, and what must be refused and why. */
#ifndef TESTS_GEN_CASES_H
#define TESTS_GEN_CASES_H

#include "tests/gen/vhdxgen.h"

enum gen_peers {
	GEN_NO_QEMU = 1,    /* qemu has not the feature */
	GEN_NO_LIBVHDI = 2, /* libvhdi has not */
};

/* name becomes name.vhdx; a parent is written as name-parent.vhdx, its parent
 * as name-parent-parent.vhdx, unless the case names parent_file. */
struct gen_case {
	const char *name;
	struct gen_disk disk;
	const char *reason; /* of the refusal; NULL: it must be read. For a good
			       disk: a warning that must come up, or NULL */
	const char *says;   /* words that the message must hold */
	unsigned int peers; /* enum gen_peers; good disks only */
	const char *parent_file; /* name of the parent in the same folder */
};

/* Tables that end with a NULL name. */
extern const struct gen_case gen_good[], gen_hostile_meta[], gen_hostile_bat[],
	gen_hostile_log[], gen_hostile_parent[];
extern const struct gen_case *const gen_hostile[]; /* all, ends with NULL */

/* Write a case and its parents into dir; 0, or -1 with errno. */
int gen_case_write(const struct gen_case *c, const char *dir);

#endif
