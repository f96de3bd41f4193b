/* SPDX-License-Identifier: MIT */
/* What children and parents are joined by: a GUID of one byte, as text, paths. */
#ifndef TESTS_DATA_VHDX_PARENTS_H
#define TESTS_DATA_VHDX_PARENTS_H

#define GEN_GUID_OF(b)                                                         \
	{                                                                      \
		{                                                              \
			b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b         \
		}                                                              \
	}
#define ONES GEN_GUID_OF(0x11)
#define TWOS GEN_GUID_OF(0x22)
#define ONES_TEXT "{11111111-1111-1111-1111-111111111111}"
#define TWOS_TEXT "{22222222-2222-2222-2222-222222222222}"
#define ZEROS_TEXT "{00000000-0000-0000-0000-000000000000}"
/* Pairs of a parent locator. */
#define LINK_ONES                                                              \
	{                                                                      \
		"parent_linkage", ONES_TEXT                                    \
	}
#define LINK_TWOS                                                              \
	{                                                                      \
		"parent_linkage", TWOS_TEXT                                    \
	}
#define LINK2_ZEROS                                                            \
	{                                                                      \
		"parent_linkage2", ZEROS_TEXT                                  \
	}
#define PATH(p)                                                                \
	{                                                                      \
		"relative_path", p                                             \
	}

#endif
