/* SPDX-License-Identifier: MIT */
#include "base/guid.h"
#include "disk/partition.h"
#include "signer/volumes.h"

#include "tests/unit/support_gpt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NTFS SHVM_CONTENT_NTFS
#define FAT SHVM_CONTENT_FAT
#define EMPTY SHVM_CONTENT_BLANK
#define REFS SHVM_CONTENT_REFS
#define BITLOCKER SHVM_CONTENT_BITLOCKER
#define LUKS1 SHVM_CONTENT_LUKS1
#define LUKS2 SHVM_CONTENT_LUKS2
#define EXT SHVM_CONTENT_EXT

enum {
	PARTS_MAX = 5
};

static const struct shvm_guid type_root =
	GUID_INIT(0x4f68bce3, 0xe8cd, 0x4db1, 0x96, 0xe7, 0xfb, 0xca, 0xf9,
		  0x84, 0xb7, 0x09);
static const struct shvm_guid type_xboot =
	GUID_INIT(0xbc13c2ff, 0x59e6, 0x4262, 0xa3, 0x52, 0xb2, 0x75, 0xfd,
		  0x6f, 0x71, 0x72);

/* One letter a partition: what a row of a table says a disk holds. */
struct layout {
	struct shvm_partition parts[PARTS_MAX];
	size_t count;
};

static struct layout layout_from(const char *letters)
{
	static const struct {
		char letter;
		const struct shvm_guid *type;
		enum shvm_content content;
	} kinds[] = {
		{ 'E', &type_esp, FAT },      { 'e', &type_esp, EMPTY },
		{ 'M', &type_msr, EMPTY },    { 'N', &type_basic, NTFS },
		{ 'R', &type_basic, REFS },   { 'B', &type_basic, BITLOCKER },
		{ 'F', &type_basic, FAT },    { 'D', &type_ldm_data, EMPTY },
		{ 'S', &type_spaces, EMPTY }, { '1', &type_linux, LUKS1 },
		{ '2', &type_linux, LUKS2 },  { 'x', &type_linux, EXT },
		{ 'n', &type_linux, NTFS },   { 'r', &type_root, EMPTY },
		{ 'b', &type_xboot, EXT },
	};
	struct layout l = { .count = strlen(letters) };

	for (size_t i = 0; i < l.count; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			if (kinds[k].letter != letters[i])
				continue;
			l.parts[i] = (struct shvm_partition){
				.number = (uint32_t)i + 1,
				.guid = { { (uint8_t)(i + 1) } },
				.type_guid = *kinds[k].type,
				.offset = (i + 1) << 20,
				.size = 1 << 20,
				.content = kinds[k].content,
			};
		}
	}
	return l;
}

static struct volumes_input input_from(const struct layout *l)
{
	return (struct volumes_input){
		.table = SHVM_TABLE_GPT,
		.partitions = l->parts,
		.count = l->count,
	};
}

/* ctx: a string of partition numbers that hold Windows; '?': cannot tell. */
static int has_windows(void *ctx, const struct shvm_partition *p, bool *ret,
		       struct shvm_err *err)
{
	const char *yes = ctx, *unread = strchr(yes, '?');

	/* Of those after the mark, or of all if none is. */
	if (unread && (!unread[1] || strchr(unread, (int)('0' + p->number))))
		return err_set(err, SHVM_E_FORMAT, "ntfs: no MFT");
	*ret = strchr(yes, (int)('0' + p->number)) != NULL;
	return SHVM_OK;
}

