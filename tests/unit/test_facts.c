/* SPDX-License-Identifier: MIT */
#include "guest/facts.h"

#include "base/clock.h"
#include "guest/cloud_init.h"
#include "guest/look.h"
#include "tests/unit/support.h"
#include "tests/unit/support_gpt.h"

#include <stdlib.h>
#include <string.h>

static struct shvm_guest_facts some_facts(void)
{
	struct shvm_guest_facts f;

	facts_init(&f);
	f.windows = SHVM_YES;
	f.ntfs_dirty = SHVM_NO;
	strcpy(f.product, "Windows Server 2022 Datacenter \xc3\xa9");
	f.free_bytes = 12345678901234;
	return f;
}

static void takes_facts_over_the_wire_unchanged(void **state)
{
	struct shvm_guest_facts f = some_facts(), got;
	AUTO_DONE(buf) wire = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	facts_encode(&f, &wire);
	assert_ok(facts_decode((char *)wire.data, wire.len, &got, &err), err);
	assert_memory_equal(&got, &f, sizeof(f));
}

/* A child that was taken over may answer anything. */
static void rejects_answers_that_are_not_facts(void **state)
{
	static const struct {
		const char *find, *replace;
	} cases[] = {
		{ "windows=yes", "windows=maybe" },
		{ "windows=yes", "Windows=yes" },
		{ "windows=yes\n", "" },
		{ "windows=yes\n", "windows=yes\nwindows=yes\n" },
		{ "12345678901234", "18446744073709551616" },
		{ "12345678901234", "-1" },
		{ "12345678901234", "0x10" },
		{ "12345678901234", "99999999999999999999999999" },
		{ "2022", "2\x01\x30" },
		{ "\xc3\xa9", "\xc3" },
		{ "trouble=\n", "trouble=" },
		{ "trouble=\n", "trouble=\nmore=1\n" },
		{ "hostname=", "hostname=a-name-that-is-longer-than-the-room-"
			       "which-a-host-has-for-it-in-the-facts-of-ours" },
	};
	const struct shvm_guest_facts f = some_facts();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) wire = { 0 };
		AUTO_DONE(buf) bad = { 0 };
		struct shvm_guest_facts got, untouched;
		struct shvm_err err = { 0 };
		const char *at;

		memset(&got, 0xa5, sizeof(got));
		untouched = got;
		facts_encode(&f, &wire);
		assert_false(wire.failed);
		at = memmem(wire.data, wire.len, cases[i].find,
			    strlen(cases[i].find));
		assert_non_null(at);
		buf_add(&bad, wire.data, (size_t)(at - (char *)wire.data));
		buf_add_text(&bad, cases[i].replace);
		at += strlen(cases[i].find);
		buf_add(&bad, at, wire.len - (size_t)(at - (char *)wire.data));
		if (facts_decode((char *)bad.data, bad.len, &got, &err) !=
			    SHVM_E_FORMAT ||
		    strcmp(err.reason, "sandbox-died") != 0)
			fail_msg("case %zu: %s", i, err.msg);
		assert_memory_equal(&got, &untouched, sizeof(got));
	}
}

static void reads_state_ini_in_both_encodings(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} cases[] = {
		{ "[State]\r\nImageState=IMAGE_STATE_COMPLETE\r\n", 41,
		  "IMAGE_STATE_COMPLETE" },
		{ "[State]\r\nImageState=X", 21, "X" },
		{ "[State]\r\nImageState=", 20, "" },
		{ "[State]\r\n", 9, "" },
		{ "", 0, "" },
		{ "\xff\xfeI\0m\0a\0g\0e\0S\0t\0a\0t\0e\0=\0Y\0\r\0\n\0", 30,
		  "Y" },
		{ "\xff\xfe", 2, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char got[64] = "";
		uint8_t *exact = malloc(cases[i].len + 1);

		assert_non_null(exact);
		memcpy(exact, cases[i].text, cases[i].len);
		facts_state_ini(exact, cases[i].len, got, sizeof(got));
		assert_string_equal(got, cases[i].want);
		free(exact);
	}
}

