/* SPDX-License-Identifier: MIT */
#include "disk/gpt.h"

#include "base/le.h"
#include "tests/unit/support_gpt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECTORS 2048u

/* What gpt_read() makes of an image. */
struct answer {
	int code;
	struct shvm_err err;
	enum shvm_table kind;
	struct gpt gpt;
	struct checks checks;
};

static void answer_done(struct answer *a)
{
	gpt_done(&a->gpt);
	checks_done(&a->checks);
}

static struct answer read_image(const struct disk_image *d)
{
	struct answer a = { 0 };
	AUTO(source_ptr) s = NULL;

	assert_int_equal(source_memory(d->data, d->len, d->ss, &s, NULL), 0);
	a.code = gpt_read(s, &a.kind, &a.gpt, &a.checks, &a.err);
	assert_int_equal(a.code, a.err.code);
	return a;
}

/* A disk with three partitions in entries 1, 2 and 5. */
static struct disk_image good_image(uint32_t ss)
{
	struct disk_image d = disk_image_new(ss, SECTORS);

	disk_image_put(&d, 1, &type_esp, 64, 127, "EFI system partition");
	disk_image_put(&d, 2, &type_msr, 128, 191, "MSR");
	disk_image_put(&d, 5, &type_basic, 192, SECTORS - 64, "Basic data");
	return d;
}

static bool finding_says(const struct checks *f, const char *rule,
			 const char *words)
{
	for (size_t i = 0; i < f->count; i++) {
		if (strcmp(f->items[i].id, rule) == 0 &&
		    strstr(f->items[i].text, words))
			return true;
	}
	return false;
}

static void reads_both_sector_sizes_with_holes_in_the_table(void **state)
{
	static const uint32_t sizes[] = { 512, 4096 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const uint32_t ss = sizes[i];
		struct disk_image d = good_image(ss);
		struct answer a = read_image(&d);

		assert_int_equal(a.code, 0);
		assert_int_equal(a.kind, SHVM_TABLE_GPT);
		assert_int_equal(a.checks.count, 0);
		assert_int_equal(a.gpt.count, 3);
		assert_int_equal(a.gpt.entries[2].number, 5);
		assert_int_equal(a.gpt.entries[2].offset, 192ull * ss);
		assert_int_equal(a.gpt.entries[2].size,
				 (SECTORS - 64 - 192 + 1ull) * ss);
		assert_string_equal(a.gpt.entries[0].name,
				    "EFI system partition");
		assert_memory_equal(&a.gpt.entries[1].type_guid, &type_msr, 16);
		assert_int_equal(a.gpt.header.disk_guid.bytes[7], 0xdd);
		answer_done(&a);
		disk_image_free(&d);
	}
}

