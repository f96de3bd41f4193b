/* SPDX-License-Identifier: MIT */
/* Named VHDX files: what must be read, and what must be refused and why. */
#ifndef TESTS_DATA_VHDX_CASES_H
#define TESTS_DATA_VHDX_CASES_H

#include "tests/data/vhdx/vhdxgen.h"

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

/* Tables that end with a NULL name; lists of them end with NULL. */
extern const struct gen_case gen_good_shapes[], gen_good_corners[],
	gen_good_logs[], gen_good_children[];
extern const struct gen_case gen_bad_headers[], gen_bad_regions[],
	gen_bad_metadata[], gen_bad_bats[], gen_bad_logs[], gen_bad_parents[];
extern const struct gen_case *const gen_good[];
extern const struct gen_case *const gen_hostile[];
/* Good ones whose tables alone have 512 MiB, and whose files ext4 cannot hold:
 * for tests that ask for them by name. */
extern const struct gen_case gen_large[];

/* The case of that name, or NULL. */
const struct gen_case *gen_case_find(const char *name);

/* Offsets of the on-disk structures, for patches. */
#define GEN_META_ENTRY(i, field) (32 + 32 * (uint64_t)(i) + (field))
#define GEN_REGION_ENTRY(i, field) (16 + 32 * (uint64_t)(i) + (field))
#define GEN_LOG_DESC(i, field) (64 + 32 * (uint64_t)(i) + (field))
enum gen_fields {
	GEN_F_GUID = 0,
	/* metadata entry */
	GEN_F_OFFSET = 16,
	GEN_F_LENGTH = 20,
	GEN_F_FLAGS = 24,
	/* region entry */
	GEN_F_REGION_LENGTH = 24,
	GEN_F_REGION_FLAGS = 28,
	/* header */
	GEN_F_SEQUENCE = 8,
	GEN_F_LOG_GUID = 48,
	GEN_F_LOG_VERSION = 64,
	GEN_F_VERSION = 66,
	GEN_F_LOG_LENGTH = 68,
	GEN_F_LOG_OFFSET = 72,
};

/* Write a case and its parents into dir; 0, or -1 with errno. */
int gen_case_write(const struct gen_case *c, const char *dir);

#endif
