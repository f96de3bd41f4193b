/* SPDX-License-Identifier: MIT */
/* Fixed VHD: each field of the footer, the disk before it, and what is not. */
#include "base/be.h"
#include "disk/disk.h"
#include "disk/format.h"
#include "tests/unit/support.h"
#include "tests/unit/support_gpt.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	SECTORS = 4096,
	DISK = SECTORS * 512,
	FOOTER = 512,
};

AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);

static const struct shvm_disk_params defaults;

/* As the specification has it, byte for byte; the checksum is put last. */
static void seal(uint8_t *footer)
{
	uint32_t sum = 0;

	be32_put(footer + 64, 0);
	for (size_t i = 0; i < FOOTER; i++)
		sum += footer[i];
	be32_put(footer + 64, ~sum);
}

static void footer_make(uint8_t *footer, uint64_t size, uint16_t cylinders,
			uint8_t heads, uint8_t track)
{
	memset(footer, 0, FOOTER);
	memcpy(footer, "conectix", 8);
	be32_put(footer + 8, 2);
	be32_put(footer + 12, 0x10000);
	be64_put(footer + 16, UINT64_MAX);
	be32_put(footer + 24, 0x2a000000);
	memcpy(footer + 28, "win \0\x0a\0\0Wi2k", 12);
	be64_put(footer + 40, size);
	be64_put(footer + 48, size);
	footer[56] = (uint8_t)(cylinders >> 8);
	footer[57] = (uint8_t)cylinders;
	footer[58] = heads;
	footer[59] = track;
	be32_put(footer + 60, 2);
	memset(footer + 68, 0x77, 16);
	seal(footer);
}

/* A disk of 2 MiB with a partition, and its footer; the caller frees it. */
static uint8_t *vhd_make(void)
{
	struct disk_image d = disk_image_new(512, SECTORS);
	uint8_t *all = malloc(DISK + FOOTER);

	assert_non_null(all);
	disk_image_put(&d, 1, &type_basic, 192, 1023, "Windows");
	disk_image_boot(&d, 192, "ntfs");
	assert_int_equal(d.len, DISK);
	memcpy(all, d.data, DISK);
	disk_image_free(&d);
	footer_make(all + DISK, DISK, 60, 4, 17);
	return all;
}

static int open_memory(const uint8_t *data, size_t len, const char *name,
		       struct shvm_disk **ret, struct shvm_err *err)
{
	struct source *memory = NULL;

	assert_ok(source_memory(data, len, 512, &memory, err), *err);
	return disk_open_on(memory, name, &defaults, ret, err);
}

static void reads_the_disk_before_the_footer(void **state)
{
	AUTOFREE uint8_t *bytes = vhd_make();
	AUTOFREE uint8_t *is = malloc(DISK);
	AUTOFREE char *path = test_own_path("disk.vhd");
	const struct shvm_disk_info *info;
	AUTO(disk_ptr) disk = NULL;
	struct shvm_err err = { 0 };
	struct extent e;
	struct source *s;
	(void)state;
	assert_non_null(is);

	memset(bytes + 2000 * 512, 0x5a, 512);
	test_file_write(path, bytes, DISK + FOOTER);
	assert_ok(shvm_disk_open(path, NULL, &disk, &err), err);
	info = shvm_disk_info(disk);
	assert_string_equal(info->format, "vhd");
	assert_string_equal(info->variant, "fixed");
	assert_string_equal(info->creator, "win");
	assert_int_equal(info->virtual_size, DISK);
	assert_int_equal(info->block_size, 0);
	assert_int_equal(info->logical_sector_size, 512);
	assert_int_equal(info->physical_sector_size, 512);
	assert_null(info->parent);
	assert_int_equal(info->table, SHVM_TABLE_GPT);
	assert_int_equal(info->partition_count, 1);
	assert_int_equal(info->check_count, 0);

	s = disk_source(disk);
	assert_ok(source_read(s, 0, is, DISK, &err), err);
	assert_memory_equal(is, bytes, DISK);
	assert_failed(source_read(s, 1, is, DISK, &err), err, SHVM_E_ARG,
		      "not within");
	/* The fast readers get the file itself. */
	assert_ok(source_extent(s, 192 * 512, UINT64_MAX, &e, &err), err);
	assert_int_equal(e.state, SHVM_EXTENT_DATA);
	assert_true(e.fd >= 0);
	assert_int_equal(e.fd_at, 192 * 512);
	assert_true(e.len <= DISK - 192 * 512);
	assert_int_equal(source_next_data(s, 192 * 512, DISK), 192 * 512);
	assert_ok(source_check_unchanged(s, &err), err);
}