static void finds_the_windows_volume_or_says_why_not(void **state)
{
	static const struct {
		const char *layout;
		uint32_t partition; /* by the user's word */
		const char *windows;
		uint32_t found; /* 0: refused */
		const char *reason, *says;
	} cases[] = {
		{ "EMN", 0, "?", 3, NULL, NULL }, /* the helper is not asked */
		{ "N", 0, "?", 1, NULL, NULL },
		{ "EMNN", 0, "4", 4, NULL, NULL },
		{ "EMNN", 0, "3", 3, NULL, NULL },
		{ "EMnN", 0, "?", 4, NULL, NULL }, /* type decides first */
		{ "EMNN", 0, "34", 0, "several-os-volumes", "3 and 4 contain" },
		{ "ENNNN", 0, "345", 0, "several-os-volumes", "3 and 4 and 5" },
		{ "EMNN", 0, "", 0, "no-os-volume", "Windows\\System32" },
		{ "EMNN", 0, "?", 0, "several-os-volumes", "no MFT" },
		{ "EMNN", 3, "4", 3, NULL, NULL },
		{ "EMnN", 3, "", 3, NULL, NULL },
		{ "EMN", 4, "", 0, "no-such-partition", "no partition 4" },
		{ "EMN", 1, "", 0, "not-ntfs", "contains fat" },
		{ "EMB", 3, "", 0, "bitlocker", "partition 3" },
		{ "EM", 0, "", 0, "no-os-volume", "none of 2" },
		{ "", 0, "", 0, "no-os-volume", "none of 0" },
		{ "EMB", 0, "", 0, "bitlocker", "partition 3" },
		{ "EMR", 0, "", 0, "refs", "partition 3 contains ReFS" },
		{ "EMD", 0, "", 0, "ldm", "partition 3" },
		/* A lone NTFS beside a locked volume may be but the data. */
		{ "EMBN", 0, "4", 4, NULL, NULL },
		{ "EMBN", 0, "", 0, "bitlocker", "partition 3" },
		{ "EMRN", 0, "", 0, "no-os-volume", "System32" },
		{ "EMRN", 0, "4", 4, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct layout l = layout_from(cases[i].layout);
		struct volumes_input in = input_from(&l);
		struct shvm_volume v[2];
		struct shvm_err err = { 0 };
		size_t n = 0;
		char windows[8];
		int r;

		strcpy(windows, cases[i].windows);
		in.partition = cases[i].partition;
		in.has_windows = has_windows;
		in.ctx = windows;
		r = volumes_find(&in, SHVM_DISK_WINDOWS, v, &n, &err);
		if (cases[i].found) {
			if (r != 0 || n != 1 ||
			    v[0].partition != cases[i].found ||
			    v[0].role != SHVM_ROLE_OS)
				fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
			continue;
		}
		if (r == 0 || !err.reason ||
		    strcmp(err.reason, cases[i].reason) != 0 ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d %s \"%s\"", i, r,
				 err.reason ? err.reason : "-", err.msg);
	}
}

static void asks_nobody_when_nobody_can_be_asked(void **state)
{
	struct layout l = layout_from("EMNN");
	struct volumes_input in = input_from(&l);
	struct shvm_volume v[2];
	struct shvm_err err = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(volumes_find(&in, SHVM_DISK_WINDOWS, v, &n, &err),
			 SHVM_E_FORMAT);
	assert_string_equal(err.reason, "several-os-volumes");
}

static void refuses_other_tables_by_name(void **state)
{
	static const struct {
		enum shvm_table table;
		const char *reason;
	} cases[] = { { SHVM_TABLE_MBR, "mbr" },
		      { SHVM_TABLE_NONE, "no-table" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct volumes_input in = { .table = cases[i].table };
		struct checks f = { 0 };
		struct shvm_volume v[2];
		struct shvm_err err = { 0 };
		size_t n;

		assert_true(volumes_find(&in, SHVM_DISK_WINDOWS, v, &n, &err) <
			    0);
		assert_string_equal(err.reason, cases[i].reason);
		assert_int_equal(volumes_check(&in, SHVM_DISK_WINDOWS, &f,
					       NULL),
				 0);
		assert_int_equal(f.count, 1);
		assert_string_equal(f.items[0].id, cases[i].reason);
		assert_int_equal(f.items[0].level, SHVM_LEVEL_ERROR);
		checks_done(&f);
	}
}

static void finds_boot_and_root_of_linux(void **state)
{
	static const struct {
		const char *layout;
		uint32_t boot, root; /* 0: refused */
	} cases[] = {
		{ "E11", 2, 3 },  { "E1x1", 2, 4 }, { "Ex1", 2, 3 },
		{ "E21", 2, 3 },  { "E1", 0, 0 },   { "E111", 0, 0 },
		{ "Exxx", 0, 0 }, { "EMN", 0, 0 },  { "", 0, 0 },
		{ "Exx", 2, 3 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct layout l = layout_from(cases[i].layout);
		struct volumes_input in = input_from(&l);
		struct shvm_volume v[2];
		struct shvm_err err = { 0 };
		size_t n = 0;
		int r;

		r = volumes_find(&in, SHVM_DISK_PREPROCESSED_LINUX, v, &n,
				 &err);
		if (cases[i].boot == 0) {
			if (r != SHVM_E_FORMAT ||
			    strcmp(err.reason, "no-boot-volume") != 0)
				fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
			continue;
		}
		if (r != 0 || n != 2 || v[0].partition != cases[i].boot ||
		    v[1].partition != cases[i].root ||
		    v[0].role != SHVM_ROLE_BOOT || v[1].role != SHVM_ROLE_ROOT)
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
	}
}

/* A plain Linux: by type, as the only one, by what is on it, by its number. */
static void finds_the_root_of_a_plain_linux(void **state)
{
	static const struct {
		const char *layout, *yes;   /* numbers; NULL: not asked */
		uint32_t named, boot, root; /* root 0: refused */
		const char *reason, *says;
	} cases[] = {
		{ "Ex", NULL, 0, 0, 2, NULL, NULL },
		{ "xE", NULL, 0, 0, 1, NULL, NULL },
		{ "E2", NULL, 0, 0, 2, NULL, NULL },
		{ "Er", NULL, 0, 0, 2, NULL, NULL },
		{ "Exrx", NULL, 0, 0, 3, NULL, NULL },
		{ "Exb", NULL, 0, 3, 2, NULL, NULL },
		{ "Ebr", NULL, 0, 2, 3, NULL, NULL },
		{ "Ebbx", NULL, 0, 0, 4, NULL, NULL },
		{ "EbFx", NULL, 4, 2, 4, NULL, NULL },
		{ "Eb", NULL, 2, 0, 2, NULL, NULL },
		{ "Exx", "3", 0, 0, 3, NULL, NULL },
		{ "Exxb", "2", 0, 4, 2, NULL, NULL },
		{ "Err", NULL, 0, 0, 0, "no-root-volume",
		  "none of 3 partitions has" },
		{ "ErrF", NULL, 3, 0, 3, NULL, NULL },
		{ "Exx", "", 0, 0, 0, "several-root-volumes",
		  "2 and 3 may both be the root volume (none of them has an" },
		{ "Exx", "23", 0, 0, 0, "several-root-volumes",
		  "(each has an os-release);" },
		{ "Exx", "?", 0, 0, 0, "several-root-volumes",
		  "(ntfs: no MFT);" },
		{ "Exx", "?2", 0, 0, 2, NULL, NULL },
		{ "Exxx", "?4", 0, 0, 4, NULL, NULL },
		{ "Exx", "3?2", 0, 0, 0, "several-root-volumes",
		  "(ntfs: no MFT);" },
		{ "Exxx", "?24", 0, 0, 0, "several-root-volumes",
		  "(ntfs: no MFT);" },
		{ "Exx", NULL, 0, 0, 0, "several-root-volumes",
		  "(its content was not inspected);" },
		{ "Exx", NULL, 3, 0, 3, NULL, NULL },
		{ "EMN", NULL, 0, 0, 0, "no-root-volume",
		  "none of 3 partitions has" },
		{ "Eb", NULL, 0, 0, 0, "no-root-volume",
		  "none of 2 partitions has" },
		{ "", NULL, 0, 0, 0, "no-root-volume",
		  "none of 0 partitions has" },
		{ "Ex", NULL, 9, 0, 0, "no-such-partition",
		  "there is no partition 9" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct layout l = layout_from(cases[i].layout);
		struct volumes_input in = input_from(&l);
		const size_t want = cases[i].boot ? 2 : 1;
		struct shvm_volume v[2];
		struct shvm_err err = { 0 };
		size_t n = 0;
		int r;

		in.partition = cases[i].named;
		in.has_linux = cases[i].yes ? has_windows : NULL;
		in.ctx = (void *)(uintptr_t)cases[i].yes;
		r = volumes_find(&in, SHVM_DISK_LINUX, v, &n, &err);
		if (cases[i].root == 0) {
			if (r == 0 || !err.reason ||
			    strcmp(err.reason, cases[i].reason) != 0 ||
			    !strstr(err.msg, cases[i].says))
				fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
			continue;
		}
		if (r != 0 || n != want ||
		    v[want - 1].partition != cases[i].root ||
		    v[want - 1].role != SHVM_ROLE_ROOT ||
		    (want == 2 && (v[0].partition != cases[i].boot ||
				   v[0].role != SHVM_ROLE_BOOT)))
			fail_msg("case %zu: %d %zu \"%s\"", i, r, n, err.msg);
	}
}

static void orders_boot_and_root_by_place_not_by_number(void **state)
{
	struct layout l = layout_from("E11");
	struct volumes_input in = input_from(&l);
	struct shvm_volume v[2];
	size_t n;

	(void)state;
	l.parts[1].offset = 1ull << 40;
	assert_int_equal(volumes_find(&in, SHVM_DISK_PREPROCESSED_LINUX, v, &n,
				      NULL),
			 0);
	assert_int_equal(v[0].partition, 3);
	assert_int_equal(v[1].partition, 2);
}

static void takes_boot_and_root_by_the_guids_of_lsvmconf(void **state)
{
	struct layout l = layout_from("E1111");
	struct volumes_input in = input_from(&l);
	struct shvm_guid other = { { 9 } };
	struct shvm_volume v[2];
	struct shvm_err err = { 0 };
	size_t n;

	(void)state;
	in.boot_guid = &l.parts[4].guid;
	in.root_guid = &l.parts[2].guid;
	assert_int_equal(volumes_find(&in, SHVM_DISK_PREPROCESSED_LINUX, v, &n,
				      &err),
			 0);
	assert_int_equal(v[0].partition, 5);
	assert_int_equal(v[1].partition, 3);

	in.root_guid = in.boot_guid;
	assert_int_equal(volumes_find(&in, SHVM_DISK_PREPROCESSED_LINUX, v, &n,
				      &err),
			 SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "as boot and as root"));
	in.root_guid = &other;
	assert_int_equal(volumes_find(&in, SHVM_DISK_PREPROCESSED_LINUX, v, &n,
				      &err),
			 SHVM_E_FORMAT);
	assert_string_equal(err.reason, "no-root-volume");
	in.boot_guid = &other;
	assert_int_equal(volumes_find(&in, SHVM_DISK_PREPROCESSED_LINUX, v, &n,
				      &err),
			 SHVM_E_FORMAT);
	assert_string_equal(err.reason, "no-boot-volume");
}

static void reports_each_doubt_about_the_partitions(void **state)
{
	static const struct {
		const char *layout;
		enum shvm_disk_type type;
		const char *rule; /* NULL: nothing at all */
		enum shvm_level level;
	} cases[] = {
		{ "EMN", SHVM_DISK_WINDOWS, NULL, SHVM_LEVEL_NOTE },
		{ "E11", SHVM_DISK_PREPROCESSED_LINUX, NULL, SHVM_LEVEL_NOTE },
		{ "MN", SHVM_DISK_WINDOWS, "no-esp", SHVM_LEVEL_ERROR },
		{ "11", SHVM_DISK_PREPROCESSED_LINUX, "no-esp",
		  SHVM_LEVEL_ERROR },
		{ "EEMN", SHVM_DISK_WINDOWS, "several-esp",
		  SHVM_LEVEL_WARNING },
		{ "eMN", SHVM_DISK_WINDOWS, "esp-not-fat", SHVM_LEVEL_ERROR },
		{ "EN", SHVM_DISK_WINDOWS, "no-msr", SHVM_LEVEL_WARNING },
		{ "EMND", SHVM_DISK_WINDOWS, "ldm", SHVM_LEVEL_ERROR },
		{ "EMNS", SHVM_DISK_WINDOWS, "storage-spaces",
		  SHVM_LEVEL_ERROR },
		{ "EMNB", SHVM_DISK_WINDOWS, "bitlocker", SHVM_LEVEL_ERROR },
		{ "EMR", SHVM_DISK_WINDOWS, "refs", SHVM_LEVEL_ERROR },
		{ "EMNR", SHVM_DISK_WINDOWS, "refs", SHVM_LEVEL_WARNING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct layout l = layout_from(cases[i].layout);
		struct volumes_input in = input_from(&l);
		struct checks f = { 0 };

		assert_int_equal(volumes_check(&in, cases[i].type, &f, NULL),
				 0);
		if (f.count != (cases[i].rule ? 1 : 0))
			fail_msg("case %zu: %zu findings", i, f.count);
		if (cases[i].rule) {
			assert_string_equal(f.items[0].id, cases[i].rule);
			assert_int_equal(f.items[0].level, cases[i].level);
		}
		checks_done(&f);
	}
}

static void guesses_the_type_of_template(void **state)
{
	static const struct {
		const char *layout;
		enum shvm_disk_type type;
	} cases[] = {
		{ "EMN", SHVM_DISK_WINDOWS },
		{ "E11", SHVM_DISK_PREPROCESSED_LINUX },
		{ "EMB", SHVM_DISK_WINDOWS },
		{ "EMR", SHVM_DISK_WINDOWS },
		{ "ENx", SHVM_DISK_WINDOWS },
		{ "", SHVM_DISK_WINDOWS },
		{ "EF1", SHVM_DISK_PREPROCESSED_LINUX },
		{ "Ex2", SHVM_DISK_PREPROCESSED_LINUX },
		{ "Exb", SHVM_DISK_LINUX },
		{ "Er", SHVM_DISK_LINUX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct layout l = layout_from(cases[i].layout);
		struct volumes_input in = input_from(&l);

		if (volumes_guess_type(&in) != cases[i].type)
			fail_msg("case %zu", i);
	}
}

static void tells_content_by_the_boot_sector(void **state)
{
	static const struct {
		const char *kind;
		size_t at;     /* change this byte first */
		uint8_t value; /* neither: none */
		enum shvm_content content;
	} cases[] = {
		{ "ntfs", 0, 0, NTFS },
		{ "ntfs", 0x1fe, 0, SHVM_CONTENT_UNKNOWN },
		{ "ntfs", 0x0c, 3, SHVM_CONTENT_UNKNOWN }, /* 768 a sector */
		{ "ntfs", 0x0c, 0, SHVM_CONTENT_UNKNOWN },
		{ "ntfs", 0x0c, 0x20, SHVM_CONTENT_UNKNOWN },
		{ "ntfs", 0x0d, 0, SHVM_CONTENT_UNKNOWN },
		{ "ntfs", 3, 'X', SHVM_CONTENT_UNKNOWN },
		{ "fat", 0, 0, FAT },
		{ "fat", 0, 0xe9, FAT },
		{ "fat", 0, 0xea, SHVM_CONTENT_UNKNOWN },
		{ "fat", 0x0c, 0x10, FAT }, /* 4096 a sector */
		{ "fat", 0x10, 1, FAT },
		{ "fat", 0x15, 0xf0, FAT },
		{ "fat", 0x15, 0xef, SHVM_CONTENT_UNKNOWN },
		{ "fat", 0x52, 'X', SHVM_CONTENT_UNKNOWN },
		{ "fat", 0x0d, 3, SHVM_CONTENT_UNKNOWN },
		{ "fat", 0x0e, 0, SHVM_CONTENT_UNKNOWN },
		{ "fat", 0x10, 3, SHVM_CONTENT_UNKNOWN },
		{ "fat", 0x15, 0, SHVM_CONTENT_UNKNOWN },
		{ "fat", 0x1ff, 0, SHVM_CONTENT_UNKNOWN },
		{ "fat16", 0, 0, FAT },
		{ "fat16", 0x3a, '2', FAT },
		{ "fat16", 0x36, 'X', SHVM_CONTENT_UNKNOWN },
		{ "refs", 0, 0, REFS },
		{ "refs", 3, 'X', SHVM_CONTENT_UNKNOWN },
		{ "refs", 16, 'X', SHVM_CONTENT_UNKNOWN },
		{ "bitlocker", 0, 0, BITLOCKER },
		{ "bitlocker", 0x1fe, 0, BITLOCKER }, /* still not ours */
		{ "bitlocker-to-go", 0, 0, BITLOCKER },
		{ "bitlocker-to-go", 3, 'X', FAT },
		{ "bitlocker-to-go", 424, 0, FAT },
		{ "bitlocker-to-go-used", 0, 0, BITLOCKER },
		{ "luks1", 0, 0, LUKS1 },
		{ "luks2", 0, 0, LUKS2 },
		{ "luks1", 7, 3, SHVM_CONTENT_UNKNOWN },
		{ "luks1", 4, 0, SHVM_CONTENT_UNKNOWN },
		{ "ext", 0, 0, EXT },
		{ "ext", 1024, 0, SHVM_CONTENT_UNKNOWN },
		{ "ext", 1024 + 0x18, 6, EXT },
		{ "ext", 1024 + 0x18, 7, SHVM_CONTENT_UNKNOWN },
		{ "ext", 1024 + 0x38, 0, SHVM_CONTENT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct disk_image d = disk_image_new(512, 256);
		AUTO(source_ptr) s = NULL;
		enum shvm_content content;

		disk_image_boot(&d, 64, cases[i].kind);
		if (cases[i].at || cases[i].value)
			disk_image_sector(&d, 64)[cases[i].at] = cases[i].value;
		assert_int_equal(source_memory(d.data, d.len, 512, &s, NULL),
				 0);
		assert_int_equal(partition_content(s, 64 * 512, 64 * 512,
						   &content, NULL),
				 0);
		if (content != cases[i].content)
			fail_msg("case %zu: %s", i, shvm_content_name(content));
		disk_image_free(&d);
	}
}

static void tells_empty_partitions_and_reads_no_further_than_they_go(
	void **state)
{
	struct disk_image d = disk_image_new(512, 256);
	AUTO(source_ptr) s = NULL;
	enum shvm_content content;

	(void)state;
	memset(disk_image_sector(&d, 65), 0xff, 512);
	assert_int_equal(source_memory(d.data, d.len, 512, &s, NULL), 0);
	assert_int_equal(partition_content(s, 64 * 512, 512, &content, NULL),
			 0);
	assert_int_equal(content, EMPTY);
	assert_int_equal(partition_content(s, 64 * 512, 1024, &content, NULL),
			 0);
	assert_int_equal(content, SHVM_CONTENT_UNKNOWN);
	disk_image_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_windows_volume_or_says_why_not),
		cmocka_unit_test(asks_nobody_when_nobody_can_be_asked),
		cmocka_unit_test(refuses_other_tables_by_name),
		cmocka_unit_test(finds_boot_and_root_of_linux),
		cmocka_unit_test(finds_the_root_of_a_plain_linux),
		cmocka_unit_test(orders_boot_and_root_by_place_not_by_number),
		cmocka_unit_test(takes_boot_and_root_by_the_guids_of_lsvmconf),
		cmocka_unit_test(reports_each_doubt_about_the_partitions),
		cmocka_unit_test(guesses_the_type_of_template),
		cmocka_unit_test(tells_content_by_the_boot_sector),
		cmocka_unit_test(
			tells_empty_partitions_and_reads_no_further_than_they_go),
	};

	return cmocka_run_group_tests_name("volumes", tests, NULL, NULL);
}
