/* SPDX-License-Identifier: MIT */
/*
 * Image formats from their bytes: a file of up to 64 KiB, opened, read and
 * checked. Where its last 512 bytes look like a VHD footer, its checksum is
 * made right first, unless the first byte is 1.
 */
#include "base/be.h"
#include "disk/disk.h"
#include "disk/format.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	FOOTER = 512,
	SIZE_LIMIT = 64 << 10
};

static void seal(uint8_t *file, size_t size)
{
	uint8_t *footer = file + size - FOOTER;
	uint32_t sum = 0;

	if (size < FOOTER || file[0] == 1 || memcmp(footer, "conectix", 8) != 0)
		return;
	be32_put(footer + 64, 0);
	for (size_t i = 0; i < FOOTER; i++)
		sum += footer[i];
	be32_put(footer + 64, ~sum);
}

/* What a VHD shows is the file itself, without its last 512 bytes. */
static void read_all(struct shvm_disk *disk, const uint8_t *file, size_t size)
{
	const struct shvm_disk_info *info = shvm_disk_info(disk);
	AUTOFREE uint8_t *is = malloc(SIZE_LIMIT);
	struct shvm_extent e;

	if (!is)
		return;
	if (strcmp(info->format, "vhd") == 0 &&
	    info->virtual_size != size - FOOTER)
		abort();
	if (info->virtual_size > size)
		abort();
	if (shvm_disk_read(disk, 0, is, info->virtual_size, NULL) < 0 ||
	    memcmp(is, file, info->virtual_size) != 0)
		abort();
	for (uint64_t at = 0; at < info->virtual_size; at += e.size)
		if (shvm_disk_extent(disk, at, UINT64_MAX, &e, NULL) < 0 ||
		    e.size == 0)
			abort();
	if (source_check_unchanged(disk_source(disk), NULL) < 0)
		abort();
}

/* An image that opens has no error, and one that does not has a reason. */
static void check(const uint8_t *file, size_t size, bool opens)
{
	static const struct shvm_disk_params params;
	struct checks found = { 0 };
	struct shvm_disk_check c = { 0 };
	const struct disk_format *format;
	struct source *s = NULL;
	struct shvm_err err = { 0 };

	if (source_memory(file, size, 512, &s, NULL) < 0)
		return;
	if (disk_format_find(s, "fuzz", &params, &format, &err) < 0 ||
	    strcmp(format->name, "vhd") != 0) {
		source_free(s);
		return;
	}
	if (format->check(s, "fuzz", &params, &found, &c, &err) == 0 && opens &&
	    checks_worst(&found) == SHVM_LEVEL_ERROR)
		abort();
	checks_done(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct shvm_disk_params params;
	AUTOFREE uint8_t *file = NULL;
	struct shvm_disk *disk = NULL;
	struct source *s = NULL;
	struct shvm_err err = { 0 };

	if (size == 0 || size > SIZE_LIMIT)
		return 0;
	file = malloc(size);
	if (!file)
		return 0;
	memcpy(file, data, size);
	seal(file, size);
	if (memcmp(file, "vhdxfile", size < 8 ? size : 8) == 0 ||
	    source_memory(file, size, 512, &s, NULL) < 0)
		return 0; /* fuzz_vhdx has those */
	if (disk_open_on(s, "fuzz", &params, &disk, &err) == 0)
		read_all(disk, file, size);
	else if (err.code == 0 || !err.msg[0])
		abort();
	check(file, size, disk != NULL);
	shvm_disk_close(disk);
	return 0;
}
