/* SPDX-License-Identifier: MIT */
/* Differencing disks of one parent, for the tests of both. */
#ifndef TESTS_UNIT_SUPPORT_PARENT_H
#define TESTS_UNIT_SUPPORT_PARENT_H

#include "tests/data/vhdx/parents.h"
#include "tests/unit/support_image.h"

#define GUID_A GEN_GUID_OF(0xaa)
#define LINK_A                                                                 \
	{                                                                      \
		"parent_linkage", "{aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa}"     \
	}
#define PARENT                                                                 \
	{                                                                      \
		"relative_path", ".\\parent.vhdx"                              \
	}

#define CHILD .kind = GEN_CHILD, .size = 8 * GEN_MIB, .parent = &parent_base
#define ALL_STATES                                                             \
	GEN_BLOCKS({ 0, GEN_PARTIAL, 31 }, { 1, GEN_PRESENT, 32 },             \
		   { 2, GEN_ZERO }, { 3, GEN_UNMAPPED }, { 4, GEN_UNDEFINED }, \
		   { 7, GEN_PARTIAL, 33, .bits = GEN_BITS_ODD })

/* 8 MiB, its DataWriteGuid is GUID_A. */
extern const struct gen_disk parent_base;

/* Write the child and its parent, as child.vhdx and parent.vhdx; open it. */
int parent_open_child(const struct gen_disk *d, const struct image_params *p,
		      struct source **ret, struct shvm_err *err);

/* The same; all must be read as the generator says. */
void parent_check_child(const struct gen_disk *d);

#endif
