/* SPDX-License-Identifier: MIT */
/* The canonical bytes of a GPT, and that each byte of another one is told. */
#include "disk/gpt_encode.h"

#include "base/guid.h"
#include "base/le.h"
#include "support.h"
#include "support_gpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t sector_sizes[] = { 512, 4096 };

/* Three partitions, not in the order of their numbers, with names. */
static struct disk_image good_image(uint32_t ss)
{
	struct disk_image d = disk_image_new(ss, 1800);

	disk_image_put(&d, 3, &type_esp, 100, 299, "EFI");
	disk_image_put(&d, 1, &type_linux, 300, 1499, "root");
	disk_image_put(&d, 128, &type_msr, 1500, 1600, "");
	disk_image_seal_both(&d);
	return d;
}

/* What a disk's own table says. */
static struct gpt_values values_of(struct source *disk, struct gpt *gpt)
{
	AUTO_DONE(checks) found = { 0 };
	enum shvm_table kind;
	struct shvm_err err = { 0 };

	assert_ok(gpt_read(disk, &kind, gpt, &found, &err), err);
	assert_int_equal(kind, SHVM_TABLE_GPT);
	return gpt_values_of(disk, gpt);
}

/* The values of a good disk, in v, compared with the bytes of d. */
static size_t differences(struct disk_image *d, const struct gpt_values *v,
			  char *first, size_t size)
{
	AUTO(source_ptr) disk = NULL;
	AUTO_DONE(checks) found = { 0 };
	struct shvm_err err = { 0 };

	assert_ok(source_memory(d->data, d->len, d->ss, &disk, &err), err);
	assert_ok(gpt_check_copies(disk, v, "id", &found, &err), err);
	if (found.count > 0) {
		(void)snprintf(first, size, "%s", found.items[0].text);
		assert_string_equal(found.items[0].id, "id");
	}
	return found.count;
}

static void makes_the_bytes_that_are_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sector_sizes); i++) {
		struct disk_image d = good_image(sector_sizes[i]);
		AUTO(source_ptr) disk = NULL;
		AUTO_DONE(gpt) gpt = { 0 };
		struct gpt_values v;
		char text[256];
		struct shvm_err err = { 0 };

		assert_ok(source_memory(d.data, d.len, d.ss, &disk, &err), err);
		v = values_of(disk, &gpt);
		assert_int_equal(gpt_copy_at(&v, GPT_PRIMARY), d.ss);
		assert_int_equal(gpt_copy_at(&v, GPT_BACKUP) +
					 gpt_copy_size(&v),
				 d.len);
		assert_int_equal(differences(&d, &v, text, sizeof(text)), 0);
		disk_image_free(&d);
	}
}

/* Each byte of both copies, alone and with CRCs that are right again. */
static void tells_each_byte_that_is_another(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sector_sizes); i++) {
		struct disk_image d = good_image(sector_sizes[i]);
		AUTO(source_ptr) disk = NULL;
		AUTO_DONE(gpt) gpt = { 0 };
		struct gpt_values v;
		struct shvm_err err = { 0 };

		assert_ok(source_memory(d.data, d.len, d.ss, &disk, &err), err);
		v = values_of(disk, &gpt);
		for (enum gpt_copy c = GPT_PRIMARY; c <= GPT_BACKUP; c++) {
			const uint64_t at = gpt_copy_at(&v, c);

			for (size_t k = 0; k < gpt_copy_size(&v); k++) {
				char text[256] = "";

				d.data[at + k] ^= 0x01;
				if (differences(&d, &v, text, sizeof(text)) !=
					    1 ||
				    strncmp(text,
					    c == GPT_PRIMARY ? "primary GPT"
							     : "backup GPT",
					    10) != 0)
					fail_msg("%u, copy %d, byte %zu: %s",
						 d.ss, c, k, text);
				d.data[at + k] ^= 0x01;
			}
		}
		disk_image_free(&d);
	}
}

