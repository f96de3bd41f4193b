/* SPDX-License-Identifier: MIT */
/*
 * VHDX files in few bytes, for fuzzing: the pieces that are not zeros, and
 * checksums that are made right when the file is made.
 *
 * +0 u8 flags (1: leave the checksums as they are), +1 u24 file size in KiB,
 * then pieces: u40 place in the file, u16 length, the bytes.
 */
#ifndef TESTS_DATA_VHDX_SPARSE_H
#define TESTS_DATA_VHDX_SPARSE_H

#include <stddef.h>
#include <stdint.h>

enum {
	SPARSE_RAW = 1,
	SPARSE_HEAD = 4,
	SPARSE_PIECE = 7,
};

/* A piece within packed bytes. */
struct sparse_piece {
	uint64_t at;   /* in the file */
	size_t offset; /* of its bytes in the packed form */
	size_t len;
};

/* The piece at *pos, which moves past it; 0 when there is none. */
int sparse_next(const uint8_t *data, size_t size, size_t *pos,
		struct sparse_piece *ret);

/* Make the file in fd, which is empty; 0, or -1 when it cannot be. */
int sparse_expand(const uint8_t *data, size_t size, int fd);

/*
 * Pack the file in fd without its payload: what lies at other places than the
 * header section, the log and the two known regions is left out. The result
 * comes from malloc(); NULL when it fails or is longer than max.
 */
uint8_t *sparse_pack(int fd, size_t max, size_t *ret_size);

#endif