/* The header's own checks, each with a value that only it refuses. */
static void rejects_each_bad_header_field(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		bool seal; /* make the CRC right again after the damage */
		int code;
		const char *says; /* words the message must hold */
	} cases[] = {
		{ 0x00, 0, true, SHVM_E_FORMAT, "no header" },
		{ 0x04, 0x54524151, true, SHVM_E_FORMAT, "no header" },
		{ 0x08, 0x00020000, true, SHVM_E_UNSUPPORTED, "revision" },
		{ 0x0c, 91, true, SHVM_E_FORMAT, "header size is 91" },
		{ 0x0c, 513, true, SHVM_E_FORMAT, "header size is 513" },
		{ 0x0c, 0xffffffff, true, SHVM_E_FORMAT, "header size" },
		{ 0x14, 1, true, SHVM_E_FORMAT, "reserved" },
		{ 0x18, 7, true, SHVM_E_FORMAT, "misplaced" },
		{ 0x1c, 7, true, SHVM_E_FORMAT, "misplaced" },
		{ 0x20, 1, true, SHVM_E_FORMAT, "other copy" },
		{ 0x20, 0, true, SHVM_E_FORMAT, "other copy" },
		{ 0x20, SECTORS, true, SHVM_E_FORMAT, "other copy" },
		{ 0x28, 35, false, SHVM_E_FORMAT, "CRC" },
		{ 0x28, 1, true, SHVM_E_FORMAT, "usable range" },
		{ 0x28, SECTORS - 1, true, SHVM_E_FORMAT, "usable range" },
		{ 0x30, SECTORS, true, SHVM_E_FORMAT, "usable range" },
		{ 0x34, 1, true, SHVM_E_FORMAT, "usable range" },
		{ 0x48, 0, true, SHVM_E_FORMAT, "beyond the end of the disk" },
		{ 0x48, 1, true, SHVM_E_FORMAT, "beyond the end of the disk" },
		{ 0x48, SECTORS - 1, true, SHVM_E_FORMAT,
		  "beyond the end of "
		  "the disk" },
		{ 0x48, SECTORS, true, SHVM_E_FORMAT,
		  "beyond the end of the "
		  "disk" },
		{ 0x4c, 0xffffffff, true, SHVM_E_FORMAT,
		  "beyond the end of "
		  "the disk" },
		{ 0x48, 3, true, SHVM_E_FORMAT, "overlaps the header" },
		{ 0x48, 500, true, SHVM_E_FORMAT, "overlaps the header" },
		{ 0x50, 0, true, SHVM_E_FORMAT, "no entries" },
		{ 0x50, 1025, true, SHVM_E_UNSUPPORTED, "too large" },
		{ 0x50, 0xffffffff, true, SHVM_E_UNSUPPORTED, "too large" },
		{ 0x50, 136, true, SHVM_E_FORMAT, "overlaps the header" },
		{ 0x54, 8192, true, SHVM_E_UNSUPPORTED, "too large" },
		{ 0x54, 0, true, SHVM_E_FORMAT, "entry size" },
		{ 0x54, 64, true, SHVM_E_FORMAT, "entry size" },
		{ 0x54, 192, true, SHVM_E_FORMAT, "entry size" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk_image d = good_image(512);
		struct gpt_header h, untouched;
		struct shvm_err err = { 0 };
		uint8_t *s = disk_image_header(&d, false);
		uint8_t copy[512];
		int r;

		memset(&h, 0xa5, sizeof(h));
		untouched = h;
		memcpy(copy, s, sizeof(copy));
		le32_put(copy + cases[i].at, cases[i].value);
		if (cases[i].seal) {
			memcpy(s, copy, sizeof(copy));
			disk_image_seal_header(&d, false);
			memcpy(copy, s, sizeof(copy));
		}
		r = gpt_header_decode(copy, sizeof(copy), 1, SECTORS, &h, &err);
		if (r != cases[i].code || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_int_equal(err.code, r);
		assert_memory_equal(&h, &untouched, sizeof(h));
		disk_image_free(&d);
	}
}

static void rejects_a_table_over_the_backup_header(void **state)
{
	struct disk_image d = good_image(512);
	uint8_t *s = disk_image_header(&d, true);
	struct shvm_err err = { 0 };
	struct gpt_header h;

	(void)state;
	le64_put(s + 0x48, SECTORS - 32); /* its last sector is the header */
	disk_image_seal_header(&d, true);
	assert_int_equal(gpt_header_decode(s, 512, SECTORS - 1, SECTORS, &h,
					   &err),
			 SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "overlaps the header"));
	disk_image_free(&d);
}

static void accepts_a_header_longer_than_92_bytes(void **state)
{
	struct disk_image d = good_image(512);
	struct gpt_header h;

	(void)state;
	le32_put(disk_image_header(&d, false) + 0x0c, 512);
	disk_image_seal_header(&d, false);
	assert_int_equal(gpt_header_decode(disk_image_header(&d, false), 512, 1,
					   SECTORS, &h, NULL),
			 0);
	disk_image_free(&d);
}