static void reads_a_vhd_in_memory(void **state)
{
	AUTOFREE uint8_t *bytes = vhd_make();
	AUTOFREE uint8_t *is = malloc(DISK);
	char identity[SHVM_IDENTITY_MAX];
	AUTO(disk_ptr) disk = NULL;
	struct shvm_err err = { 0 };
	struct extent e;
	(void)state;

	assert_non_null(is);
	assert_ok(open_memory(bytes, DISK + FOOTER, "m", &disk, &err), err);
	assert_ok(shvm_disk_read(disk, 0, is, DISK, &err), err);
	assert_memory_equal(is, bytes, DISK);
	assert_ok(source_extent(disk_source(disk), 0, UINT64_MAX, &e, &err),
		  err);
	assert_int_equal(e.len, DISK);
	assert_int_equal(e.fd, -1);
	assert_failed(disk_identity(disk, identity, &err), err,
		      SHVM_E_UNSUPPORTED, "last change is unknown");
	bytes[DISK + 30] ^= 1;
	assert_failed(source_check_unchanged(disk_source(disk), &err), err,
		      SHVM_E_IO, "VHD footer changed");
	assert_string_equal(err.reason, "changed");
}

/* One field after the other; then the checksum is made right again. */
static const struct bad {
	size_t at, len;
	uint8_t bytes[8];
	int code;
	const char *reason, *says;
} bad[] = {
	{ 12, 4, "\0\1\0\1", SHVM_E_UNSUPPORTED, "VHD_VERSION",
	  "version 0x10001, not" },
	{ 12, 4, "\0\2\0\0", SHVM_E_UNSUPPORTED, "VHD_VERSION",
	  "version 0x20000, not" },
	{ 60, 4, "\0\0\0\0", SHVM_E_FORMAT, "VHD_TYPE", "type 0, not 2" },
	{ 60, 4, "\0\0\0\1", SHVM_E_FORMAT, "VHD_TYPE", "type 1, not 2" },
	{ 60, 4, "\0\0\0\3", SHVM_E_UNSUPPORTED, "VHD_TYPE", "a dynamic VHD" },
	{ 60, 4, "\0\0\0\4", SHVM_E_UNSUPPORTED, "VHD_TYPE",
	  "a differencing VHD" },
	{ 60, 4, "\0\0\0\5", SHVM_E_FORMAT, "VHD_TYPE", "type 5, not 2" },
	{ 60, 4, "\1\0\0\2", SHVM_E_FORMAT, "VHD_TYPE", "type 16777218, not" },
	{ 16, 8, "\0\0\0\0\0\0\2\0", SHVM_E_FORMAT, "VHD_DATA_OFFSET",
	  "refers to one at 0x200" },
	{ 16, 8, "\377\377\377\377\377\377\377\376", SHVM_E_FORMAT,
	  "VHD_DATA_OFFSET", "refers to one at 0xfffffffffffffffe" },
	{ 48, 8, "\0\0\0\0\0\x20\2\0", SHVM_E_FORMAT, "VHD_SIZE",
	  "2097664 bytes, but the file has 2097152" },
	{ 48, 8, "\0\0\0\0\0\x1f\376\0", SHVM_E_FORMAT, "VHD_SIZE",
	  "2096640 bytes, but the file has 2097152" },
	{ 48, 8, "\377\377\377\377\377\377\376\0", SHVM_E_FORMAT, "VHD_SIZE",
	  "18446744073709551104 bytes, but" },
	{ 56, 2, "\0\0", SHVM_E_FORMAT, "VHD_NO_GEOMETRY", "4/17 contains a" },
	{ 58, 1, "\0", SHVM_E_FORMAT, "VHD_NO_GEOMETRY", "60/0/17 contains a" },
	{ 59, 1, "\0", SHVM_E_FORMAT, "VHD_NO_GEOMETRY", "60/4/0 contains a" },
};

static void check_memory(const uint8_t *bytes, size_t len, struct checks *found,
			 struct shvm_disk_check *ret, int *code,
			 struct shvm_err *err)
{
	const struct disk_format *format;
	struct source *memory = NULL;