static void tells_the_machine_of_a_program(void **state)
{
	uint8_t pe[0x48] = "MZ";

	(void)state;
	pe[0x3c] = 0x40;
	memcpy(pe + 0x40, "PE\0\0\x64\x86", 6);
	assert_string_equal(facts_pe_machine(pe, sizeof(pe)), "x86_64");
	memcpy(pe + 0x44, "\x64\xaa", 2);
	assert_string_equal(facts_pe_machine(pe, sizeof(pe)), "aarch64");
	memcpy(pe + 0x44, "\x4c\x01", 2);
	assert_string_equal(facts_pe_machine(pe, sizeof(pe)), "i386");
	memcpy(pe + 0x44, "\xc4\x01", 2);
	assert_string_equal(facts_pe_machine(pe, sizeof(pe)), "arm");
	memcpy(pe + 0x44, "\x00\x02", 2);
	assert_string_equal(facts_pe_machine(pe, sizeof(pe)), "ia64");
	memcpy(pe + 0x44, "\x00\x00", 2);
	assert_string_equal(facts_pe_machine(pe, sizeof(pe)), "");
	assert_string_equal(facts_pe_machine(pe, 0x3f), "");
	pe[0x3c] = 0x43; /* the machine would be after the end */
	assert_string_equal(facts_pe_machine(pe, sizeof(pe)), "");
	pe[0x3f] = 0xff;
	assert_string_equal(facts_pe_machine(pe, sizeof(pe)), "");
	pe[0] = 'X';
	assert_string_equal(facts_pe_machine(pe, sizeof(pe)), "");
}

static void tells_the_machine_of_a_registry(void **state)
{
	(void)state;
	assert_string_equal(facts_registry_machine("AMD64"), "x86_64");
	assert_string_equal(facts_registry_machine("amd64"), "x86_64");
	assert_string_equal(facts_registry_machine("ARM64"), "aarch64");
	assert_string_equal(facts_registry_machine("ARM"), "arm");
	assert_string_equal(facts_registry_machine("x86"), "i386");
	assert_string_equal(facts_registry_machine("IA64"), "ia64");
	assert_string_equal(facts_registry_machine("AMD6"), "");
	assert_string_equal(facts_registry_machine(""), "");
}

static void keeps_only_printable_text_that_fits(void **state)
{
	char got[5] = "";

	(void)state;
	facts_text(got, sizeof(got), "12345", 5);
	assert_string_equal(got, "");
	facts_text(got, sizeof(got), "a\nb", 3);
	assert_string_equal(got, "");
	facts_text(got, sizeof(got), "\xff", 1);
	assert_string_equal(got, "");
	facts_text(got, sizeof(got), "1234", 4);
	assert_string_equal(got, "1234");
}

/* Boot sectors that promise a file system which is not there. */
static void says_what_could_not_be_read(void **state)
{
	struct disk_image d = disk_image_new(512, 4096);
	const struct shvm_partition esp = { .number = 1,
					    .offset = 64 * 512,
					    .size = 512 * 512 };
	const struct shvm_partition os = { .number = 3,
					   .offset = 1024 * 512,
					   .size = 1024 * 512 };
	struct facts_input in = { .esp = &esp,
				  .os = &os,
				  .until = facts_deadline() };
	AUTO(source_ptr) s = NULL;
	AUTO_DONE(buf) conf = { 0 };
	struct shvm_guest_facts f;
	struct shvm_err err = { 0 };
	bool yes;

	(void)state;
	disk_image_boot(&d, 64, "fat");
	disk_image_boot(&d, 1024, "ntfs");
	assert_ok(source_memory(d.data, d.len, 512, &s, &err), err);
	in.disk = s;
	assert_ok(facts_gather(&in, &f, &conf, &err), err);
	assert_non_null(strstr(f.trouble, "partition 1: fat"));
	assert_non_null(strstr(f.trouble, "partition 3: ntfs"));
	assert_int_equal(f.windows, SHVM_UNKNOWN);
	assert_int_equal(f.bootx64, SHVM_UNKNOWN);
	assert_failed(facts_has_windows(&in, &yes, &err), err, SHVM_E_FORMAT,
		      "ntfs");

	/* What earlier looks took is gone: no look has its own ten seconds. */
	in.until = clock_ms() - 1;
	assert_ok(facts_gather(&in, &f, &conf, &err), err);
	assert_non_null(strstr(f.trouble, "took more than 9 seconds"));
	assert_failed(facts_has_windows(&in, &yes, &err), err, SHVM_E_FORMAT,
		      "took more than 9 seconds");
	disk_image_free(&d);
}