static void rejects_each_bad_entry(void **state)
{
	static const struct {
		uint32_t number;
		size_t at; /* in entry 2, or 5 */
		uint64_t value;
		const char *reason, *says;
	} cases[] = {
		{ 2, 0x20, 192, "gpt-entry", "ends at LBA 191 before" },
		{ 2, 0x20, 33, "gpt-entry", "is not within the usable range" },
		{ 5, 0x28, SECTORS - 33, "gpt-entry",
		  "is not within the "
		  "usable" },
		{ 5, 0x28, UINT64_MAX, "gpt-entry",
		  "is not within the usable" },
		{ 2, 0x28, 192, "gpt-overlap", "partitions 2 and 5 overlap" },
		{ 2, 0x20, 127, "gpt-overlap", "partitions 1 and 2 overlap" },
		{ 5, 0x20, 64, "gpt-overlap", "overlap" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk_image d = good_image(512);
		struct answer a;

		for (int backup = 0; backup < 2; backup++)
			le64_put(disk_image_table(&d, backup) +
					 (cases[i].number - 1) * 128ul +
					 cases[i].at,
				 cases[i].value);
		disk_image_seal_both(&d);
		a = read_image(&d);
		if (a.code != SHVM_E_FORMAT || !a.err.reason ||
		    strcmp(a.err.reason, cases[i].reason) != 0 ||
		    !strstr(a.err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, a.code, a.err.msg);
		answer_done(&a);
		disk_image_free(&d);
	}
}

static void rejects_missing_and_repeated_guids(void **state)
{
	static const struct {
		int fill; /* of entry 2's GUID; entry 1 has ones */
		const char *says;
	} cases[] = { { 0, "has no unique GUID" },
		      { 1, "have the same GUID" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk_image d = good_image(512);
		struct answer a;

		for (int backup = 0; backup < 2; backup++)
			memset(disk_image_table(&d, backup) + 128 + 0x10,
			       cases[i].fill, 16);
		disk_image_seal_both(&d);
		a = read_image(&d);
		assert_int_equal(a.code, SHVM_E_FORMAT);
		assert_non_null(strstr(a.err.msg, cases[i].says));
		answer_done(&a);
		disk_image_free(&d);
	}
}

static void damage(struct disk_image *d, bool backup, bool table)
{
	if (table)
		disk_image_table(d, backup)[0x38] ^= 1;
	else
		disk_image_header(d, backup)[0x38] ^= 1;
}

static void uses_a_table_with_one_damaged_copy(void **state)
{
	static const struct {
		bool backup, table;
		const char *rule, *says;
		enum shvm_level level;
	} cases[] = {
		{ false, false, "gpt-primary-damaged", "CRC",
		  SHVM_LEVEL_ERROR },
		{ false, true, "gpt-primary-damaged", "table at LBA 2: CRC",
		  SHVM_LEVEL_ERROR },
		{ true, false, "gpt-backup-damaged", "CRC",
		  SHVM_LEVEL_WARNING },
		{ true, true, "gpt-backup-damaged", "table at LBA 2015: CRC",
		  SHVM_LEVEL_WARNING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk_image d = good_image(512);
		struct answer a;

		damage(&d, cases[i].backup, cases[i].table);
		a = read_image(&d);
		assert_int_equal(a.code, 0);
		assert_int_equal(a.kind, SHVM_TABLE_GPT);
		assert_int_equal(a.gpt.count, 3);
		if (!finding_says(&a.checks, cases[i].rule, cases[i].says))
			fail_msg("case %zu: \"%s\"", i,
				 a.checks.count ? a.checks.items[0].text
						: "nothing");
		assert_int_equal(checks_worst(&a.checks), cases[i].level);
		answer_done(&a);
		disk_image_free(&d);
	}
}

static void refuses_a_disk_with_both_copies_damaged(void **state)
{
	struct disk_image d = good_image(512);
	struct answer a;

	(void)state;
	damage(&d, false, true);
	damage(&d, true, false);
	a = read_image(&d);
	assert_int_equal(a.code, SHVM_E_FORMAT);
	assert_string_equal(a.err.reason, "gpt-damaged");
	assert_non_null(strstr(a.err.msg, "table at LBA 2"));
	assert_non_null(strstr(a.err.msg, "header at LBA 2047"));
	answer_done(&a);
	disk_image_free(&d);
}

/* The primary header is good for a longer disk, but its table is not there. */
static void refuses_a_disk_cut_within_its_table(void **state)
{
	static const uint64_t sectors[] = { 2, 3, 33 }; /* it ends at 34 */

	(void)state;
	for (size_t i = 0; i < sizeof(sectors) / sizeof(*sectors); i++) {
		struct disk_image d = good_image(512);
		struct answer a;

		d.len = sectors[i] * 512;
		a = read_image(&d);
		assert_int_equal(a.code, SHVM_E_FORMAT);
		assert_string_equal(a.err.reason, "gpt-damaged");
		assert_non_null(strstr(a.err.msg, "table at LBA 2 is beyond"));
		answer_done(&a);
		disk_image_free(&d);
	}
}

/* A protective MBR promises a GPT; a wiped one is a wreck, not "no table". */
static void refuses_a_protective_mbr_without_a_gpt(void **state)
{
	struct disk_image d = good_image(512);
	struct answer a;

	(void)state;
	memset(d.data + 512, 0, d.len - 512);
	a = read_image(&d);
	assert_int_equal(a.code, SHVM_E_FORMAT);
	assert_string_equal(a.err.reason, "gpt-damaged");
	answer_done(&a);
	disk_image_free(&d);
}

static void refuses_valid_copies_that_differ(void **state)
{
	static const struct {
		bool table;
		size_t at;
		uint8_t flip;
	} cases[] = {
		{ true, 0x38, 1 },	     /* a name */
		{ true, 4 * 128 + 0x28, 1 }, /* an end */
		{ false, 0x38, 1 },	     /* disk GUID */
		{ false, 0x28, 4 },	     /* first usable LBA: 34 to 38 */
		{ false, 0x30, 3 },	     /* last usable LBA */
		{ false, 0x50, 0xc0 },	     /* entry count: 128 to 64 */
		{ false, 0x20, 6 },	     /* other copy: 1 to 7 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk_image d = good_image(512);
		uint8_t *h = disk_image_header(&d, true);
		struct answer a;

		if (cases[i].table)
			disk_image_table(&d, true)[cases[i].at] ^=
				cases[i].flip;
		else
			h[cases[i].at] ^= cases[i].flip;
		disk_image_seal(&d, true);
		a = read_image(&d);
		if (a.code != SHVM_E_FORMAT || !a.err.reason ||
		    strcmp(a.err.reason, "gpt-copies-differ") != 0)
			fail_msg("case %zu: %d \"%s\"", i, a.code, a.err.msg);
		answer_done(&a);
		disk_image_free(&d);
	}
}

/* A grown disk: the image continues after the backup. */
static struct disk_image grown_image(void)
{
	struct disk_image d = good_image(512);
	const size_t len = d.len + 64 * 512;

	d.data = realloc(d.data, len);
	assert_non_null(d.data);
	memset(d.data + d.len, 0, len - d.len);
	d.len = len;
	return d;
}

static void reports_a_backup_that_is_not_at_the_end(void **state)
{
	struct disk_image d = grown_image();
	struct answer a = read_image(&d);

	(void)state;
	assert_int_equal(a.code, 0);
	assert_int_equal(a.gpt.count, 3);
	assert_true(finding_says(&a.checks, "gpt-backup-place", "2047"));
	answer_done(&a);
	disk_image_free(&d);
}

/* Who looks only at the end must not see another disk. */
static void refuses_another_gpt_at_the_end_of_a_grown_disk(void **state)
{
	struct disk_image d = grown_image(), other = good_image(512);
	struct disk_image end = d;
	struct answer a;
	uint8_t *h;

	(void)state;
	end.sectors = d.len / 512;
	h = disk_image_header(&end, true);
	memcpy(h, disk_image_header(&other, true), 512);
	le64_put(h + 0x18, end.sectors - 1);
	le64_put(h + 0x48, end.sectors - 33);
	le64_put(h + 0x30, end.sectors - 40);
	disk_image_seal(&end, true);
	a = read_image(&d);
	assert_int_equal(a.code, SHVM_E_FORMAT);
	assert_string_equal(a.err.reason, "gpt-copies-differ");
	answer_done(&a);
	disk_image_free(&other);
	disk_image_free(&d);
}

static void refuses_a_backup_that_knows_another_primary(void **state)
{
	struct disk_image d = good_image(512);
	struct answer a;

	(void)state;
	damage(&d, false, false);
	le64_put(disk_image_header(&d, true) + 0x20, 9);
	disk_image_seal(&d, true);
	a = read_image(&d);
	assert_int_equal(a.code, SHVM_E_FORMAT);
	assert_non_null(strstr(a.err.msg, "refers to LBA 9"));
	answer_done(&a);
	disk_image_free(&d);
}

static void checks_the_protective_mbr(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *rule, *says;
	} cases[] = {
		{ 0x1fe, 0, "gpt-no-protective-mbr", "no protective MBR" },
		{ 0x1be + 4, 0, "gpt-no-protective-mbr", "no protective" },
		{ 0x1be + 8, 2, "gpt-no-protective-mbr", "starts at LBA 2" },
		{ 0x1be + 12, 1, "gpt-protective-size", "covers 1793" },
		{ 0x1ce + 4, 0xee, "gpt-hybrid-mbr", "2 protective" },
		{ 0x1ce + 4, 0x07, "gpt-hybrid-mbr", "1 other" },
		{ 0x1ee, 0x01, "gpt-hybrid-mbr", "bytes in 1 records" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk_image d = good_image(512);
		struct answer a;

		if (cases[i].at == 0x1ce + 4) { /* only used with a type */
			le32_put(d.data + 0x1ce + 8, 64);
			le32_put(d.data + 0x1ce + 12, 64);
		}
		d.data[cases[i].at] = cases[i].value;
		a = read_image(&d);
		assert_int_equal(a.code, 0);
		assert_int_equal(a.kind, SHVM_TABLE_GPT);
		if (!finding_says(&a.checks, cases[i].rule, cases[i].says))
			fail_msg("case %zu: \"%s\"", i,
				 a.checks.count ? a.checks.items[0].text
						: "nothing");
		answer_done(&a);
		disk_image_free(&d);
	}
}

static void mbr_partition(struct disk_image *d)
{
	d->data[0x1be] = 0x80;
	d->data[0x1be + 4] = 0x07;
	le32_put(d->data + 0x1be + 8, 64);
	le32_put(d->data + 0x1be + 12, 1024);
}

static void tells_mbr_disks_from_empty_ones(void **state)
{
	struct disk_image d = good_image(512);
	struct answer a;

	(void)state;
	mbr_partition(&d);
	a = read_image(&d);
	assert_int_equal(a.code, 0);
	assert_int_equal(a.kind, SHVM_TABLE_MBR);
	assert_true(finding_says(&a.checks, "gpt-hidden", "hides a GPT"));
	answer_done(&a);

	memset(d.data + 512, 0, d.len - 512);
	a = read_image(&d);
	assert_int_equal(a.code, 0);
	assert_int_equal(a.kind, SHVM_TABLE_MBR);
	assert_int_equal(a.checks.count, 0);

	/* A boot sector's code is no partition: flag, start and size differ. */
	d.data[0x1be] = 0x33;
	a = read_image(&d);
	assert_int_equal(a.kind, SHVM_TABLE_NONE);
	d.data[0x1be] = 0x80;
	le32_put(d.data + 0x1be + 8, SECTORS);
	a = read_image(&d);
	assert_int_equal(a.kind, SHVM_TABLE_NONE);

	memset(d.data, 0, 512);
	a = read_image(&d);
	assert_int_equal(a.code, 0);
	assert_int_equal(a.kind, SHVM_TABLE_NONE);

	d.len = 511;
	a = read_image(&d);
	assert_int_equal(a.code, 0);
	assert_int_equal(a.kind, SHVM_TABLE_NONE);
	disk_image_free(&d);
}

static void refuses_other_sector_sizes(void **state)
{
	struct disk_image d = good_image(512);
	struct answer a;

	(void)state;
	d.ss = 1024;
	a = read_image(&d);
	assert_int_equal(a.code, SHVM_E_UNSUPPORTED);
	assert_non_null(strstr(a.err.msg, "1024"));
	answer_done(&a);
	disk_image_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			reads_both_sector_sizes_with_holes_in_the_table),
		cmocka_unit_test(rejects_each_bad_header_field),
		cmocka_unit_test(rejects_a_table_over_the_backup_header),
		cmocka_unit_test(accepts_a_header_longer_than_92_bytes),
		cmocka_unit_test(rejects_each_bad_entry),
		cmocka_unit_test(rejects_missing_and_repeated_guids),
		cmocka_unit_test(uses_a_table_with_one_damaged_copy),
		cmocka_unit_test(refuses_a_disk_with_both_copies_damaged),
		cmocka_unit_test(refuses_a_disk_cut_within_its_table),
		cmocka_unit_test(refuses_a_protective_mbr_without_a_gpt),
		cmocka_unit_test(refuses_valid_copies_that_differ),
		cmocka_unit_test(reports_a_backup_that_is_not_at_the_end),
		cmocka_unit_test(
			refuses_another_gpt_at_the_end_of_a_grown_disk),
		cmocka_unit_test(refuses_a_backup_that_knows_another_primary),
		cmocka_unit_test(checks_the_protective_mbr),
		cmocka_unit_test(tells_mbr_disks_from_empty_ones),
		cmocka_unit_test(refuses_other_sector_sizes),
	};

	return cmocka_run_group_tests_name("gpt", tests, NULL, NULL);
}
