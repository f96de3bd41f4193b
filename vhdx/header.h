/* SPDX-License-Identifier: MIT */
/* Decodes the header section: identifier, headers and region tables. */
#ifndef VHDX_HEADER_H
#define VHDX_HEADER_H

#include "base/buf.h"
#include "base/rules.h"
#include "vhdx/format.h"
#include "vhdx/view.h"

#define LOG_SIZE_MAX (UINT64_C(1) << 30) /* our limit and openvmm's */

struct vhdx_header {
	uint64_t sequence;
	struct shvm_guid file_write, data_write, log_guid;
	uint16_t log_version, version;
	uint32_t log_length; /* bytes */
	uint64_t log_offset; /* bytes */
};

struct vhdx_headers {
	struct vhdx_header current;
	unsigned int index; /* 0 or 1: the copy that is current */
	bool valid[2];	    /* signature and CRC are valid */
};

struct vhdx_region {
	struct shvm_guid guid;
	uint64_t at, len; /* bytes */
	bool required;
};

struct vhdx_regions {
	struct vhdx_region *items;
	size_t count;
	struct vhdx_region bat, metadata; /* bounds of the two known ones */
	bool valid[2]; /* copy 1, copy 2: signature and CRC are valid */
};

/* Does the buffer begin as a VHDX does? */
bool header_is_vhdx(const void *data, size_t len);

/*
 * Are signature and CRC valid? Then *ret contains the fields, not checked yet.
 */
bool header_decode(const uint8_t buf[VHDX_HEADER_SIZE],
		   struct vhdx_header *ret);

/*
 * Choose the current header of two copies and check it (2.2.2): HEADER_TIE,
 * NO_VALID_HEADER, BAD_VERSION; HDR_* warnings.
 */
int header_choose(const uint8_t first[VHDX_HEADER_SIZE],
		  const uint8_t second[VHDX_HEADER_SIZE], struct rules *rules,
		  struct vhdx_headers *ret, struct shvm_err *err);

/*
 * Is the place of the log that the header gives possible? LOG_ALIGN, LOG_EOF,
 * ...
 */
int header_check_log_place(const struct vhdx_header *h, uint64_t file_size,
			   struct rules *rules, struct shvm_err *err);

/* Are these 64 KiB a region table with a valid signature and CRC? */
bool header_is_region_table(const uint8_t buf[VHDX_TABLE_SIZE]);

/*
 * Decode one valid region table (2.2.3): counts, alignment, duplicates, known
 * and unknown GUIDs. file_size limits the regions. Overlaps are found later,
 * together with everything else.
 */
int header_regions_decode(const uint8_t buf[VHDX_TABLE_SIZE], uint64_t table_at,
			  uint64_t file_size, struct rules *rules,
			  struct vhdx_regions *ret, struct shvm_err *err);
void vhdx_regions_done(struct vhdx_regions *r);

/* Read both copies through the view and decode the first valid one. */
int header_regions_load(const struct view *view, struct rules *rules,
			struct vhdx_regions *ret, struct shvm_err *err);

#endif
