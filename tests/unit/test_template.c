/* SPDX-License-Identifier: MIT */
/* Signing and verifying raw disks through the public interface. */
#include "support.h"

#include "base/auto.h"
#include "base/guid.h"
#include "support_certs.h"
#include "support_gpt.h"

#include <fcntl.h>
#include <glob.h>
#include <shvm/template.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	SECTORS = 8192,
	FIRST = 2048, /* sector of the OS volume, or of Boot */
	LAST = 4095,
	SECOND = 4096, /* of Root */
	SECOND_LAST = 6143,
};

AUTO_DEFINE(trust_ptr, struct shvm_trust *, shvm_trust_free);
AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);
AUTO_DEFINE(catalog_ptr, struct shvm_catalog *, shvm_catalog_free);

/* Long ago, so that any write shows in the time of the last change. */
static void write_disk(const char *path, const struct disk_image *d)
{
	const struct timespec old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

	test_file_write(path, d->data, d->len);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
}

static struct disk_image windows_disk(void)
{
	struct disk_image d = disk_image_new(512, SECTORS);

	disk_image_put(&d, 1, &type_basic, FIRST, LAST, "OS");
	disk_image_boot(&d, FIRST, "ntfs");
	disk_image_seal_both(&d);
	return d;
}

static int enter(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr)
	cert = test_cert(&(struct test_cert){ .cn = "Signer", .key = key });
	struct disk_image d = windows_disk();

	(void)state;
	test_own_folder_enter();
	test_write_key("key.pem", key, NULL, false);
	test_write_cert("cert.pem", cert, false);
	test_write_cert("all.pem", cert, false);
	test_write_key("all.pem", key, NULL, true);
	write_disk("w.raw", &d);
	disk_image_free(&d);
	d = disk_image_new(512, SECTORS);
	disk_image_put(&d, 1, &type_linux, FIRST, LAST, "boot");
	disk_image_put(&d, 2, &type_linux, SECOND, SECOND_LAST, "root");
	disk_image_boot(&d, FIRST, "luks1");
	disk_image_boot(&d, SECOND, "luks1");
	disk_image_seal_both(&d);
	write_disk("l.raw", &d);
	disk_image_free(&d);
	d = disk_image_new(512, SECTORS);
	disk_image_put(&d, 15, &type_esp, SECOND, SECOND_LAST, "esp");
	disk_image_put(&d, 1, &type_linux, FIRST, LAST, "root");
	disk_image_boot(&d, FIRST, "ext");
	disk_image_boot(&d, SECOND, "fat");
	disk_image_seal_both(&d);
	write_disk("p.raw", &d);
	disk_image_free(&d);
	return 0;
}

/* Watches progress; may spoil the work in its middle. */
struct watch {
	uint64_t last, total;
	size_t calls;
	bool goes_back, stop;
	const char *touch; /* write a byte into this file once */
	const char *block; /* at the end make a folder of this name */
};

static int watch_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct watch *w = ctx;

	w->goes_back |= done < w->last || done > total ||
			(w->calls > 0 && total != w->total);
	w->last = done;
	w->total = total;
	w->calls++;
	if (w->touch) {
		int fd = open(w->touch, O_WRONLY | O_CLOEXEC);

		assert_true(fd >= 0);
		assert_int_equal(pwrite(fd, "!", 1, FIRST * 512 + 4096), 1);
		assert_int_equal(close(fd), 0);
		w->touch = NULL;
	}
	if (w->block && done == total) {
		(void)unlink(w->block); /* an older tree */
		assert_int_equal(mkdir(w->block, 0700), 0);
		w->block = NULL;
	}
	return w->stop;
}

/* Raw disks with the first sectors of file systems and nothing after them. */
static const char *const bare[] = {
	"not-vhdx",    "no-esp",     "unreadable",     "no-lsvmconf",
	"no-lsvmprep", "no-bootx64", "boot-not-luks1", "root-not-luks1",
};

static struct shvm_sign_params good_params(struct watch *w)
{
	return (struct shvm_sign_params){
		.cert_file = "cert.pem",
		.key = { .uri = "key.pem" },
		.template_name = "name",
		.version = { { 1, 2, 3, 4 } },
		.digest = { .jobs = 2,
			    .progress = w ? watch_progress : NULL,
			    .progress_ctx = w },
		.ignore = bare,
		.ignore_count = ARRAY_SIZE(bare),
	};
}

