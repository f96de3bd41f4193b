/* SPDX-License-Identifier: MIT */
/* Where the parent of a differencing disk may lie, and where it is found. */
#include "tests/unit/support_parent.h"

#include "base/file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void stays_in_the_folder_of_the_child(void **state)
{
	static const struct {
		const char *key, *path, *reason, *says;
	} cases[] = {
		{ "relative_path", "..\\out.vhdx", "PARENT_NOT_ALLOWED",
		  "outside the folder" },
		{ "relative_path", "sub\\..\\..\\out.vhdx",
		  "PARENT_NOT_ALLOWED", "outside the folder" },
		{ "relative_path", "/etc/passwd", "PARENT_NOT_ALLOWED",
		  "not a relative path" },
		{ "relative_path", "\\\\server\\share\\p.vhdx",
		  "PARENT_NOT_ALLOWED", "not a relative path" },
		{ "relative_path", "C:\\parent.vhdx", "PARENT_NOT_ALLOWED",
		  "not a relative path" },
		{ "relative_path", "a:parent.vhdx", "PARENT_NOT_ALLOWED",
		  "not a relative path" },
		{ "relative_path", "Z:parent.vhdx", "PARENT_NOT_ALLOWED",
		  "not a relative path" },
		{ "relative_path", ".\\", "PARENT_NOT_ALLOWED",
		  "not a relative path" },
		{ "relative_path", "link.vhdx", "PARENT_NOT_ALLOWED",
		  "symbolic link" },
		{ "relative_path", "linked\\out.vhdx", "PARENT_NOT_ALLOWED",
		  "symbolic link" },
		{ "relative_path", "sub", "PARENT_NOT_ALLOWED",
		  "not a regular file" },
		{ "relative_path", "pipe", "PARENT_NOT_ALLOWED",
		  "not a regular file" },
		{ "relative_path", "none.vhdx", "PARENT_MISSING", "none.vhdx" },
		{ "absolute_win32_path", "C:\\x\\none.vhdx", "PARENT_MISSING",
		  "none.vhdx" },
		{ "absolute_win32_path", "C:\\..", "PARENT_MISSING", "C:" },
		{ "absolute_win32_path", "none.vhdx", "PARENT_MISSING",
		  "none.vhdx" },
		{ "volume_path", "\\\\?\\Volume{0}\\none.vhdx",
		  "PARENT_MISSING", "Volume{0}" },
		{ "volume_path", "\\\\?\\Volume{0}\\link.vhdx",
		  "PARENT_NOT_ALLOWED", "symbolic link" },
	};
	AUTOFREE char *folder = test_own_path("box");
	AUTOFREE char *outside = image_write(&parent_base, "out.vhdx");
	AUTOFREE char *sub = test_own_path("box/sub");
	AUTOFREE char *pipe = test_own_path("box/pipe");
	AUTOFREE char *link = test_own_path("box/link.vhdx");
	AUTOFREE char *linked = test_own_path("box/linked");
	(void)state;

	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(mkdir(sub, 0755), 0);
	assert_int_equal(mkfifo(pipe, 0644), 0);
	assert_int_equal(symlink("../out.vhdx", link), 0);
	assert_int_equal(symlink("..", linked), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct gen_disk d = {
			CHILD,
			GEN_PAIRS(LINK_A, { cases[i].key, cases[i].path })
		};
		AUTOFREE char *path = image_write(&d, "box/child.vhdx");
		struct shvm_err err = { 0 };
		struct source *s = NULL;
		int r = image_open(path, NULL, &s, &err);

		if (r >= 0 || !err.reason ||
		    strcmp(err.reason, cases[i].reason) != 0 ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d %s \"%s\"", i, r, err.reason,
				 err.msg);
	}
}