static enum shvm_known full_has(void *fs, const char *path,
				enum files_kind kind)
{
	(void)fs;
	(void)kind;
	return strstr(path, "disabled") ? SHVM_NO : SHVM_YES;
}

static enum shvm_known full_read(void *fs, const char *path, size_t max,
				 struct buf *ret, uint64_t *ret_size,
				 char why[FILES_WHY])
{
	(void)fs;
	(void)path;
	(void)why;
	*ret_size = max;
	ret->failed = true;
	return SHVM_YES;
}

static bool full_names(void *fs, const char *path,
		       void (*put)(void *ctx, const char *name), void *ctx)
{
	(void)fs;
	(void)path;
	put(ctx, "a.cfg");
	return true;
}

static void *full_hive_open(void *fs, const char *path, struct buf *head,
			    char why[FILES_WHY])
{
	(void)path;
	(void)why;
	head->failed = true;
	return fs;
}

static void full_hive_close(void *hive)
{
	assert_non_null(hive);
}

/* Everything is there, but no memory for its bytes: they are not known, and no
 * hive is looked into of which nothing tells that it is clean. */
static void bytes_without_memory_are_not_an_empty_file(void **state)
{
	static const struct files_ops ops = {
		.has = full_has,
		.read = full_read,
		.names = full_names,
		.hive_open = full_hive_open,
		.hive_close = full_hive_close,
	};
	AUTO_DONE(buf) conf = { 0 };
	const struct files files = { &ops, &conf };
	struct shvm_guest_facts f;

	(void)state;
	facts_init(&f);
	look_windows(&files, 3, &f);
	assert_int_equal(f.state_ini, SHVM_UNKNOWN);
	assert_int_equal(f.software_hive, SHVM_NO);
	assert_non_null(strstr(f.trouble, "State.ini cannot be read"));
	assert_non_null(strstr(f.trouble, "hive SOFTWARE cannot be read"));
	assert_non_null(strstr(f.trouble, "hive SYSTEM cannot be read"));

	facts_init(&f);
	look_esp(&files, 1, true, &f, &conf);
	assert_non_null(strstr(f.trouble, "lsvmconf cannot be read"));
	assert_non_null(strstr(f.trouble, "marker cannot be read"));

	facts_init(&f);
	cloud_look(&files, 2, &f);
	assert_int_equal(f.cloud_init, SHVM_YES);
	assert_non_null(strstr(f.root_trouble, "cannot be read"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_facts_over_the_wire_unchanged),
		cmocka_unit_test(rejects_answers_that_are_not_facts),
		cmocka_unit_test(reads_state_ini_in_both_encodings),
		cmocka_unit_test(tells_the_machine_of_a_program),
		cmocka_unit_test(tells_the_machine_of_a_registry),
		cmocka_unit_test(keeps_only_printable_text_that_fits),
		cmocka_unit_test(says_what_could_not_be_read),
		cmocka_unit_test(bytes_without_memory_are_not_an_empty_file),
	};

	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
