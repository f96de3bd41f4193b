/* SPDX-License-Identifier: MIT */
/* The disk whose log the tests of the log fill. */
#ifndef TESTS_UNIT_SUPPORT_LOG_H
#define TESTS_UNIT_SUPPORT_LOG_H

#include "tests/unit/support_image.h"

/* Log of 1 MiB at 1 MiB, metadata at 2, BAT at 3, block 0 at 4, 1 at 5 MiB. */
#define BASE                                                                   \
	.size = 4 * GEN_MIB,                                                   \
	GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 1, GEN_PRESENT, 2 })
#define BAT_PAGE_AT (3 * GEN_MIB)
#define ONE_PAGE GEN_DESCS({ GEN_PAGES, BAT_PAGE_AT })
/* An entry over block 0 whose contents must not be seen. */
#define JUNK GEN_DESCS({ GEN_JUNK, 4 * GEN_MIB })

#endif