/* What the locator says, and where the parent then is from the folder. */
static void finds_a_parent_by_a_relative_path(void **state)
{
	static const struct {
		const char *relative, *name;
	} cases[] = {
		{ "parent.vhdx", "parent.vhdx" },
		{ ".\\parent.vhdx", "parent.vhdx" },
		{ "./.\\parent.vhdx", "parent.vhdx" },
		{ "deep\\parent.vhdx", "deep/parent.vhdx" },
		{ ".parent.vhdx", ".parent.vhdx" },
		/* No letter, so no drive. */
		{ "1:parent.vhdx", "1:parent.vhdx" },
		{ "@:parent.vhdx", "@:parent.vhdx" },
		{ "`:parent.vhdx", "`:parent.vhdx" },
		{ "[:parent.vhdx", "[:parent.vhdx" },
		{ "{:parent.vhdx", "{:parent.vhdx" },
	};
	AUTOFREE char *folder = test_own_path("deep");
	(void)state;

	assert_int_equal(mkdir(folder, 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct gen_disk d = {
			CHILD, GEN_PAIRS(LINK_A,
					 { "relative_path", cases[i].relative })
		};
		AUTOFREE char *child = image_write(&d, "child.vhdx");
		AUTOFREE char *parent =
			image_write(&parent_base, cases[i].name);
		struct shvm_err err = { 0 };
		struct source *s = NULL;

		assert_ok(image_open(child, NULL, &s, &err), err);
		assert_string_equal(image_info(s)->parent_path, parent);
		source_free(s);
		assert_int_equal(unlink(parent), 0);
	}
}

/* A child that is named without its folder. */
static void finds_a_parent_in_the_working_folder(void **state)
{
	const struct gen_disk d = { CHILD, ALL_STATES,
				    GEN_PAIRS(LINK_A, PARENT) };
	AUTOFREE char *child = image_write(&d, "child.vhdx");
	AUTOFREE char *parent = image_write(&parent_base, "parent.vhdx");
	AUTOCLOSE int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	int r;
	(void)state;

	assert_true(before >= 0);
	test_own_folder_enter();
	r = image_open("child.vhdx", NULL, &s, &err);
	assert_int_equal(fchdir(before), 0);
	assert_ok(r, err);
	assert_string_equal(image_info(s)->parent_path, "./parent.vhdx");
	image_reads_as(s, &d);
	source_free(s);
}

static void goes_where_the_caller_allows(void **state)
{
	const struct gen_disk d = { CHILD, ALL_STATES,
				    GEN_PAIRS(LINK_A, { "relative_path",
							"..\\out.vhdx" }) };
	AUTOFREE char *folder = test_own_path("away");
	AUTOFREE char *outside = image_write(&parent_base, "out.vhdx");
	AUTOFREE char *path = NULL;
	const struct image_params cases[] = {
		{ .parent_anywhere = true },
		{ .parent = outside },
		{ .parent = outside, .no_parent_lookup = true },
	};
	const struct image_params none = { .no_parent_lookup = true };
	const struct image_params gone = { .parent = "/nonexistent/x" };
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	(void)state;

	assert_int_equal(mkdir(folder, 0755), 0);
	path = image_write(&d, "away/child.vhdx");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_ok(image_open(path, &cases[i], &s, &err), err);
		image_reads_as(s, &d);
		source_free(s);
	}
	assert_failed(image_open(path, &none, &s, &err), err,
		      SHVM_E_UNSUPPORTED, "no parent was given");
	assert_string_equal(err.reason, "PARENT_NOT_ALLOWED");
	assert_failed(image_open(path, &gone, &s, &err), err, SHVM_E_IO,
		      "/nonexistent/x");
}

/* Windows paths lead nowhere here, but the file may lie next to the child. */
static void finds_the_name_of_a_windows_path(void **state)
{
	static const char *const keys[] = { "absolute_win32_path",
					    "volume_path" };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct gen_disk d = {
			CHILD, ALL_STATES,
			GEN_PAIRS(LINK_A, { "relative_path", "gone.vhdx" },
				  { keys[i], "C:\\x y\\parent.vhdx" })
		};

		parent_check_child(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stays_in_the_folder_of_the_child),
		cmocka_unit_test(finds_a_parent_by_a_relative_path),
		cmocka_unit_test(finds_a_parent_in_the_working_folder),
		cmocka_unit_test(goes_where_the_caller_allows),
		cmocka_unit_test(finds_the_name_of_a_windows_path),
	};

	return cmocka_run_group_tests_name("parent path", tests, NULL, NULL);
}