static void names_field_and_entry(void **state)
{
	static const struct {
		bool backup, entry;
		size_t at;
		uint8_t value;
		const char *says;
	} cases[] = {
		{ false, false, 0x0a, 9,
		  "primary GPT: revision is 0x00090000, not 0x00010000" },
		{ true, false, 0x0c, 100,
		  "backup GPT: header size is 100, not 92" },
		{ false, false, 0x14, 1,
		  "primary GPT: reserved field is 0x00000001" },
		{ false, false, 0x18, 7, "primary GPT: own LBA is 7, not 1" },
		{ true, false, 0x20, 2,
		  "backup GPT: LBA of the other copy is 2, not 1" },
		{ false, false, 0x28, 40, "first usable LBA is 40" },
		{ false, false, 0x30, 1, "last usable LBA is" },
		{ true, false, 0x38, 0, "backup GPT: disk GUID is" },
		{ false, false, 0x48, 3, "LBA of the entries is 3, not 2" },
		{ false, false, 0x50, 127,
		  "number of entries is 127, not 128" },
		{ false, false, 0x55, 1, "size of an entry is 384, not 128" },
		{ false, false, 0, 'e', "primary GPT: no header in LBA 1" },
		{ false, false, 0x5c, 1, "after the header, is not zero" },
		{ true, true, 2 * 128, 1, "backup GPT: entry 3: type is" },
		{ false, true, 2 * 128 + 16, 1,
		  "primary GPT: entry 3: GUID is" },
		{ false, true, 2 * 128 + 32, 99,
		  "entry 3: first LBA is 99, not 100" },
		{ false, true, 2 * 128 + 40, 1, "entry 3: last LBA is" },
		{ false, true, 2 * 128 + 48, 1,
		  "entry 3: attributes is 0x0000000000000001, not" },
		{ true, true, 2 * 128 + 56, 'e',
		  "entry 3: name is \"eFI\", not \"EFI\"" },
		{ true, true, 2 * 128 + 57, 0xd8, "entry 3: name is" },
		{ false, true, 2 * 128 + 127, 1,
		  "entry 3: name is not UTF-16 without" },
		{ false, true, 5 * 128 + 16, 1, "entry 6: GUID is" },
		{ false, true, 5 * 128 + 127, 1,
		  "entry 6: name is not UTF-16 without" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk_image d = good_image(512);
		AUTO(source_ptr) disk = NULL;
		AUTO_DONE(gpt) gpt = { 0 };
		struct gpt_values v;
		char text[256] = "";
		struct shvm_err err = { 0 };
		uint8_t *p;

		assert_ok(source_memory(d.data, d.len, d.ss, &disk, &err), err);
		v = values_of(disk, &gpt);
		p = cases[i].entry ? disk_image_table(&d, cases[i].backup)
				   : disk_image_header(&d, cases[i].backup);
		p[cases[i].at] = cases[i].value;
		if (differences(&d, &v, text, sizeof(text)) != 1 ||
		    !strstr(text, cases[i].says))
			fail_msg("case %zu: \"%s\"", i, text);
		disk_image_free(&d);
	}
}

/* The last sector of an array may not be full; all after it is zeros. */
static void takes_arrays_of_any_count(void **state)
{
	static const uint32_t counts[] = { 1, 2, 4, 5, 33, 128, 129, 1024 };
	struct gpt_entry e = { .number = 1,
			       .guid = { { 1 } },
			       .type_guid = { { 2 } },
			       .first_lba = 1000,
			       .last_lba = 1000 };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(counts); i++) {
		const uint32_t ss = sector_sizes[i % 2];
		struct gpt_values v = {
			.sector_size = ss,
			.sectors = 3000,
			.first_usable_lba = 300,
			.last_usable_lba = 2600,
			.entry_count = counts[i / 2],
			.entries = &e,
			.count = 1,
		};
		AUTOFREE uint8_t *copy = NULL;
		const char *what = "";
		struct shvm_err err = { 0 };
		size_t end;

		assert_true(gpt_values_fit(&v, &what));
		copy = malloc(gpt_copy_size(&v));
		assert_non_null(copy);
		memset(copy, 0xff, gpt_copy_size(&v));
		assert_ok(gpt_encode(&v, GPT_PRIMARY, copy, &err), err);
		end = ss + (size_t)v.entry_count * 128;
		assert_true(end <= gpt_copy_size(&v));
		assert_true(gpt_copy_size(&v) - end < ss);
		assert_int_equal(copy[ss], 2);
		for (size_t k = ss + 128; k < gpt_copy_size(&v); k++)
			assert_int_equal(copy[k], 0);
	}
}

