/* SPDX-License-Identifier: MIT */
/*
 * The log on its own: the input is the start of a log of 1 MiB. The checksums
 * of its entries are made right first, unless the first byte is 1.
 */
#include "base/le.h"
#include "tests/data/vhdx/vhdxgen.h"
#include "vhdx/log.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	LOG_SIZE = 1 << 20,
	SECTOR = 4096
};

/* Seal every entry that claims to end within the log. */
static void seal(uint8_t *log)
{
	for (size_t at = 0; at < LOG_SIZE; at += SECTOR) {
		uint8_t *p = log + at;
		const uint32_t len = le32_get(p + 8);

		if (memcmp(p, "loge", 4) != 0 || len < SECTOR ||
		    len > LOG_SIZE - at)
			continue;
		gen_seal(p, len);
	}
}

static void replay(struct source *file, const uint8_t *log)
{
	struct checks found = { 0 };
	struct rules rules = { .checks = &found };
	struct view view = { .file = file };
	struct log_summary summary = { 0 };
	struct shvm_err err = { 0 };
	const struct vhdx_header header = {
		.log_guid = guid_load(log + 32),
		.log_length = LOG_SIZE,
		.log_offset = VHDX_MIB,
		.version = 1,
	};
	uint8_t page[SECTOR + 2];

	view.stored_size = view.size = file->size;
	if (log_load(&view, &header, &rules, &summary, &err) == SHVM_OK) {
		uint64_t end = 0;

		for (size_t i = 0; i < view.patch_count; i++) {
			const struct view_patch *p = &view.patches[i];

			if (p->at < end || p->len > view.size - p->at)
				abort(); /* overlap, or beyond the end */
			end = p->at + p->len;
			if (view_read(&view, p->at - 1, page,
				      end < view.size ? sizeof(page) : 2,
				      &err) < 0)
				abort();
		}
	}
	view_done(&view);
	checks_done(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTOFREE uint8_t *image = calloc(2, VHDX_MIB);
	AUTO(source_ptr) file = NULL;
	uint8_t *log;

	if (!image || size < 1 || size > LOG_SIZE ||
	    source_memory(image, 2 * VHDX_MIB, 512, &file, NULL) < 0)
		return 0;
	log = image + VHDX_MIB;
	memcpy(log, data + 1, size - 1);
	if (data[0] != 1)
		seal(log);
	replay(file, log);
	return 0;
}