static void save(const char *path, const struct shvm_catalog *catalog)
{
	size_t len;
	const uint8_t *der = shvm_catalog_der(catalog, &len);

	test_file_write(path, der, len);
}

static struct shvm_trust *signer_trust(void)
{
	struct shvm_trust *trust;
	struct shvm_err err = { 0 };

	assert_ok(shvm_trust_new(&trust, &err), err);
	assert_ok(shvm_trust_add_signer(trust, "cert.pem", &err), err);
	return trust;
}

static struct shvm_disk *open_disk(const char *path)
{
	struct shvm_disk *disk;
	struct shvm_err err = { 0 };

	assert_ok(shvm_disk_open(path, NULL, &disk, &err), err);
	return disk;
}

static struct shvm_catalog *load(const char *path)
{
	struct shvm_catalog *catalog;
	struct shvm_err err = { 0 };

	assert_ok(shvm_catalog_load(path, NULL, &catalog, &err), err);
	return catalog;
}

static int sign(const char *path, const struct shvm_sign_params *params,
		struct shvm_catalog **ret, struct shvm_err *err)
{
	AUTO(disk_ptr) disk = open_disk(path);

	return shvm_template_sign(disk, params, ret, err);
}

/* By a catalog that is gone when the result is looked at. */
static int verify_by(const char *path, const struct shvm_trust *trust,
		     const struct shvm_verify_params *params,
		     struct shvm_verify_result *ret, struct shvm_err *err)
{
	AUTO(disk_ptr) disk = open_disk(path);
	AUTO(catalog_ptr) catalog = load("x.vsc");
	const int r =
		shvm_template_verify(disk, catalog, trust, params, ret, err);

	if (r == SHVM_OK)
		assert_ptr_equal(ret->catalog, catalog);
	ret->catalog = NULL;
	return r;
}

static void verify(const char *disk, struct watch *w,
		   struct shvm_verify_result *ret)
{
	AUTO(trust_ptr) trust = signer_trust();
	const struct shvm_verify_params params = {
		.require = SHVM_COVERAGE_OS,
		.digest = { .progress = w ? watch_progress : NULL,
			    .progress_ctx = w },
	};
	struct shvm_err err = { 0 };

	assert_ok(verify_by(disk, trust, &params, ret, &err), err);
}