static void says_which_value_leaves_no_room(void **state)
{
	static const struct {
		uint64_t first, last;
		uint32_t count;
		const char *what;
	} cases[] = {
		{ 34, 1766, 128, NULL },
		{ 33, 1766, 128, "first usable LBA" },
		{ 34, 1767, 128, "last usable LBA" },
		{ 34, 1766, 129, "first usable LBA" },
		{ 100, 99, 128, "first usable LBA" },
		{ 34, 1766, 0, "number of entries" },
		{ 34, 1766, 1025, "number of entries" },
		{ 34, UINT64_MAX, 128, "last usable LBA" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct gpt_values v = { .sector_size = 512,
					      .sectors = 1800,
					      .first_usable_lba =
						      cases[i].first,
					      .last_usable_lba = cases[i].last,
					      .entry_count = cases[i].count };
		const char *what = NULL;

		assert_int_equal(gpt_values_fit(&v, &what), !cases[i].what);
		if (cases[i].what)
			assert_string_equal(what, cases[i].what);
	}
}

static void does_not_encode_a_name_that_does_not_fit(void **state)
{
	static const char *const names[] = {
		"0123456789012345678901234567890123456", "a\xff",
		"𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞"
	};
	uint8_t copy[512 * 33];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct gpt_entry e = { .number = 2 };
		const struct gpt_values v = { .sector_size = 512,
					      .sectors = 1800,
					      .first_usable_lba = 34,
					      .last_usable_lba = 1766,
					      .entry_count = 128,
					      .entries = &e,
					      .count = 1 };
		struct shvm_err err = { 0 };

		(void)snprintf(e.name, sizeof(e.name), "%s", names[i]);
		assert_failed(gpt_encode(&v, GPT_BACKUP, copy, &err), err,
			      SHVM_E_ARG, "partition 2: its name");
	}
}

/* The size field of a plain protective MBR, and no other byte. */
static void gives_lba_0_one_form(void **state)
{
	static const struct {
		uint64_t sectors;
		uint32_t size, canonical;
	} cases[] = {
		{ 1800, 1799, 1799 },
		{ 1800, UINT32_MAX, 1799 },
		{ 1800, 1798, 1798 },
		{ 1800, 1800, 1800 },
		{ UINT64_C(1) << 32, UINT32_MAX, UINT32_MAX },
		{ (UINT64_C(1) << 32) + 1, UINT32_MAX, UINT32_MAX },
		{ (UINT64_C(1) << 32) - 1, UINT32_MAX, UINT32_MAX - 1 },
	};
	struct disk_image d = good_image(512);
	uint8_t sector[512], before[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		memcpy(sector, d.data, sizeof(sector));
		le32_put(sector + 0x1be + 12, cases[i].size);
		memcpy(before, sector, sizeof(sector));
		assert_true(gpt_lba0_canonical(sector, cases[i].sectors));
		le32_put(before + 0x1be + 12, cases[i].canonical);
		assert_memory_equal(sector, before, sizeof(sector));
	}
	/* Anything else is no plain one, and stays as it is. */
	for (size_t at = 0x1be; at < 512; at++) {
		memcpy(sector, d.data, sizeof(sector));
		le32_put(sector + 0x1be + 12, UINT32_MAX);
		sector[at] ^= 0x10;
		memcpy(before, sector, sizeof(sector));
		if (at == 0x1be + 4 || (at >= 0x1be + 8 && at < 0x1be + 12) ||
		    at >= 0x1ce) {
			assert_false(gpt_lba0_canonical(sector, 1800));
			assert_memory_equal(sector, before, sizeof(sector));
		}
	}
	memcpy(sector, d.data, sizeof(sector));
	memcpy(sector + 0x1ce, sector + 0x1be, 16);
	assert_false(gpt_lba0_canonical(sector, 1800));
	disk_image_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_the_bytes_that_are_there),
		cmocka_unit_test(tells_each_byte_that_is_another),
		cmocka_unit_test(names_field_and_entry),
		cmocka_unit_test(takes_arrays_of_any_count),
		cmocka_unit_test(says_which_value_leaves_no_room),
		cmocka_unit_test(does_not_encode_a_name_that_does_not_fit),
		cmocka_unit_test(gives_lba_0_one_form),
	};

	return cmocka_run_group_tests_name("gpt_encode", tests, NULL, NULL);
}