	assert_ok(source_memory(bytes, len, 512, &memory, err), *err);
	assert_ok(disk_format_find(memory, "m.vhd", &defaults, &format, err),
		  *err);
	*code = format->check(memory, "m.vhd", &defaults, found, ret, err);
}

static void refuses_each_bad_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		AUTOFREE uint8_t *bytes = vhd_make();
		AUTO_DONE(checks) found = { 0 };
		struct shvm_disk_check check = { 0 };
		struct shvm_disk *disk = NULL;
		struct shvm_err err = { 0 };
		int r;

		memcpy(bytes + DISK + bad[i].at, bad[i].bytes, bad[i].len);
		seal(bytes + DISK);
		assert_failed(open_memory(bytes, DISK + FOOTER, "m", &disk,
					  &err),
			      err, bad[i].code, bad[i].says);
		assert_string_equal(err.reason, bad[i].reason);
		assert_int_equal(strncmp(err.msg, "m: ", 3), 0);
		assert_null(disk);

		/* The check says the same; what is not read is no fault. */
		check_memory(bytes, DISK + FOOTER, &found, &check, &r, &err);
		if (bad[i].code == SHVM_E_UNSUPPORTED) {
			assert_int_equal(r, SHVM_E_UNSUPPORTED);
			assert_string_equal(err.reason, bad[i].reason);
			continue;
		}
		assert_int_equal(r, SHVM_OK);
		assert_string_equal(found.items[0].id, bad[i].reason);
		assert_int_equal(found.items[0].level, SHVM_LEVEL_ERROR);
		assert_non_null(strstr(found.items[0].text, bad[i].says));
		assert_true(found.items[0].offset >= DISK);
		assert_int_equal(check.complete,
				 strcmp(bad[i].reason, "VHD_TYPE") != 0);
	}
}

/* Every bit of the footer is under its checksum, or is the cookie. */
static void refuses_each_flipped_bit(void **state)
{
	AUTOFREE uint8_t *bytes = vhd_make();
	(void)state;

	for (size_t bit = 0; bit < FOOTER * 8; bit++) {
		struct shvm_disk *disk = NULL;
		struct shvm_err err = { 0 };
		uint8_t *byte = bytes + DISK + bit / 8;
		int r;

		*byte ^= (uint8_t)(1u << bit % 8);
		r = open_memory(bytes, DISK + FOOTER, "m.vhd", &disk, &err);
		if (r != SHVM_E_FORMAT || !err.reason ||
		    strcmp(err.reason,
			   bit < 64 ? "VHD_FOOTER" : "VHD_CHECKSUM") != 0)
			fail_msg("bit %zu: %d, %s", bit, r, err.msg);
		*byte ^= (uint8_t)(1u << bit % 8);
	}
}

static const struct doubtful {
	size_t at, len;
	uint8_t bytes[16];
	const char *rule, *says; /* NULL: nothing is doubtful */
} doubtful[] = {
	{ 8, 4, "\0\0\0\0", "VHD_FEATURES", "features 0," },
	{ 8, 4, "\0\0\0\1", "VHD_FEATURES", "features 0x1," },
	{ 8, 4, "\0\0\0\6", "VHD_FEATURES", "features 0x6," },
	{ 8, 4, "\0\0\0\3", "VHD_TEMPORARY", "is temporary" },
	{ 56, 2, "\0\73", "VHD_GEOMETRY", "59/4/17 is of 2054144 bytes" },
	{ 58, 1, "\5", "VHD_GEOMETRY", "60/5/17 is of" },
	{ 59, 1, "\20", "VHD_GEOMETRY", "60/4/16 is of" },
	{ 56, 4, "\377\377\20\376", "VHD_GEOMETRY", "65535/16/254 is of" },
	{ 56, 4, "\377\377\20\377", NULL, NULL }, /* the size is meant */
	{ 56, 4, "\20\0\1\1", NULL, NULL },	  /* just the size */
	{ 68, 16, "", "VHD_UNIQUE_ID", "id is zero" },
	{ 84, 1, "\1", "VHD_SAVED_STATE", "saved (1)" },
	{ 84, 1, "\377", "VHD_SAVED_STATE", "saved (255)" },
	{ 85, 1, "\1", "VHD_RESERVED", "reserved bytes" },
	{ 511, 1, "\1", "VHD_RESERVED", "reserved bytes" },
	{ 16, 4, "\0\0\0\0", NULL, NULL }, /* 32 bits, as specified */
	{ 24, 4, "\0\0\0\0", NULL, NULL },
	{ 28, 4, "\0\0\0\0", NULL, NULL },
	{ 40, 4, "\0\0\0\1", NULL, NULL }, /* it had another size once */
};

