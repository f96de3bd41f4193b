/* SPDX-License-Identifier: MIT */
/*
 * The reader on every generated file: the good ones byte for byte, the hostile
 * ones refused for the right reason, at once, in little memory, and unchanged.
 */
#include "base/crc32c.h"
#include "tests/data/vhdx/cases.h"
#include "tests/unit/support_image.h"
#include "tests/unit/support_san.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum {
	PIECE = 1 << 20,
	CHAIN = 66,
};

static void empty_folder(void)
{
	DIR *d = opendir(test_own_folder());
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			assert_int_equal(unlinkat(dirfd(d), e->d_name, 0), 0);
	assert_int_equal(closedir(d), 0);
}

static void write_case(const struct gen_case *c, char path[256])
{
	if (gen_case_write(c, test_own_folder())) {
		perror("writing");
		fail_msg("%s: cannot be written", c->name);
	}
	(void)snprintf(path, 256, "%s/%s.vhdx", test_own_folder(), c->name);
}

/* Good ones have warnings only where the table says so. */
static void check_findings(const struct gen_case *c, const struct source *src)
{
	const struct checks *f = image_checks(src);

	if (c->reason &&
	    !image_has_finding(src, c->reason, SHVM_LEVEL_WARNING) &&
	    !image_has_finding(src, c->reason, SHVM_LEVEL_NOTE))
		fail_msg("%s: no warning %s", c->name, c->reason);
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].level != SHVM_LEVEL_NOTE &&
		    (!c->reason || strcmp(f->items[i].id, c->reason) != 0))
			fail_msg("%s: warning %s: %s", c->name, f->items[i].id,
				 f->items[i].text);
}

static void reads_every_good_file(void **state)
{
	const struct image_params params = { 0 };
	size_t n = 0, wrong = 0;

	(void)state;
	for (size_t t = 0; gen_good[t]; t++)
		for (const struct gen_case *c = gen_good[t]; c->name; c++) {
			AUTO(source_ptr) src = NULL;
			struct shvm_err err = { 0 };
			char path[256];

			if (n++ % 8 && test_is_slow())
				continue;
			write_case(c, path);
			if (image_open(path, &params, &src, &err) < 0) {
				print_error("%s: %s\n", c->name, err.msg);
				wrong++;
				continue;
			}
			image_looks_as(src, &c->disk, c->name);
			check_findings(c, src);
			assert_int_equal(image_info(src)->log_replayed,
					 c->disk.log_count &&
						 !c->disk.log_guid_zero);
			assert_int_equal(source_check_unchanged(src, &err), 0);
			empty_folder();
		}
	assert_int_equal(wrong, 0);
	print_message("%zu good files\n", n);
}

/* Of the stored bytes; holes count by their place. */
static uint32_t sum_of(const char *path)
{
	AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	AUTOFREE uint8_t *buf = malloc(PIECE);
	off_t at = 0;
	uint32_t crc;

	assert_true(fd >= 0 && buf);
	crc = (uint32_t)lseek(fd, 0, SEEK_END);
	while ((at = lseek(fd, at, SEEK_DATA)) >= 0) {
		ssize_t n = pread(fd, buf, PIECE, at);

		assert_true(n > 0);
		crc = crc32c(crc, &at, sizeof(at));
		crc = crc32c(crc, buf, (size_t)n);
		at += n;
	}
	return crc;
}

/* Something is wrong with this one; says what, or NULL. */
static const char *refusal_is_wrong(const struct gen_case *c, const char *path,
				    struct shvm_err *err)
{
	const struct image_params params = { 0 };
	AUTO(source_ptr) src = NULL;
	const uint32_t before = sum_of(path);
	const double start = test_cpu_seconds();
	int r = image_open(path, &params, &src, err);

	if (r == 0)
		return "it was opened";
	if (test_cpu_seconds() - start > (SANITIZED ? 5 : 1))
		return "it took longer than a second";
	if (r != err->code || !err->reason)
		return "there is no reason";
	if (strcmp(err->reason, c->reason) != 0)
		return "another reason";
	if (!strstr(err->msg, c->says))
		return "other words";
	if (strchr(err->msg, '\n'))
		return "more than one line";
	if (sum_of(path) != before)
		return "the file was changed";
	return NULL;
}

/* A broken thing is left out, and then something else may miss it. */
static const struct {
	const char *rule, *follower;
} followers[] = {
	{ "REGION_ALIGN", "REGION_MISSING" },
	{ "REGION_EOF", "REGION_MISSING" },
	{ "REGION_OVERLAP", "META_SIGNATURE" }, /* both at one place */
	{ "META_ITEM_OFFSET", "META_ITEM_LENGTH" },
	{ "META_ITEM_RANGE", "META_ITEM_LENGTH" },
	{ "META_ITEM_SIZE", "META_ITEM_LENGTH" },
	{ "META_ITEM_SIZE", "BAT_RESERVED" }, /* the item fills the table */
	{ "BAT_SB_STATE", "BAT_PARTIAL_NO_SB" },
	{ "BAT_RESERVED", "BAT_PARTIAL_NO_SB" },
	{ "BAT_OFFSET", "BAT_PARTIAL_NO_SB" },
	{ "BAT_EOF", "BAT_PARTIAL_NO_SB" },
	{ "BAT_OVERLAP", "BAT_PARTIAL_NO_SB" },
	{ "BAT_STATE", "BAT_RESERVED" }, /* the table is noise */
};

