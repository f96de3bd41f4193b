/* SPDX-License-Identifier: MIT */
/* VHDX files that must be read, and read right. */
#include "tests/gen/cases.h"

const struct gen_case gen_good[] = {
	{ "dynamic-1m",
	  { .size = 8 * GEN_MIB,
	    GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 3, GEN_PRESENT, 2 },
		       { 7, GEN_PRESENT, 3 }, { 1, GEN_ZERO },
		       { 2, GEN_UNMAPPED }) } },
	{ "fixed-4m",
	  { .kind = GEN_FIXED, .size = 4 * GEN_MIB, .fill_seed = 9 } },
	{ "dirty-log-moves-the-bat",
	  { .size = 8 * GEN_MIB,
	    GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 3, GEN_PRESENT, 2 }),
	    GEN_ENTRIES({ .seq = 7, GEN_DESCS({ GEN_PAGES, 3 * GEN_MIB }) }) },
	  .peers = GEN_NO_LIBVHDI },
	{ 0 },
};
