/* SPDX-License-Identifier: MIT */
/* Files to read: block sizes, sector sizes, disk sizes, fixed and dynamic. */
#include "tests/data/vhdx/cases.h"

#define DYNAMIC(name, mib, sector, no_peers)                                   \
	{                                                                      \
		name,                                                          \
			{ .size = 5 * (mib)*GEN_MIB - 8192,                    \
			  .block_size = (uint32_t)((mib)*GEN_MIB),             \
			  .lss = sector,                                       \
			  GEN_BLOCKS({ 0, GEN_PRESENT, 1, .len = 100000 },     \
				     { 2, GEN_PRESENT, 2, .len = 5000 },       \
				     { 3, GEN_ZERO },                          \
				     { 4, GEN_PRESENT, 3, .len = 70000 }) },   \
			.peers = no_peers                                      \
	}
#define FIXED(name, bytes, mib, sector, no_peers)                              \
	{                                                                      \
		name,                                                          \
			{ .kind = GEN_FIXED,                                   \
			  .size = bytes,                                       \
			  .block_size = (uint32_t)((mib)*GEN_MIB),             \
			  .lss = sector,                                       \
			  .fill_seed = 5 },                                    \
			.peers = no_peers                                      \
	}
#define SIZE(name, bytes, ...)                                                 \
	{                                                                      \
		name,                                                          \
		{                                                              \
			.size = bytes, GEN_BLOCKS(__VA_ARGS__)                 \
		}                                                              \
	}