static bool may_follow(const char *rule, const char *reason)
{
	if (strcmp(rule, reason) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(followers); i++)
		if (strcmp(followers[i].rule, reason) == 0 &&
		    strcmp(followers[i].follower, rule) == 0)
			return true;
	return false;
}

/* The check continues after the fault, and finds this one and no others. */
static const char *check_is_wrong(const struct gen_case *c, const char *path)
{
	AUTO_DONE(shvm_disk_check) check = { 0 };
	struct shvm_err err = { 0 };
	bool found = false;
	int r = shvm_disk_check(path, NULL, &check, &err);

	if (strcmp(c->reason, "NOT_VHDX") == 0)
		return r < 0 && err.reason && strcmp(err.reason, c->reason) == 0
			       ? NULL
			       : "the check took it for an image";
	if (r < 0)
		return "the check failed";
	for (size_t i = 0; i < check.verdict.count; i++) {
		const struct shvm_check *f = &check.verdict.checks[i];

		if (f->level != SHVM_LEVEL_ERROR ||
		    f->outcome != SHVM_CHECK_FAILED)
			continue;
		found = found || strcmp(f->id, c->reason) == 0;
		if (!may_follow(f->id, c->reason)) {
			print_error("%s: %s\n", f->id, f->text);
			return "the check finds something else too";
		}
		if (f->offset == UINT64_MAX &&
		    strncmp(f->id, "PARENT_", 7) != 0 &&
		    !strstr(f->text, "parent ")) {
			print_error("%s: %s\n", f->id, f->text);
			return "the check does not say where";
		}
	}
	return found ? NULL : "the check does not find it";
}

static void refuses_every_hostile_file(void **state)
{
	size_t n = 0, wrong = 0;

	(void)state;
	for (size_t t = 0; gen_hostile[t]; t++)
		for (const struct gen_case *c = gen_hostile[t]; c->name; c++) {
			struct shvm_err err = { 0 };
			const char *why;
			char path[256];

			if (n++ % 8 && test_is_slow())
				continue;
			write_case(c, path);
			why = refusal_is_wrong(c, path, &err);
			if (!why)
				why = check_is_wrong(c, path);
			if (why) {
				print_error("%s: %s: %s: %s\n", c->name, why,
					    err.reason ? err.reason : "-",
					    err.msg);
				wrong++;
			}
			empty_folder();
		}
	assert_int_equal(wrong, 0);
	print_message("%zu hostile files\n", n);
}

static void needs_little_memory_for_any_of_them(void **state)
{
	struct rusage use;

	(void)state;
	assert_int_equal(getrusage(RUSAGE_SELF, &use), 0);
	print_message("at most %ld KiB resident\n", use.ru_maxrss);
	if (!SANITIZED && !getenv("LD_PRELOAD"))
		assert_true(use.ru_maxrss < 64 * 1024);
}

static void names_differ(void **state)
{
	(void)state;
	for (size_t t = 0; gen_hostile[t]; t++)
		for (const struct gen_case *c = gen_hostile[t]; c->name; c++)
			assert_ptr_equal(gen_case_find(c->name), c);
	for (size_t t = 0; gen_good[t]; t++)
		for (const struct gen_case *c = gen_good[t]; c->name; c++)
			assert_ptr_equal(gen_case_find(c->name), c);
}

static void write_link(unsigned int i)
{
	char name[32], path[256];
	const struct gen_pair pairs[] = {
		{ "parent_linkage", "{11111111-1111-1111-1111-111111111111}" },
		{ "relative_path", name },
	};
	struct gen_disk d = { .size = GEN_MIB,
			      .kind = GEN_CHILD,
			      .pairs = pairs,
			      .pair_count = 2 };

	memset(d.data_write_guid.bytes, 0x11, 16);
	(void)snprintf(path, sizeof(path), "%s/%u.vhdx", test_own_folder(), i);
	(void)snprintf(name, sizeof(name), "%u.vhdx", i + 1);
	if (i == CHAIN)
		d.kind = GEN_DYNAMIC, d.pair_count = 0;
	assert_int_equal(gen_write(&d, path), 0);
}

static void follows_64_parents_and_no_more(void **state)
{
	const struct image_params params = { 0 };
	AUTO(source_ptr) src = NULL;
	struct shvm_err err = { 0 };
	char path[256];

	(void)state;
	for (unsigned int i = 0; i <= CHAIN; i++)
		write_link(i);
	(void)snprintf(path, sizeof(path), "%s/0.vhdx", test_own_folder());
	assert_true(image_open(path, &params, &src, &err) < 0);
	assert_non_null(err.reason);
	assert_string_equal(err.reason, "PARENT_DEPTH");
	(void)snprintf(path, sizeof(path), "%s/4.vhdx", test_own_folder());
	assert_int_equal(image_open(path, &params, &src, &err), 0);
	empty_folder();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_differ),
		cmocka_unit_test(reads_every_good_file),
		cmocka_unit_test(refuses_every_hostile_file),
		cmocka_unit_test(needs_little_memory_for_any_of_them),
		cmocka_unit_test(follows_64_parents_and_no_more),
	};

	return cmocka_run_group_tests_name("cases", tests, NULL, NULL);
}
