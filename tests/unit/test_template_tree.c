/* SPDX-License-Identifier: MIT */
/* Verifying with a tree file that changes while it is used. */
#include "support.h"

#include "base/auto.h"
#include "support_certs.h"
#include "support_gpt.h"

#include <shvm/template.h>
#include <stdlib.h>

enum {
	SECTORS = 8192,
	FIRST = 2048, /* sector of the OS volume */
	LAST = 4095,
};

AUTO_DEFINE(trust_ptr, struct shvm_trust *, shvm_trust_free);
AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);
AUTO_DEFINE(catalog_ptr, struct shvm_catalog *, shvm_catalog_free);

/* A good disk but for one byte of the volume that is changed. */
static void write_disk(const char *path, size_t at, uint8_t change)
{
	struct disk_image d = disk_image_new(512, SECTORS);

	disk_image_put(&d, 1, &type_basic, FIRST, LAST, "OS");
	disk_image_boot(&d, FIRST, "ntfs");
	disk_image_seal_both(&d);
	d.data[FIRST * 512 + at] ^= change;
	test_file_write(path, d.data, d.len);
	disk_image_free(&d);
}

static int enter(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr)
	cert = test_cert(&(struct test_cert){ .cn = "Signer", .key = key });

	(void)state;
	test_own_folder_enter();
	test_write_key("key.pem", key, NULL, false);
	test_write_cert("cert.pem", cert, false);
	return 0;
}

static struct shvm_disk *open_disk(const char *path)
{
	struct shvm_disk *disk;
	struct shvm_err err = { 0 };

	assert_ok(shvm_disk_open(path, NULL, &disk, &err), err);
	return disk;
}

/* Sign the disk, and write the tree of its volume. */
static struct shvm_catalog *sign(const char *disk, const char *tree)
{
	/* Raw, with the first sectors of a file system and nothing more. */
	static const char *const bare[] = { "not-vhdx", "no-esp",
					    "unreadable" };
	const struct shvm_sign_params params = {
		.cert_file = "cert.pem",
		.key = { .uri = "key.pem" },
		.template_name = "name",
		.digest = { .jobs = 1 },
		.tree = { .path = tree, .replace = true },
		.ignore = bare,
		.ignore_count = ARRAY_SIZE(bare),
	};
	struct shvm_catalog *catalog = NULL;
	AUTO(disk_ptr) d = open_disk(disk);
	struct shvm_err err = { 0 };

	assert_ok(shvm_template_sign(d, &params, &catalog, &err), err);
	return catalog;
}

/* Into the same file, if there is one. */
static void copy(const char *into, const char *from)
{
	size_t len;
	AUTOFREE uint8_t *data = test_file_read(from, &len);

	test_file_write(into, data, len);
}

/* shvm_progress_fn; ctx points to whether it is done already. */
static int swap_tree(void *ctx, uint64_t done, uint64_t total)
{
	bool *is_done = ctx;

	(void)done;
	(void)total;
	if (!*is_done)
		copy("used.tree", "other.tree");
	*is_done = true;
	return 0;
}

/* Verify a changed disk by a tree file that becomes the changed disk's own. */
static void expect_no_trust(void)
{
	AUTO(trust_ptr) trust = NULL;
	AUTO(catalog_ptr) catalog = NULL;
	AUTO(disk_ptr) disk = open_disk("other.raw");
	bool swapped = false;
	const struct shvm_verify_params params = {
		.tree_file = "used.tree",
		.digest = { .jobs = 1,
			    .progress = swap_tree,
			    .progress_ctx = &swapped },
	};
	struct shvm_verify_result result = { 0 };
	struct shvm_err err = { 0 };
	int r;

	copy("used.tree", "good.tree");
	assert_ok(shvm_catalog_load("good.vsc", NULL, &catalog, &err), err);
	assert_ok(shvm_trust_new(&trust, &err), err);
	assert_ok(shvm_trust_add_signer(trust, "cert.pem", &err), err);
	r = shvm_template_verify(disk, catalog, trust, &params, &result, &err);
	assert_true(swapped);
	assert_false(result.verdict.yes);
	if (r == SHVM_OK) /* by a node that was in memory */
		assert_string_equal(result.verdict.reason, "digest-mismatch");
	else
		assert_string_equal(err.reason, "bad-tree");
	shvm_verify_result_done(&result);
}

static void uses_no_tree_that_was_not_proven(void **state)
{
	static const size_t places[] = { 1024, 511 << 10, 600 << 10,
					 1023 << 10 };
	AUTO(catalog_ptr) catalog = NULL;
	size_t len;
	const uint8_t *der;

	(void)state;
	write_disk("good.raw", 0, 0);
	catalog = sign("good.raw", "good.tree");
	der = shvm_catalog_der(catalog, &len);
	test_file_write("good.vsc", der, len);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		write_disk("other.raw", places[i], 0x40);
		shvm_catalog_free(sign("other.raw", "other.tree"));
		expect_no_trust();
	}
}

static void does_not_verify_without_somebody_to_trust(void **state)
{
	const struct shvm_verify_params params = { 0 };
	struct shvm_verify_result result = { 0 };
	AUTO(disk_ptr) disk = NULL;
	AUTO(trust_ptr) trust = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	write_disk("good.raw", 0, 0);
	disk = open_disk("good.raw");
	assert_ok(shvm_trust_new(&trust, &err), err);
	assert_failed(shvm_template_verify(disk, NULL, trust, &params, &result,
					   &err),
		      err, SHVM_E_ARG, "neither a trusted signer nor a CA");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_not_verify_without_somebody_to_trust),
		cmocka_unit_test(uses_no_tree_that_was_not_proven),
	};

	return cmocka_run_group_tests_name("template_tree", tests, enter, NULL);
}