const struct gen_case gen_good_shapes[] = {
	DYNAMIC("dynamic-1m", 1, 512, 0),
	DYNAMIC("dynamic-2m", 2, 512, 0),
	DYNAMIC("dynamic-4m", 4, 512, 0),
	DYNAMIC("dynamic-8m", 8, 512, 0),
	DYNAMIC("dynamic-16m", 16, 512, 0),
	DYNAMIC("dynamic-32m", 32, 512, 0),
	DYNAMIC("dynamic-64m", 64, 512, 0),
	DYNAMIC("dynamic-128m", 128, 512, 0),
	DYNAMIC("dynamic-256m", 256, 512, 0),
	DYNAMIC("dynamic-1m-4k-sectors", 1, 4096, GEN_NO_QEMU),
	DYNAMIC("dynamic-2m-4k-sectors", 2, 4096, GEN_NO_QEMU),
	DYNAMIC("dynamic-32m-4k-sectors", 32, 4096, GEN_NO_QEMU),
	DYNAMIC("dynamic-256m-4k-sectors", 256, 4096, GEN_NO_QEMU),
	{ "dynamic-physical-sector-512",
	  { .size = 2 * GEN_MIB,
	    .pss = 512,
	    GEN_BLOCKS({ 1, GEN_PRESENT, 1 }) } },
	{ "dynamic-physical-512-logical-4096",
	  { .size = 2 * GEN_MIB,
	    .lss = 4096,
	    .pss = 512,
	    GEN_BLOCKS({ 1, GEN_PRESENT, 1 }) },
	  .peers = GEN_NO_QEMU },
	FIXED("fixed-1m", 4 * GEN_MIB, 1, 512, 0),
	FIXED("fixed-2m", 4 * GEN_MIB, 2, 512, 0),
	FIXED("fixed-8m-odd-size", 9 * GEN_MIB + 512, 8, 512, 0),
	FIXED("fixed-2m-4k-sectors", 4 * GEN_MIB + 4096, 2, 4096, GEN_NO_QEMU),
	{ "fixed-with-holes",
	  { .kind = GEN_FIXED,
	    .size = 4 * GEN_MIB,
	    GEN_BLOCKS({ 1, GEN_PRESENT, 4 }, { 2, GEN_ZERO },
		       { 3, GEN_NOT_PRESENT }) } },
	{ "fixed-1m-pairs-swapped",
	  { .kind = GEN_FIXED,
	    .size = 9 * GEN_MIB,
	    .fill_seed = 6,
	    .fill_order = GEN_PAIRS } },
	{ "fixed-1m-halves-swapped",
	  { .kind = GEN_FIXED,
	    .size = 2048 * GEN_MIB,
	    .fill_seed = 8,
	    .fill_len = 512,
	    .fill_order = GEN_HALVES } },
	{ "fixed-1m-scattered",
	  { .kind = GEN_FIXED,
	    .size = 1500 * GEN_MIB + 512,
	    .fill_seed = 7,
	    .fill_len = 512,
	    .fill_order = GEN_SCATTERED } },
	{ "fixed-9g-in-three-chunks",
	  { .kind = GEN_FIXED,
	    .size = 9 * GEN_GIB,
	    .block_size = 32 * GEN_MIB,
	    GEN_BLOCKS({ 0, GEN_PRESENT, 1, .len = 65536 },
		       { 127, GEN_PRESENT, 2, .len = 65536 },
		       { 128, GEN_PRESENT, 3, .len = 65536 },
		       { 287, GEN_PRESENT, 4, .len = 65536 }) },
	  .peers = GEN_NO_LIBVHDI },

	SIZE("one-sector", 512, { 0, GEN_PRESENT, 1 }),
	SIZE("one-empty-sector", 512, { 0, GEN_NOT_PRESENT }),
	SIZE("block-less-a-sector", GEN_MIB - 512, { 0, GEN_PRESENT, 1 }),
	SIZE("one-block", GEN_MIB, { 0, GEN_PRESENT, 1 }),
	SIZE("block-and-a-sector", GEN_MIB + 512, { 0, GEN_PRESENT, 1 },
	     { 1, GEN_PRESENT, 2 }),
	SIZE("last-block-empty", 3 * GEN_MIB + 512, { 0, GEN_PRESENT, 1 }),
	SIZE("chunk-less-a-block", 4095 * GEN_MIB,
	     { 4094, GEN_PRESENT, 1, .len = 4096 }),
	SIZE("chunk", 4096 * GEN_MIB, { 4095, GEN_PRESENT, 1, .len = 4096 }),
	SIZE("chunk-and-a-sector", 4096 * GEN_MIB + 512,
	     { 4095, GEN_PRESENT, 1, .len = 4096 },
	     { 4096, GEN_PRESENT, 2, .len = 512 }),
	SIZE("two-chunks-and-a-block", 8193 * GEN_MIB,
	     { 0, GEN_PRESENT, 9, .len = 4096 },
	     { 4096, GEN_PRESENT, 1, .len = 4096 },
	     { 8191, GEN_PRESENT, 2, .len = 4096 },
	     { 8192, GEN_PRESENT, 3, .len = 4096 }),
	SIZE("size-2t", 2 * GEN_TIB, { 0, GEN_PRESENT, 1, .len = 4096 },
	     { 2097151, GEN_PRESENT, 2, .len = 4096 }),
	{ "size-64t-1m",
	  { .size = 64 * GEN_TIB,
	    GEN_BLOCKS({ 0, GEN_PRESENT, 1, .len = 4096 },
		       { 33554432, GEN_PRESENT, 2, .len = 4096 },
		       { 67108863, GEN_PRESENT, 3, .len = 4096 }) },
	  .peers = GEN_NO_QEMU | GEN_NO_LIBVHDI },
	{ "size-64t-256m-4k-sectors",
	  { .size = 64 * GEN_TIB,
	    .block_size = 256 * GEN_MIB,
	    .lss = 4096,
	    GEN_BLOCKS({ 0, GEN_PRESENT, 1, .len = 4096 },
		       { 262143, GEN_PRESENT, 3, .len = 4096 }) },
	  .peers = GEN_NO_QEMU | GEN_NO_LIBVHDI },
	{ "size-40t-2m-shuffled",
	  { .size = 40 * GEN_TIB,
	    .block_size = 2 * GEN_MIB,
	    GEN_BLOCKS({ 20971519, GEN_PRESENT, 1, .len = 4096 },
		       { 5, GEN_PRESENT, 2, .len = 4096 },
		       { 4, GEN_PRESENT, 3, .len = 4096 },
		       { 2047, GEN_PRESENT, 4, .len = 4096 },
		       { 2048, GEN_PRESENT, 5, .len = 4096 }) },
	  .peers = GEN_NO_QEMU | GEN_NO_LIBVHDI },
	{ 0 },
};

#define LARGE(name, order)                                                     \
	{                                                                      \
		name,                                                          \
		{                                                              \
			.kind = GEN_FIXED, .size = 64 * GEN_TIB,               \
			.fill_order = order                                    \
		}                                                              \
	}

const struct gen_case gen_large[] = {
	LARGE("size-64t-1m-stored", GEN_IN_ORDER),
	LARGE("size-64t-1m-pairs", GEN_PAIRS),
	LARGE("size-64t-1m-scattered", GEN_SCATTERED),
	{ 0 },
};
