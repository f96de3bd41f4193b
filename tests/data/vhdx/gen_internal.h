/* SPDX-License-Identifier: MIT */
/* Between the files of the generator. Functions return 0, or -1 with errno. */
#ifndef TESTS_DATA_VHDX_INTERNAL_H
#define TESTS_DATA_VHDX_INTERNAL_H

#include "tests/data/vhdx/vhdxgen.h"

/* One file being written. */
struct gen_out {
	const struct gen_disk *d;
	struct gen_layout l;
	int fd;
	uint32_t item_at[8 + GEN_ITEMS_MAX]; /* file offsets less meta_at */
	uint32_t item_len[8 + GEN_ITEMS_MAX];
	uint32_t item_count;
};

int gen_put(struct gen_out *o, uint64_t at, const void *data, size_t len);
int gen_get(struct gen_out *o, uint64_t at, void *data, size_t len);
/* Apply one patch to bytes in memory; outside of them it does nothing. */
void gen_patch_apply(const struct gen_patch *p, uint64_t at, uint8_t *buf,
		     size_t len);

extern const struct shvm_guid gen_bat_guid, gen_meta_guid, gen_log_guid;

int gen_metadata_write(struct gen_out *o);
int gen_log_write(struct gen_out *o);
int gen_payload_write(struct gen_out *o, const struct gen_block *b,
		      uint64_t at);
/* The blocks that the list leaves out, from file offset at on. */
int gen_fill_write(struct gen_out *o, uint64_t at);

#endif