static void notes_what_is_doubtful(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(doubtful); i++) {
		const struct doubtful *c = &doubtful[i];
		AUTOFREE uint8_t *bytes = vhd_make();
		const struct shvm_disk_info *info;
		AUTO(disk_ptr) disk = NULL;
		struct shvm_err err = { 0 };

		memcpy(bytes + DISK + c->at, c->bytes, c->len);
		seal(bytes + DISK);
		assert_ok(open_memory(bytes, DISK + FOOTER, "m", &disk, &err),
			  err);
		info = shvm_disk_info(disk);
		if (info->check_count != (c->rule ? 1 : 0))
			fail_msg("case %zu: %zu findings", i,
				 info->check_count);
		if (!c->rule)
			continue;
		assert_string_equal(info->checks[0].id, c->rule);
		assert_int_equal(info->checks[0].level, SHVM_LEVEL_WARNING);
		if (!strstr(info->checks[0].text, c->says))
			fail_msg("case %zu: %s", i, info->checks[0].text);
	}
}

/* A creator that is not text is not shown. */
static void shows_a_creator_that_is_text(void **state)
{
	static const struct {
		uint8_t bytes[4];
		const char *shown;
	} cases[] = {
		{ "vbox", "vbox" }, { "d2v\0", "" }, { "a\x1b[m", "" },
		{ "\377abc", "" },  { "    ", "" },  { "a b ", "a b" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTOFREE uint8_t *bytes = vhd_make();
		AUTO(disk_ptr) disk = NULL;
		struct shvm_err err = { 0 };

		memcpy(bytes + DISK + 28, cases[i].bytes, 4);
		seal(bytes + DISK);
		assert_ok(open_memory(bytes, DISK + FOOTER, "m", &disk, &err),
			  err);
		assert_string_equal(shvm_disk_info(disk)->creator,
				    cases[i].shown);
	}
}

/* The footer over a file of any size, most of it holes; err says how it went.
 */
static int open_sparse(uint64_t size, uint16_t cylinders, uint8_t heads,
		       uint8_t track, struct shvm_disk **ret,
		       struct shvm_err *err)
{
	AUTOCLOSE int fd = memfd_create("vhd", MFD_CLOEXEC);
	uint8_t footer[FOOTER];
	char path[64];

	footer_make(footer, size, cylinders, heads, track);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(pwrite(fd, footer, FOOTER, (off_t)size), FOOTER);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return shvm_disk_open(path, NULL, ret, err);
}

static bool has_rule(const struct shvm_disk *disk, const char *rule,
		     enum shvm_level level)
{
	const struct shvm_disk_info *info = shvm_disk_info(disk);

	for (size_t i = 0; i < info->check_count; i++)
		if (strcmp(info->checks[i].id, rule) == 0 &&
		    info->checks[i].level == level)
			return true;
	return false;
}

/* Each branch of the calculation, at its edges; by hand from the appendix. */
static void knows_the_geometry_of_each_size(void **state)
{
	static const struct {
		uint64_t sectors;
		uint16_t cylinders;
		uint8_t heads, track;
	} cases[] = {
		{ 2048, 30, 4, 17 },
		{ 69631, 1023, 4, 17 },
		{ 69632, 140, 16, 31 },
		{ 69649, 819, 5, 17 },
		{ 131072, 963, 8, 17 }, /* 64 MiB */
		{ 278511, 1023, 16, 17 },
		{ 278528, 561, 16, 31 },
		{ 507903, 1023, 16, 31 },
		{ 507904, 503, 16, 63 },
		{ 66059279, 65534, 16, 63 },
		{ 66059280, 16191, 16, 255 },
		{ 266338304, 65278, 16, 255 }, /* 127 GiB */
		{ 267382800, 65535, 16, 255 },
		{ 4278190080, 65535, 16, 255 }, /* 2040 GiB */
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const uint64_t size = cases[i].sectors * 512;
		AUTO(disk_ptr) right = NULL;
		AUTO(disk_ptr) wrong = NULL;
		struct shvm_err err = { 0 };

		assert_ok(open_sparse(size, cases[i].cylinders, cases[i].heads,
				      cases[i].track, &right, &err),
			  err);
		if (has_rule(right, "VHD_GEOMETRY", SHVM_LEVEL_WARNING))
			fail_msg("%ju sectors", (uintmax_t)cases[i].sectors);
		assert_false(
			has_rule(right, "VHD_SIZE_MAX", SHVM_LEVEL_WARNING));
		assert_int_equal(has_rule(right, "VHD_ALIGN", SHVM_LEVEL_NOTE),
				 size % (1 << 20) != 0);
		assert_ok(open_sparse(size, cases[i].cylinders - 1,
				      cases[i].heads, cases[i].track, &wrong,
				      &err),
			  err);
		assert_true(
			has_rule(wrong, "VHD_GEOMETRY", SHVM_LEVEL_WARNING));
	}
}

static void warns_of_more_than_hyper_v_opens(void **state)
{
	AUTO(disk_ptr) disk = NULL;
	struct shvm_err err = { 0 };
	(void)state;

	assert_ok(open_sparse((UINT64_C(2040) << 30) + 512, 65535, 16, 255,
			      &disk, &err),
		  err);
	assert_true(has_rule(disk, "VHD_SIZE_MAX", SHVM_LEVEL_WARNING));
	assert_false(has_rule(disk, "VHD_SIZE_MAX", SHVM_LEVEL_NOTE));
}

static void refuses_what_is_not_whole_sectors(void **state)
{
	struct shvm_disk *disk = NULL;
	struct shvm_err err = { 0 };
	(void)state;

	assert_failed(open_sparse(DISK + 1, 60, 4, 17, &disk, &err), err,
		      SHVM_E_FORMAT, "2097153 bytes, not one or more");
	assert_string_equal(err.reason, "VHD_SECTORS");
	assert_failed(open_sparse(0, 60, 4, 17, &disk, &err), err,
		      SHVM_E_FORMAT, "0 bytes, not one or more");
	assert_string_equal(err.reason, "VHD_SECTORS");
}

/* What of the good file is opened, under which name, and what is said. */
static void tells_a_vhd_from_what_is_none(void **state)
{
	static const struct {
		size_t from, len;
		const char *name, *patch; /* over the first 8 bytes */
		int code;
		const char *reason, *says;
	} cases[] = {
		{ 0, DISK + FOOTER, "plain", NULL, SHVM_OK, NULL, NULL },
		{ 0, DISK + FOOTER, "a.vhd", "conectix", SHVM_OK, NULL, NULL },
		{ 0, DISK, "a.vhd", NULL, SHVM_E_FORMAT, "VHD_FOOTER",
		  "not a VHD" },
		{ 0, DISK, "A.VHD", NULL, SHVM_E_FORMAT, "VHD_FOOTER",
		  "not a VHD" },
		{ 0, DISK + FOOTER, "a.vhdx", "vhdxfile", SHVM_E_UNSUPPORTED,
		  "ambiguous-format", "both a vhdx and a vhd" },
		{ 0, DISK, "plain", "conectix", SHVM_E_FORMAT, "VHD_FOOTER",
		  "begins like a dynamic VHD" },
		{ 0, DISK + FOOTER - 1, "plain", NULL, SHVM_E_UNSUPPORTED,
		  "VHD_FOOTER", "511 bytes" },
		{ DISK, FOOTER, "plain", NULL, SHVM_E_FORMAT, "VHD_SIZE",
		  "but the file has 0 before" },
		{ DISK, 8, "plain", NULL, SHVM_E_FORMAT, "VHD_FOOTER",
		  "begins like a dynamic VHD" },
		{ 0, 0, "a.vhd", NULL, SHVM_E_FORMAT, "VHD_FOOTER",
		  "not a VHD" },
		{ DISK, 7, "a.vhd", NULL, SHVM_E_FORMAT, "VHD_FOOTER",
		  "not a VHD" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTOFREE uint8_t *bytes = vhd_make();
		struct shvm_disk *disk = NULL;
		struct shvm_err err = { 0 };
		int r;

		if (cases[i].patch)
			memcpy(bytes, cases[i].patch, 8);
		r = open_memory(bytes + cases[i].from, cases[i].len,
				cases[i].name, &disk, &err);
		if (cases[i].code == SHVM_OK) {
			assert_ok(r, err);
			assert_string_equal(shvm_disk_info(disk)->format,
					    "vhd");
		} else {
			assert_failed(r, err, cases[i].code, cases[i].says);
			assert_string_equal(err.reason, cases[i].reason);
		}
		shvm_disk_close(disk);
	}
}

static void takes_it_as_raw_when_told(void **state)
{
	const struct shvm_disk_params raw = { .raw = true };
	AUTOFREE uint8_t *bytes = vhd_make();
	AUTO(disk_ptr) disk = NULL;
	struct source *memory = NULL;
	struct shvm_err err = { 0 };
	(void)state;

	assert_ok(source_memory(bytes, DISK + FOOTER, 512, &memory, &err), err);
	assert_ok(disk_open_on(memory, "a.vhd", &raw, &disk, &err), err);
	assert_string_equal(shvm_disk_info(disk)->format, "raw");
	assert_int_equal(shvm_disk_info(disk)->virtual_size, DISK + FOOTER);
}

/* The check continues after a broken rule. */
static void checks_all_rules_in_one_go(void **state)
{
	static const char *const rules[] = { "VHD_CHECKSUM", "VHD_DATA_OFFSET",
					     "VHD_SIZE", "VHD_NO_GEOMETRY",
					     "VHD_SAVED_STATE" };
	AUTOFREE uint8_t *bytes = vhd_make();
	AUTOFREE char *path = test_own_path("many.vhd");
	struct shvm_disk_check check = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	bytes[DISK + 20] = 1;
	bytes[DISK + 53]++; /* of the size */
	bytes[DISK + 58] = 0;
	bytes[DISK + 84] = 1;
	test_file_write(path, bytes, DISK + FOOTER);
	assert_ok(shvm_disk_check(path, NULL, &check, &err), err);
	assert_true(check.complete);
	assert_int_equal(check.errors, 4);
	assert_int_equal(check.warnings, 1);
	assert_int_equal(check.file_size, DISK + FOOTER);
	assert_int_equal(check.blocks, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		bool found = false;

		for (size_t k = 0; k < check.verdict.count; k++)
			found |= strcmp(check.verdict.checks[k].id, rules[i]) ==
				 0;
		if (!found)
			fail_msg("%s was not found", rules[i]);
	}
	shvm_disk_check_done(&check);

	test_file_write(path, bytes, DISK); /* and nothing at its end */
	assert_ok(shvm_disk_check(path, NULL, &check, &err), err);
	assert_false(check.complete);
	assert_int_equal(check.errors, 1);
	assert_string_equal(check.verdict.checks[0].id, "VHD_FOOTER");
	shvm_disk_check_done(&check);
}

/* The id of the disk, its size and when it was written; no place for items. */
static void has_an_identity_and_no_items(void **state)
{
	static const struct shvm_guid any = { { 1 } };
	AUTOFREE uint8_t *bytes = vhd_make();
	AUTOFREE char *path = test_own_path("identity.vhd");
	char identity[SHVM_IDENTITY_MAX];
	AUTO_DONE(buf) item = { 0 };
	AUTO(disk_ptr) disk = NULL;
	struct shvm_err err = { 0 };
	bool found = true;
	(void)state;

	test_file_write(path, bytes, DISK + FOOTER);
	assert_ok(shvm_disk_open(path, NULL, &disk, &err), err);
	assert_ok(disk_identity(disk, identity, &err), err);
	assert_int_equal(strncmp(identity,
				 "vhd:77777777-7777-7777-7777-777777777777:"
				 "2097152:",
				 49),
			 0);
	assert_false(disk_has_items(disk));
	assert_ok(disk_user_item(disk, &any, &item, &found, &err), err);
	assert_false(found);
	assert_failed(disk_check_room(disk, &any, 1, &err), err,
		      SHVM_E_UNSUPPORTED, "a vhd disk cannot contain");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_disk_before_the_footer),
		cmocka_unit_test(reads_a_vhd_in_memory),
		cmocka_unit_test(refuses_each_bad_field),
		cmocka_unit_test(refuses_each_flipped_bit),
		cmocka_unit_test(notes_what_is_doubtful),
		cmocka_unit_test(shows_a_creator_that_is_text),
		cmocka_unit_test(knows_the_geometry_of_each_size),
		cmocka_unit_test(warns_of_more_than_hyper_v_opens),
		cmocka_unit_test(refuses_what_is_not_whole_sectors),
		cmocka_unit_test(tells_a_vhd_from_what_is_none),
		cmocka_unit_test(takes_it_as_raw_when_told),
		cmocka_unit_test(checks_all_rules_in_one_go),
		cmocka_unit_test(has_an_identity_and_no_items),
	};

	return cmocka_run_group_tests_name("vhd", tests, NULL, NULL);
}