static void signs_and_verifies_each_type(void **state)
{
	static const struct {
		const char *disk;
		enum shvm_disk_type type;
		enum shvm_coverage coverage;
		size_t volumes, parts;
		uint64_t bytes; /* that are hashed */
	} cases[] = {
		{ "w.raw", SHVM_DISK_WINDOWS, SHVM_COVERAGE_OS, 1, 1,
		  2048 * 512 },
		{ "l.raw", SHVM_DISK_PREPROCESSED_LINUX, SHVM_COVERAGE_OS, 2, 2,
		  4096 * 512 },
		{ "p.raw", SHVM_DISK_LINUX, SHVM_COVERAGE_OS, 1, 1,
		  2048 * 512 },
		/* LBA 0, a gap on each side, two copies of the table */
		{ "w.raw", SHVM_DISK_WINDOWS, SHVM_COVERAGE_DISK, 1, 6,
		  (SECTORS - 66) * 512 },
		{ "l.raw", SHVM_DISK_PREPROCESSED_LINUX, SHVM_COVERAGE_DISK, 2,
		  7, (SECTORS - 66) * 512 },
		{ "p.raw", SHVM_DISK_LINUX, SHVM_COVERAGE_DISK, 2, 7,
		  (SECTORS - 66) * 512 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct watch w = { 0 }, again = { 0 };
		struct shvm_sign_params params = good_params(&w);
		AUTO(catalog_ptr) catalog = NULL;
		AUTO_DONE(shvm_verify_result) result = { 0 };
		const struct shvm_catalog_info *info;
		struct shvm_err err = { 0 };

		params.disk_type = cases[i].type;
		params.coverage = cases[i].coverage;
		assert_ok(sign(cases[i].disk, &params, &catalog, &err), err);
		info = shvm_catalog_info(catalog);
		assert_string_equal(info->name, "name");
		assert_int_equal(info->version.part[3], 4);
		assert_int_equal(info->disk_type, cases[i].type);
		assert_int_equal(info->disk_size, SECTORS * 512);
		assert_int_equal(info->volume_count, cases[i].volumes);
		assert_string_equal(info->signer.subject, "CN=Signer");
		assert_true(labs(info->signing_time - time(NULL)) < 60);
		assert_false(w.goes_back);
		assert_int_equal(w.total, cases[i].bytes);
		assert_int_equal(w.last, w.total);

		save("x.vsc", catalog);
		verify(cases[i].disk, &again, &result);
		if (!result.verdict.yes)
			fail_msg("%s", result.verdict.text);
		assert_null(result.verdict.reason);
		assert_int_equal(result.part_count, cases[i].parts);
		for (size_t k = 0; k < cases[i].parts; k++) {
			assert_true(result.parts[k].checked);
			assert_true(result.parts[k].match);
		}
		assert_int_equal(result.bytes_covered,
				 cases[i].coverage == SHVM_COVERAGE_DISK
					 ? SECTORS * 512
					 : cases[i].bytes);
		assert_int_equal(result.bytes_covered + result.bytes_uncovered,
				 SECTORS * 512);
		assert_int_equal(again.last, cases[i].bytes);
		assert_false(again.goes_back);
	}
}

static void takes_algorithms_and_block_sizes(void **state)
{
	static const struct {
		enum shvm_hash algorithm;
		uint32_t block_size;
	} cases[] = {
		{ SHVM_HASH_SHA256, 0 },
		{ SHVM_HASH_SHA256, 1 << 20 },
		{ SHVM_HASH_SHA512, 8192 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_sign_params params = good_params(NULL);
		AUTO(catalog_ptr) catalog = NULL;
		AUTO_DONE(shvm_verify_result) result = { 0 };
		const struct shvm_catalog_volume *v;
		struct shvm_err err = { 0 };

		params.digest.algorithm = cases[i].algorithm;
		params.digest.block_size = cases[i].block_size;
		assert_ok(sign("w.raw", &params, &catalog, &err), err);
		v = shvm_catalog_info(catalog)->volumes;
		assert_int_equal(v->digest.algorithm, cases[i].algorithm);
		assert_int_equal(v->digest.block_size,
				 cases[i].block_size ? cases[i].block_size
						     : 4096);
		save("x.vsc", catalog);
		verify("w.raw", NULL, &result);
		assert_true(result.verdict.yes);
	}
}

static void refuses_params_before_it_hashes(void **state)
{
	static const struct {
		const char *cert, *key, *name, *kernel, *url;
		uint32_t block_size;
		int code;
		const char *says;
	} cases[] = {
		{ "cert.pem", "key.pem", "", NULL, NULL, 0, SHVM_E_ARG,
		  "name is empty" },
		{ "cert.pem", "key.pem", NULL, NULL, NULL, 0, SHVM_E_ARG,
		  "no template name" },
		{ "cert.pem", "key.pem", "a\n", NULL, NULL, 0, SHVM_E_ARG,
		  "control character" },
		{ "cert.pem", NULL, "n", NULL, NULL, 0, SHVM_E_ARG,
		  "no signing key" },
		{ NULL, "key.pem", "n", NULL, NULL, 0, SHVM_E_ARG,
		  "contains no certificate" },
		{ "key.pem", "key.pem", "n", NULL, NULL, 0, SHVM_E_CRYPTO,
		  "contains no certificate" },
		{ "cert.pem", "cert.pem", "n", NULL, NULL, 0, SHVM_E_CRYPTO,
		  "contains no private key" },
		{ "cert.pem", "key.pem", "n", "none", NULL, 0, SHVM_E_ARG,
		  "none" },
		{ "cert.pem", "key.pem", "n", NULL, "ldap://x", 0, SHVM_E_ARG,
		  "ldap://x" },
		{ "cert.pem", "key.pem", "n", NULL, NULL, 2048, SHVM_E_ARG,
		  "2048" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct watch w = { 0 };
		struct shvm_sign_params params = good_params(&w);
		struct shvm_catalog *catalog = NULL;
		struct shvm_err err = { 0 };

		params.cert_file = cases[i].cert;
		params.key.uri = cases[i].key;
		params.template_name = cases[i].name;
		params.digest.kernel = cases[i].kernel;
		params.digest.block_size = cases[i].block_size;
		params.timestamp_url = cases[i].url;
		assert_failed(sign("w.raw", &params, &catalog, &err), err,
			      cases[i].code, cases[i].says);
		assert_null(catalog);
		assert_int_equal(w.calls, 0);
	}
}

static void refuses_a_disk_that_breaks_rules(void **state)
{
	static const char *const wrong[] = { "no-esp", "no-rule" };
	static const struct {
		const char *disk;
		const char *const *ignore;
		size_t count;
		int code;
		const char *reason, *says;
	} cases[] = {
		{ "w.raw", NULL, 0, SHVM_E_UNSUPPORTED, "no-esp",
		  "; also [not-vhdx]" },
		{ "w.raw", bare, 2, SHVM_E_UNSUPPORTED, "unreadable",
		  "[unreadable]" },
		{ "w.raw", wrong, 2, SHVM_E_ARG, NULL, "\"no-rule\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct watch w = { 0 };
		struct shvm_sign_params params = good_params(&w);
		struct shvm_catalog *catalog = NULL;
		struct shvm_err err = { 0 };

		params.ignore = cases[i].ignore;
		params.ignore_count = cases[i].count;
		assert_failed(sign(cases[i].disk, &params, &catalog, &err), err,
			      cases[i].code, cases[i].says);
		if (cases[i].reason)
			assert_string_equal(err.reason, cases[i].reason);
		assert_null(catalog);
		assert_int_equal(w.calls, 0);
	}
}

static void takes_the_certificate_from_the_file_of_the_key(void **state)
{
	struct shvm_sign_params params = good_params(NULL);
	AUTO(catalog_ptr) catalog = NULL;
	AUTO_DONE(shvm_verify_result) result = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	params.cert_file = NULL;
	params.key.uri = "all.pem";
	assert_ok(sign("w.raw", &params, &catalog, &err), err);
	save("x.vsc", catalog);
	verify("w.raw", NULL, &result);
	assert_true(result.verdict.yes);
}

static void stops_when_it_is_asked_to(void **state)
{
	AUTO(trust_ptr) trust = signer_trust();
	struct watch w = { .stop = true };
	struct shvm_sign_params params = good_params(&w);
	struct shvm_verify_params check = {
		.digest = params.digest,
	};
	struct shvm_verify_result result = { 0 };
	struct shvm_catalog *catalog = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(sign("w.raw", &params, &catalog, &err),
			 SHVM_E_CANCELLED);
	assert_null(catalog);
	assert_int_equal(w.calls, 1);
	assert_int_equal(verify_by("w.raw", trust, &check, &result, &err),
			 SHVM_E_CANCELLED);
	assert_null(result.catalog);
}

static void notices_a_disk_that_changes_meanwhile(void **state)
{
	AUTO(trust_ptr) trust = signer_trust();
	struct watch w = { .touch = "c.raw" };
	struct shvm_sign_params params = good_params(&w);
	struct shvm_verify_params check = {
		.digest = params.digest,
	};
	struct shvm_verify_result result = { 0 };
	struct shvm_catalog *catalog = NULL;
	struct disk_image d = windows_disk();
	struct shvm_err err = { 0 };

	(void)state;
	write_disk("c.raw", &d);
	assert_int_equal(sign("c.raw", &params, &catalog, &err), SHVM_E_IO);
	assert_string_equal(err.reason, "changed");
	assert_null(catalog);

	write_disk("c.raw", &d);
	w.touch = "c.raw";
	assert_int_equal(verify_by("c.raw", trust, &check, &result, &err),
			 SHVM_E_IO);
	assert_string_equal(err.reason, "changed");
	disk_image_free(&d);
}

static void loads_catalogs_and_says_what_is_wrong(void **state)
{
	AUTO(disk_ptr) disk = open_disk("w.raw");
	AUTO(catalog_ptr) good = NULL;
	struct shvm_catalog *none = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(shvm_catalog_load("x.vsc", NULL, &good, &err), err);
	assert_string_equal(shvm_catalog_info(good)->name, "name");
	assert_failed(shvm_catalog_load("cert.pem", NULL, &none, &err), err,
		      SHVM_E_FORMAT, "cert.pem: cms: not a CMS message");
	assert_string_equal(err.reason, "bad-catalog");
	assert_failed(shvm_catalog_load("w.raw", NULL, &none, &err), err,
		      SHVM_E_FORMAT, "w.raw");
	assert_string_equal(err.reason, "bad-catalog");
	assert_failed(shvm_catalog_load("missing", NULL, &none, &err), err,
		      SHVM_E_IO, "missing");
	assert_failed(shvm_catalog_from_disk(disk, &none, &err), err,
		      SHVM_E_FORMAT, "contains no catalog");
	assert_string_equal(err.reason, "no-catalog");
	assert_null(none);
	shvm_catalog_free(NULL);
}

static int keep_none(void *ctx, const struct shvm_catalog *catalog,
		     struct shvm_err *err)
{
	bool *asked = ctx;

	(void)catalog;
	*asked = true;
	return shvm_disk_open("missing", NULL, &(struct shvm_disk *){ NULL },
			      err);
}

/* What is there: nothing, a folder, or a file with this text. */
static void expect_there(const char *path, const char *text)
{
	uint8_t *data;
	struct stat st;
	size_t len;

	if (!text) {
		assert_int_equal(access(path, F_OK), -1);
		return;
	}
	assert_int_equal(stat(path, &st), 0);
	if (S_ISDIR(st.st_mode)) {
		assert_string_equal(text, "folder");
		assert_int_equal(rmdir(path), 0);
		return;
	}
	data = test_file_read(path, &len);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(data, text, len);
	free(data);
	assert_int_equal(unlink(path), 0);
}

/* A tree with the catalog, or not at all. */
static void a_tree_that_cannot_appear_is_taken_back(void **state)
{
	static const struct {
		bool has_old;
		const char *block, *says, *there;
	} cases[] = {
		{ false, "t", "t: exists and is not a", "folder" },
		{ true, "t", "t: exists and is not a", "folder" },
		{ false, NULL, "missing: No such file", NULL },
		{ true, NULL, "missing: No such file", "old" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct watch w = { .block = cases[i].block };
		struct shvm_sign_params params = good_params(&w);
		AUTO(catalog_ptr) catalog = NULL;
		struct shvm_err err = { 0 };
		bool asked = false;
		glob_t left;

		params.disk_type = SHVM_DISK_PREPROCESSED_LINUX;
		params.tree = (struct shvm_tree_output){
			.path = "t", .replace = cases[i].has_old
		};
		params.keep = keep_none;
		params.keep_ctx = &asked;
		if (cases[i].has_old)
			test_file_write("t", "old", 3);
		assert_true(sign("l.raw", &params, &catalog, &err) < 0);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("case %zu: \"%s\"", i, err.msg);
		assert_int_equal(asked, !cases[i].block);
		expect_there("t", cases[i].there);
		assert_int_equal(glob("t*", 0, NULL, &left), GLOB_NOMATCH);
	}
}

static void does_not_protect_what_is_no_vhdx(void **state)
{
	struct watch w = { 0 };
	struct shvm_sign_params params = good_params(&w);
	struct shvm_catalog *catalog = NULL;
	struct shvm_err err = { 0 };
	bool replayed = false;

	(void)state;
	assert_true(shvm_template_protect("w.raw", NULL, &params, &catalog,
					  &replayed, &err) < 0);
	assert_null(catalog);
	assert_int_equal(w.calls, 0);
	assert_true(shvm_template_unprotect("w.raw", &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_and_verifies_each_type),
		cmocka_unit_test(takes_algorithms_and_block_sizes),
		cmocka_unit_test(refuses_params_before_it_hashes),
		cmocka_unit_test(refuses_a_disk_that_breaks_rules),
		cmocka_unit_test(
			takes_the_certificate_from_the_file_of_the_key),
		cmocka_unit_test(stops_when_it_is_asked_to),
		cmocka_unit_test(notices_a_disk_that_changes_meanwhile),
		cmocka_unit_test(loads_catalogs_and_says_what_is_wrong),
		cmocka_unit_test(a_tree_that_cannot_appear_is_taken_back),
		cmocka_unit_test(does_not_protect_what_is_no_vhdx),
	};

	return cmocka_run_group_tests_name("template", tests, enter, NULL);
}
